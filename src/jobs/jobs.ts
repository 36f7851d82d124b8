import type { ConfigChangeStore } from '../db/config-change-store.ts';
import type { GroupStore } from '../db/group-store.ts';
import type { GuildStore } from '../db/guild-store.ts';
import type { LinkStore } from '../db/link-store.ts';
import type { RunStore } from '../db/run-store.ts';
import type { SessionStore } from '../db/session-store.ts';
import type { StateStore } from '../db/state-store.ts';
import type { WebhookStore } from '../db/webhook-store.ts';
import type { GuildReader } from '../sync/ports.ts';
import type { Cause } from '../sync/results.ts';
import type { Job } from './clock.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const PURGE_GUILDS_AFTER_MS = 30 * DAY_MS;

export interface JobParts {
  guilds: Pick<GuildReader, 'guildIds'>;
  settings: GuildStore;
  groups: Pick<GroupStore, 'takeExpired'>;
  states: Pick<StateStore, 'purgeExpired'>;
  sessions: Pick<SessionStore, 'purgeExpired'>;
  links: Pick<LinkStore, 'purgeFormerBefore'>;
  forgetUnreachable(): Promise<void>;
  webhooks: Pick<WebhookStore, 'purgeExpired'>;
  runs: Pick<RunStore, 'purgeBefore'>;
  configChanges: Pick<ConfigChangeStore, 'purgeBefore'>;
  expireHolds(): Promise<void>;
  refreshTokens(signal: AbortSignal): Promise<void>;
  /** Looks at the mappings of a guild, and notes how it is. */
  checkGuild(guildId: string): Promise<void>;
  /** How long ended runs, their changes, those of the configuration and ended links are kept. */
  retentionDays: number;
  /** Takes up a guild that no event told of. */
  guildSeenLater(guildId: string): void;
  /** Both start a sync in the background. */
  syncGuildLater(guildId: string, cause: Cause): void;
  syncUsersLater(discordIds: readonly string[], cause: Cause): void;
  syncIntervalMs: number;
  now: () => Date;
}

/** What runs when. */
export function createJobs(parts: JobParts): Job[] {
  return [
    { name: 'take up guilds that were missed', cron: '*/10 * * * * *', run: () => takeUpGuilds(parts) },
    { name: 'sync guilds that are due', cron: '* * * * * *', run: createScheduledSync(parts) },
    { name: 'end memberships that expired', cron: '*/5 * * * * *', run: () => endMemberships(parts) },
    { name: 'end held runs that nobody decided about', cron: '30 * * * * *', run: parts.expireHolds },
    { name: 'refresh tokens', cron: '0 */30 * * * *', timeoutMs: 20 * 60_000, run: parts.refreshTokens },
    { name: 'check the health of guilds', cron: '45 */5 * * * *', run: (signal) => checkGuilds(parts, signal) },
    { name: 'purge', cron: '0 17 3 * * *', timeoutMs: 10 * 60_000, run: () => purge(parts) },
  ];
}

/** So many guilds begin in one turn, a second: those that wait longest come first. */
const BEGIN_AT_ONCE = 5;

async function checkGuilds({ guilds, checkGuild }: JobParts, signal: AbortSignal): Promise<void> {
  for (const guildId of guilds.guildIds()) {
    if (signal.aborted) return;
    await checkGuild(guildId);
  }
}

/** Starts the guilds whose interval has passed since their last full sync, or since the last try at one. */
function createScheduledSync({ guilds, settings, syncGuildLater, syncIntervalMs, now }: JobParts): Job['run'] {
  const lastTry = new Map<string, number>();
  const startedAt = now().getTime();
  return async () => {
    const here = new Set(guilds.guildIds());
    const at = now().getTime();
    const due: { guildId: string; overdueMs: number }[] = [];
    for (const { guildId, isEnabled, autoSync, syncIntervalSeconds, lastFullSyncAt } of await settings.all()) {
      if (!here.has(guildId) || !isEnabled || !autoSync) continue;
      const intervalMs = syncIntervalSeconds === null ? syncIntervalMs : syncIntervalSeconds * 1000;
      // A stamp that lies ahead is from a clock that went wrong.
      const stamps = [lastFullSyncAt?.getTime() ?? 0, lastTry.get(guildId) ?? startedAt].filter((stamp) => stamp <= at);
      const overdueMs = at - Math.max(0, ...stamps) - intervalMs;
      if (overdueMs >= 0) due.push({ guildId, overdueMs });
    }
    for (const { guildId } of due.toSorted((a, b) => b.overdueMs - a.overdueMs).slice(0, BEGIN_AT_ONCE)) {
      lastTry.set(guildId, at);
      syncGuildLater(guildId, { trigger: 'schedule', actor: null });
    }
  };
}

/** discord.js tells of no guild that comes while another one is being waited for; and a database can be busy. */
async function takeUpGuilds({ guilds, settings, guildSeenLater }: JobParts): Promise<void> {
  const known = new Set((await settings.all()).filter(({ leftAt }) => leftAt === null).map(({ guildId }) => guildId));
  for (const guildId of guilds.guildIds()) if (!known.has(guildId)) guildSeenLater(guildId);
}

/** A membership that ends by itself is an event like any other. */
async function endMemberships({ groups, syncUsersLater, now }: JobParts): Promise<void> {
  const ended = await groups.takeExpired(now());
  if (ended.discordIds.length > 0) syncUsersLater(ended.discordIds, { trigger: 'expiry', actor: null });
}

async function purge({
  states,
  sessions,
  links,
  forgetUnreachable,
  webhooks,
  settings,
  runs,
  configChanges,
  retentionDays,
  now,
}: JobParts): Promise<void> {
  const oldest = new Date(now().getTime() - retentionDays * DAY_MS);
  await states.purgeExpired(now());
  // A clock may be off a little: what was revoked stays so for longer than its token could be taken.
  await sessions.purgeExpired(new Date(now().getTime() - DAY_MS));
  await webhooks.purgeExpired(now());
  await links.purgeFormerBefore(oldest);
  await forgetUnreachable();
  await runs.purgeBefore(oldest);
  await configChanges.purgeBefore(oldest);
  await settings.purgeLeftBefore(new Date(now().getTime() - PURGE_GUILDS_AFTER_MS));
}
