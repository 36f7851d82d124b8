import type { StoredGuild } from '../db/guild-store.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import type { NewRun, Run, RunStore } from '../db/run-store.ts';
import { isBounded } from '../core/occasion.ts';
import { AppError } from '../errors.ts';
import type { Cause } from './results.ts';
import type { Sync } from './sync.ts';
import type { FindScope, SyncScope, SyncedUser } from './sync-scope.ts';

/** What somebody wants to be synced: whole guilds, some users there, or one mapping of one guild. */
export interface SyncOrder {
  scope: SyncScope;
  /** Accounts; null: everybody. */
  userIds: readonly string[] | null;
  mappingId: string | null;
}

/** A sync that goes on in the background. */
interface StartedSync {
  run: Run;
  /** Users of the order who have not linked: no group counts for them. */
  notLinked: string[];
}

export interface ManualSync {
  /**
   * Begins it and does not wait. One run tells all of it: that of the guild or the mapping, or one that has those of
   * several guilds or members as its parts. AppError guild_not_found, bot_not_in_guild, sync_disabled, user_not_found,
   * not_linked, mapping_not_found, invalid_input.
   * @param by who asks; `isConfirmed`: he knows what it does, so that the guard does not bound it
   */
  start(order: SyncOrder, by: { actor: string; isConfirmed: boolean }): Promise<StartedSync>;
}

export interface ManualSyncParts {
  sync: Pick<Sync, 'beginGuild' | 'memberPart'>;
  runs: Pick<RunStore, 'find' | 'startWhole' | 'beginWhole' | 'adopt' | 'partsOf'>;
  mappings: Pick<MappingStore, 'find'>;
  find: FindScope;
  inBackground(work: Promise<unknown>): void;
  now: () => Date;
  newId: () => string;
}

/** Syncs of one member in one guild that one order may ask for. */
const MOST_PARTS = 5_000;

/** Syncs that a person orders, of as much as he names. */
export function createManualSync(parts: ManualSyncParts): ManualSync {
  const { sync, runs, find, now } = parts;

  const newRun = (cause: Cause, subject: Pick<NewRun, 'type' | 'guildId' | 'targetId'>): NewRun => ({
    ...subject,
    id: parts.newId(),
    trigger: cause.trigger,
    initiatedBy: cause.actor,
    isBounded: isBounded(cause),
    undoOf: null,
    status: 'pending',
    startedAt: now(),
  });

  async function startMapping(guildId: string, mappingId: string, cause: Cause): Promise<string> {
    const mapping = await parts.mappings.find(mappingId);
    if (mapping?.guildId !== guildId) throw new AppError('mapping_not_found', 'There is no such mapping.');
    if (!mapping.isActive) throw new AppError('sync_disabled', MAPPING_OFF);
    return (await sync.beginGuild(guildId, cause, { mappingId })).runId;
  }

  async function startGuilds(guilds: readonly StoredGuild[], cause: Cause): Promise<string> {
    const [first] = guilds;
    if (first && guilds.length === 1) return (await sync.beginGuild(first.guildId, cause)).runId;
    const whole = newRun(cause, { type: 'full', guildId: null, targetId: null });
    await runs.startWhole(whole, []);
    const errors: string[] = [];
    for (const { guildId, name } of guilds) {
      const { runId } = await sync.beginGuild(guildId, cause);
      if (!(await runs.adopt(runId, whole.id))) errors.push(`${name}: ${OTHERS_DO}`);
    }
    await runs.beginWhole(whole.id, errors, now());
    return whole.id;
  }

  async function startUsers(guilds: readonly StoredGuild[], users: readonly SyncedUser[], cause: Cause) {
    const linked = users.filter(({ discordIds }) => discordIds.length > 0);
    if (linked.length === 0) throw new AppError('not_linked', NOBODY_LINKED);
    const discordIds = linked.flatMap((user) => user.discordIds);
    if (discordIds.length * guilds.length > MOST_PARTS) throw new AppError('invalid_input', TOO_MANY);
    const [only] = users.length === 1 ? users : [];
    const whole = newRun(cause, { type: 'user', guildId: null, targetId: only?.userId ?? null });
    const members = guilds.flatMap(({ guildId }) =>
      discordIds.map((discordId) => newRun(cause, { type: 'user', guildId, targetId: discordId })),
    );
    await runs.startWhole(whole, members);
    const errors = users.filter((user) => !linked.includes(user)).map(({ userId }) => `User ${userId} ${NOT_LINKED}`);
    await runs.beginWhole(whole.id, errors, now());
    for (const part of await runs.partsOf(whole.id)) {
      const { guildId, targetId } = part;
      if (guildId !== null && targetId !== null)
        parts.inBackground(sync.memberPart({ ...part, guildId }, targetId, cause));
    }
    return whole.id;
  }

  async function begin({ scope, userIds, mappingId }: SyncOrder, cause: Cause) {
    const guilds = await find.someGuilds(scope);
    const [first] = guilds;
    if (mappingId !== null && first && 'guildId' in scope) {
      return { runId: await startMapping(first.guildId, mappingId, cause), users: [] };
    }
    if (userIds === null) return { runId: await startGuilds(guilds, cause), users: [] };
    const users = await find.users(userIds);
    return { runId: await startUsers(guilds, users, cause), users };
  }

  return {
    async start(order, { actor, isConfirmed }) {
      const { runId, users } = await begin(order, { trigger: 'manual', actor, isConfirmed });
      const run = await runs.find(runId);
      if (!run) throw new Error('a run that was stored is gone');
      return { run, notLinked: users.filter((user) => user.discordIds.length === 0).map(({ userId }) => userId) };
    },
  };
}

const MAPPING_OFF = 'This mapping is switched off. Switch it on first.';
const OTHERS_DO = 'a sync that somebody else asked for looks at everybody here anyway.';
const NOBODY_LINKED = 'None of these users has linked a Discord user, so there is nobody to sync.';
const NOT_LINKED = 'has not linked a Discord user.';
const TOO_MANY = `These are too many users in too many servers for one sync (${MOST_PARTS} at most). Name one server.`;
