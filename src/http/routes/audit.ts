import { z } from 'zod';
import type { App } from '../../app.ts';
import type { ConfigChange } from '../../db/config-change-store.ts';
import type { Outcome } from '../../sync/ports.ts';
import type { Access } from '../../identity/access.ts';
import { instant, listed, moment, paging, snowflake, uuid } from '../fields.ts';
import { operation, type Operation } from '../operation.ts';
import { changeBody, changeView } from '../run-body.ts';

const OUTCOMES = [
  'planned',
  'applied',
  'already',
  'lost',
  'member_left',
  'guild_gone',
  'role_gone',
  'forbidden',
  'failed',
  'held',
  'deferred',
  'cancelled',
  'undone',
  'blocked:role_deleted',
  'blocked:role_above_bot',
  'blocked:role_managed',
  'blocked:role_everyone',
  'blocked:missing_manage_roles',
] as const satisfies (Outcome | 'planned')[];

const when = {
  since: moment.optional().meta({ description: 'From this moment on.' }),
  until: moment.optional().meta({ description: 'Before this moment.' }),
};

const OF_ROLES = ['role_id', 'sync_id', 'outcome'] as const;

const filters = z.strictObject({
  kind: z
    .enum(['roles', 'configuration'])
    .default('roles')
    .meta({ description: '`configuration`: who changed settings, mappings and groups, instead of members’ roles.' }),
  discord_id: snowflake.optional(),
  user_id: uuid.optional().meta({ description: 'An account: all of its Discord users. Configuration: who did it.' }),
  role_id: snowflake.optional(),
  mapping_id: uuid.optional(),
  sync_id: uuid.optional().meta({ description: 'A run, and its parts.' }),
  outcome: z.enum(OUTCOMES).optional(),
  ...when,
  ...paging,
});

const query = filters.superRefine((asked, { addIssue }) => {
  if (asked.kind === 'roles') return;
  for (const name of OF_ROLES) {
    if (asked[name] !== undefined) addIssue({ code: 'custom', path: [name], message: 'is no filter of configuration' });
  }
});

const record = z.record(z.string(), z.unknown()).nullable();
const configChange = z
  .object({
    id: z.int(),
    guild_id: snowflake.nullable(),
    subject: z.enum(['guild', 'mapping', 'group', 'membership']),
    subject_id: z.string(),
    action: z.enum(['create', 'update', 'delete']),
    actor: z.string().nullable(),
    before: record.meta({ description: 'Of an update, only what changed.' }),
    after: record,
    at: instant,
  })
  .meta({ id: 'ConfigurationChange' });

/** What happened in a guild. */
export function auditOperations({ history, access }: { history: App['history']; access: Access }): Operation[] {
  return [
    operation({
      method: 'get',
      path: '/api/discord/guilds/{guild_id}/audit',
      id: 'listChanges',
      tag: 'Syncs',
      summary: 'What was changed in a guild, the newest first',
      description:
        'Of `kind=configuration` the filters are discord_id (or user_id: who did it), mapping_id, since and until.',
      who: 'guild_admin',
      isShared: true,
      problems: ['forbidden', 'discord_unavailable'],
      params: z.object({ guild_id: snowflake }),
      query,
      answers: {
        200: z.object({ changes: z.array(z.union([changeBody, configChange])), ...listed }),
      },
      authorize: ({ caller, params }) => access.guildAdmin(caller, params.guild_id),
      async handle({ params: { guild_id: guildId }, query: asked }) {
        const { kind, page, limit, since, until, mapping_id: mappingId } = asked;
        if (kind === 'configuration') {
          const subject = mappingId === undefined ? {} : ({ subject: 'mapping', subjectId: mappingId } as const);
          const filter = { ...subject, actor: asked.discord_id ?? asked.user_id, since, until };
          const { changes, total } = await history.configuration(guildId, filter, page, limit);
          return { status: 200, body: { changes: changes.map(configView), total, page, limit } };
        }
        const filter = {
          discordId: asked.discord_id,
          userId: asked.user_id,
          roleId: asked.role_id,
          mappingId,
          runId: asked.sync_id,
          outcome: asked.outcome,
          since,
          until,
        };
        const { changes, total } = await history.changes(guildId, filter, page, limit);
        return { status: 200, body: { changes: changes.map(changeView), total, page, limit } };
      },
    }),
  ];
}

function configView(change: ConfigChange): z.input<typeof configChange> {
  return {
    id: change.id,
    guild_id: change.guildId,
    subject: change.subject,
    subject_id: change.subjectId,
    action: change.action,
    actor: change.actor,
    before: change.before,
    after: change.after,
    at: change.at,
  };
}
