import { z } from 'zod';
import type { MappingDraft, MappingEdit, MappingWithHealth } from '../sync/mappings.ts';
import { instant, snowflake, text, uuid } from './fields.ts';
import { readAt } from './preconditions.ts';

const MOST_GROUPS = 100;
const namedGroup = text(100, 1).meta({
  description: 'A local group by its id, or a group of a source as source:id.',
  example: 'http:pilots',
});
const count = z.int().min(0).max(1_000_000);

const conditions = z.strictObject({
  require_all: z.boolean().meta({ description: 'In all of the groups, not in any of them.' }),
  groups: z.array(namedGroup).max(MOST_GROUPS),
  excluded_groups: z.array(namedGroup).max(MOST_GROUPS),
  character_count_min: count.nullable(),
  character_count_max: count.nullable(),
  required_permissions: z.array(text(200, 1)).max(MOST_GROUPS),
});

const someTerms = conditions.partial();

const settings = z.strictObject({
  conditions: someTerms,
  priority: z.int().min(-1_000_000).max(1_000_000),
  exclusive_set: text(100, 1).nullable(),
  on_foreign: z.enum(['keep', 'remove']),
  on_drift: z.enum(['revert', 'respect', 'alert']),
  add_only: z.boolean(),
  grace_seconds: z
    .int()
    .min(0)
    .max(365 * 86_400),
  is_active: z.boolean(),
});

const yes = z.boolean().default(false);
const answers = {
  confirm_dangerous: yes.meta({ description: 'true: everybody in the group may have the powers of this role.' }),
  confirm: yes.meta({ description: 'true: you know what it does, so that the blast-radius guard does not bound it.' }),
};

const roleName = text(100).optional().meta({ description: 'Not needed: Discord tells the name.' });

export const newMapping = settings
  .partial()
  .extend({
    group_id: namedGroup,
    discord_role_id: snowflake,
    discord_role_name: roleName,
    ...answers,
  })
  .meta({ id: 'NewRoleMapping' });

export const mappingEdit = settings
  .partial()
  .extend({
    group_id: namedGroup.optional(),
    discord_role_id: snowflake.optional(),
    discord_role_name: roleName,
    updated_at: readAt,
    ...answers,
  })
  .meta({ id: 'RoleMappingEdit' });

export const mappingBody = settings
  .extend({
    id: uuid,
    guild_id: snowflake,
    discord_role_id: snowflake,
    discord_role_name: z.string().meta({ description: 'A label; the role is matched by its id.' }),
    group_id: namedGroup,
    conditions,
    created_by: z.string().nullable(),
    last_sync: instant.nullable(),
    sync_count: z.int(),
    created_at: instant,
    updated_at: instant,
    doctor: z
      .array(z.object({ code: z.string(), severity: z.enum(['error', 'warning']), mend: z.string() }))
      .meta({ description: 'What is wrong or odd with it, and how to mend that; empty: all is well.' }),
  })
  .meta({ id: 'RoleMapping' });

export function mappingView({ mapping, findings }: MappingWithHealth): z.input<typeof mappingBody> {
  const { conditions: terms } = mapping;
  return {
    id: mapping.id,
    guild_id: mapping.guildId,
    discord_role_id: mapping.roleId,
    discord_role_name: mapping.roleName,
    group_id: mapping.groupId,
    conditions: {
      require_all: terms.requireAll,
      groups: [...terms.groups],
      excluded_groups: [...terms.excludedGroups],
      character_count_min: terms.characterCountMin,
      character_count_max: terms.characterCountMax,
      required_permissions: [...terms.requiredPermissions],
    },
    priority: mapping.priority,
    exclusive_set: mapping.exclusiveSet,
    on_foreign: mapping.onForeign,
    on_drift: mapping.onDrift,
    add_only: mapping.addOnly,
    grace_seconds: mapping.graceSeconds,
    is_active: mapping.isActive,
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

/** What was named; the rest stays as it is. */
export function editOf(body: Partial<z.output<typeof mappingEdit>>): MappingEdit {
  const { group_id: groupId, discord_role_id: roleId, conditions: terms } = body;
  return {
    ...(groupId !== undefined && { groupId }),
    ...(roleId !== undefined && { roleId }),
    ...(terms && { conditions: termsOf(terms) }),
    ...(body.priority !== undefined && { priority: body.priority }),
    ...(body.exclusive_set !== undefined && { exclusiveSet: body.exclusive_set }),
    ...(body.on_foreign && { onForeign: body.on_foreign }),
    ...(body.on_drift && { onDrift: body.on_drift }),
    ...(body.add_only !== undefined && { addOnly: body.add_only }),
    ...(body.grace_seconds !== undefined && { graceSeconds: body.grace_seconds }),
    ...(body.is_active !== undefined && { isActive: body.is_active }),
  };
}

function termsOf(terms: z.output<typeof someTerms>): NonNullable<MappingEdit['conditions']> {
  return {
    ...(terms.require_all !== undefined && { requireAll: terms.require_all }),
    ...(terms.groups && { groups: terms.groups }),
    ...(terms.excluded_groups && { excludedGroups: terms.excluded_groups }),
    ...(terms.character_count_min !== undefined && { characterCountMin: terms.character_count_min }),
    ...(terms.character_count_max !== undefined && { characterCountMax: terms.character_count_max }),
    ...(terms.required_permissions && { requiredPermissions: terms.required_permissions }),
  };
}
