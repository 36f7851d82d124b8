import { z } from 'zod';
import { MIN_REMOVALS } from '../core/guard.ts';
import { AppError } from '../errors.ts';
import { guildRecord } from '../sync/config-records.ts';
import { inApiNames, inOurNames, SETTING_FIELDS, type NamesOf } from '../sync/field-names.ts';
import type { GuildConfig } from '../sync/guild-look.ts';
import { BOUNDS, DEFAULT_SETTINGS, readInterval, SettingRefused, type GuildPatch } from '../sync/guild-settings.ts';
import { instant, leftOutMeans, snowflake, text } from './fields.ts';
import { doctorCode } from './known-words.ts';
import { InvalidInput } from './invalid-input.ts';
import { readAt } from './preconditions.ts';

const { maxRoleChangesPerSync, maxRemovalsPercent, syncIntervalSeconds } = BOUNDS;

const interval = z
  .string()
  .regex(/^\d{1,6}[smhd]$/, { error: 'must be a time such as 15m (units: s, m, h, d)', abort: true })
  .refine(isInBounds, { error: 'must be a time from 1m to 7d' })
  .nullable()
  .meta({ description: "Between two scheduled syncs, 1m to 7d; null: the operator's default.", example: '15m' });

function isInBounds(time: string): boolean {
  const seconds = readInterval(time) ?? 0;
  return seconds >= syncIntervalSeconds.least && seconds <= syncIntervalSeconds.most;
}

const settings = z.strictObject({
  is_enabled: z.boolean().meta({ description: 'false: Rolewright changes nothing in this guild.' }),
  auto_sync: z.boolean().meta({ description: 'false: syncs only when a person asks.' }),
  sync_interval: interval,
  sync_on_join: z.boolean().meta({ description: 'Whoever joins gets his roles at once; false: with the next sync.' }),
  remove_roles_on_leave: z.boolean().meta({
    description: 'true: whoever leaves has lost his roles; false: whoever comes back gets back what Rolewright gave.',
  }),
  sync_pending_members: z.boolean().meta({
    description: "true: members are synced before they have passed the server's membership screening.",
  }),
  on_unlink: z.enum(['remove', 'keep']).meta({ description: 'What becomes of the roles of somebody who unlinks.' }),
  bypass_role_id: snowflake.nullable().meta({ description: 'Members with this role are left alone; null: nobody is.' }),
  audit_channel_id: snowflake.nullable().meta({
    description: 'The channel that tells what was changed, and why; null: none does.',
  }),
  notification_channel_id: snowflake.nullable().meta({
    description: 'The channel that tells what admins have to act on; null: the audit channel does.',
  }),
  max_role_changes_per_sync: z.int().min(maxRoleChangesPerSync.least).max(maxRoleChangesPerSync.most).meta({
    description:
      'Blast-radius guard: at most so many role changes of the guild in 10 minutes, whatever the number of syncs; removals beyond that wait for an admin.',
  }),
  max_removals_percent: z
    .int()
    .min(maxRemovalsPercent.least)
    .max(maxRemovalsPercent.most)
    .meta({
      description: `Blast-radius guard: a role is taken from at most so many percent of its holders in 10 minutes (from ${MIN_REMOVALS} in any case); more waits for an admin.`,
    }),
  auto_join: z.boolean().meta({
    description:
      'true: whoever links is brought into the guild. The operator has to add guilds.join to DISCORD_SCOPES.',
  }),
  nickname_template: text(400).meta({
    description: 'Nicknames to set, from {name} (needed) and {ticker} of the source; empty: nicknames are left alone.',
    example: '[{ticker}] {name}',
  }),
} satisfies Record<NamesOf<typeof SETTING_FIELDS>, z.ZodType>);

const botToken = text(200, 1).nullable().optional().meta({
  description: "Write-only: the token of a bot of the guild's own, which works there from then on; null takes it away.",
  writeOnly: true,
});

