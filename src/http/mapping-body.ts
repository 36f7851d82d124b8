import { z } from 'zod';
import { editOf, mappingSettings, mappingTerms, namedGroup, PLAIN_SETTINGS } from '../mapping-form.ts';
import { mappingRecord } from '../sync/config-records.ts';
import type { MappingDraft } from '../sync/mapping-drafts.ts';
import type { MappingWithHealth } from '../sync/mapping-health.ts';
import { instant, leftOutMeans, snowflake, text, uuid } from './fields.ts';
import { mappingCode } from './known-words.ts';
import { readAt } from './preconditions.ts';

const yes = z.boolean().default(false);
const answers = {
  confirm_dangerous: yes.meta({ description: 'true: everybody in the group may have the powers of this role.' }),
  confirm: yes.meta({ description: 'true: you know what it does, so that the blast-radius guard does not bound it.' }),
};

const group = namedGroup.meta({
  description: 'Whoever is in this group has the role, if the conditions hold: a local group by its id, or source:id.',
});
const role = snowflake.meta({ description: 'The role of the guild that it gives.' });
const roleName = text(100).optional().meta({ description: 'Not needed: Discord tells the name.' });

export const newMapping = mappingSettings
  .partial()
  .extend({
    group_id: group,
    discord_role_id: role,
    discord_role_name: roleName,
    ...answers,
  })
  .meta({ id: 'NewRoleMapping', ...leftOutMeans(PLAIN_SETTINGS) });

export const mappingEdit = mappingSettings
  .partial()
  .extend({
    group_id: group.optional(),
    discord_role_id: role.optional(),
    discord_role_name: roleName,
    updated_at: readAt,
    ...answers,
  })
  .meta({ id: 'RoleMappingEdit', description: 'What is left out stays as it is.' });

export const mappingBody = mappingSettings
  .extend({
    id: uuid,
    guild_id: snowflake,
    discord_role_id: role,
    discord_role_name: z.string().meta({ description: 'A label; the role is matched by its id.' }),
    group_id: group,
    conditions: mappingTerms.meta({ description: 'All of them have to hold.' }),
    created_by: z.string().nullable().meta({ description: 'Discord id of who made it.' }),
    last_sync: instant.nullable().meta({ description: 'When it was last part of a sync; null: never.' }),
    sync_count: z.int().meta({ description: 'How many syncs it was part of.' }),
    created_at: instant,
    updated_at: instant,
    doctor: z
      .array(z.object({ code: mappingCode, severity: z.enum(['error', 'warning']), mend: z.string() }))
      .meta({ description: 'What is wrong or odd with it, and how to mend that; empty: all is well.' }),
  })
  .meta({ id: 'RoleMapping' });

export function mappingView({ mapping, findings }: MappingWithHealth): z.input<typeof mappingBody> {
  return {
    ...mappingRecord(mapping),
    id: mapping.id,
    guild_id: mapping.guildId,
    created_by: mapping.createdBy,
    last_sync: mapping.lastSync,
    sync_count: mapping.syncCount,
    created_at: mapping.createdAt,
    updated_at: mapping.updatedAt,
    doctor: findings.map(({ code, severity, mend }) => ({ code, severity, mend })),
  };
}

export function draftOf(body: z.output<typeof newMapping>): MappingDraft {
  return { groupId: body.group_id, roleId: body.discord_role_id, ...editOf(body) };
}