export const newGuild = settings
  .partial()
  .extend({ guild_id: snowflake.meta({ description: 'A guild that the bot is in.' }), bot_token: botToken })
  .meta({ id: 'NewGuildConfiguration', ...leftOutMeans({ ...inApiNames(DEFAULT_SETTINGS, SETTING_FIELDS) }) });

export const guildEdit = settings
  .partial()
  .extend({
    guild_id: snowflake.optional().meta({ description: 'Not needed; the same as in the path.' }),
    bot_token: botToken,
    updated_at: readAt,
  })
  .meta({ id: 'GuildConfigurationEdit', description: 'What is left out stays as it is.' });

const doctorEntry = z.object({
  mapping_id: z.string().nullable().meta({ description: 'null: it concerns the guild as a whole.' }),
  role_id: z.string().nullable(),
  role_name: z.string().nullable(),
  code: doctorCode,
  severity: z.enum(['error', 'warning']),
  mend: z.string().meta({ description: 'What to do about it.' }),
});

export const guildBody = settings
  .extend({
    id: snowflake,
    guild_id: snowflake,
    name: z.string(),
    has_bot_token: z.boolean().meta({ description: 'A bot of its own works there.' }),
    bot_user_id: snowflake.nullable().meta({ description: 'Whose; null: the bot of the operator.' }),
    bot_permissions: z
      .string()
      .nullable()
      .meta({ description: "Discord's bitset in decimals; null: the bot is not there.", example: '268455040' }),
    missing_permissions: z
      .array(z.string())
      .meta({ description: 'What the bot lacks for what is switched on.', example: ['Manage Nicknames'] }),
    health_status: z.enum(['healthy', 'degraded', 'paused', 'unreachable']),
    last_error: z.string().nullable(),
    last_health_check: instant.nullable(),
    doctor: z.array(doctorEntry).meta({
      description: 'What is wrong or odd with the guild and its mappings, and how to mend that; empty: all is well.',
    }),
    last_full_sync: instant.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'GuildConfiguration' });

export function guildView({ guild, ...health }: GuildConfig): z.input<typeof guildBody> {
  return {
    ...guildRecord(guild),
    id: guild.guildId,
    guild_id: guild.guildId,
    name: guild.name,
    has_bot_token: guild.botUserId !== null,
    bot_permissions: health.botPermissions?.toString() ?? null,
    missing_permissions: health.missingPermissions,
    health_status: health.status,
    last_error: health.lastError,
    last_health_check: guild.lastHealthCheck,
    doctor: health.doctor.map(({ mappingId, roleId, roleName, code, severity, mend }) => ({
      mapping_id: mappingId,
      role_id: roleId,
      role_name: roleName,
      code,
      severity,
      mend,
    })),
    last_full_sync: guild.lastFullSyncAt,
    created_at: guild.createdAt,
    updated_at: guild.updatedAt,
  };
}

/** What was named; the rest stays as it is. */
export function patchOf({
  sync_interval: time,
  bot_token: token,
  ...body
}: Omit<z.output<typeof guildEdit>, 'guild_id' | 'updated_at'>): GuildPatch {
  return {
    ...inOurNames(body, SETTING_FIELDS),
    ...(time !== undefined && { syncIntervalSeconds: time === null ? null : readInterval(time) }),
    ...(token !== undefined && { botToken: token }),
  };
}

const FIELDS = { ...SETTING_FIELDS, botToken: 'bot_token' } as const satisfies Record<keyof GuildPatch, string>;

/** A setting that cannot be so, told as a field of the body. */
export function asField(error: unknown): never {
  if (!(error instanceof SettingRefused)) throw error;
  throw new InvalidInput([{ path: `body.${FIELDS[error.setting]}`, message: error.message }]);
}

/** The guild of a body is that of the path. */
export function checkGuildId(inBody: string | undefined, inPath: string): void {
  if (inBody === undefined || inBody === inPath) return;
  throw new InvalidInput([{ path: 'body.guild_id', message: 'must be the guild of the path, or be left out' }]);
}

export function notThere(): AppError {
  return new AppError('bot_not_in_guild', 'Rolewright is not in this server. Invite it first.');
}
