import type { StoredGuild } from '../db/guild-store.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import type { NewRun, Run, RunStore } from '../db/run-store.ts';
import { isBounded } from '../core/occasion.ts';
import { AppError } from '../errors.ts';
import type { Consent, Orderer } from './consent.ts';
import { createTurns } from './keyed-queue.ts';
import type { ReadAllowance } from './read-allowance.ts';
import type { Cause } from './results.ts';
import type { Sync } from './sync.ts';
import type { FindScope, SyncScope, SyncedPeople } from './sync-scope.ts';

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
  /**
   * Users of the order who have not linked: no group counts for them. Who is no operator is told the same of those who
   * do not exist, or are no members there.
   */
  notLinked: string[];
}

export interface ManualSync {
  /**
   * Begins it and does not wait. One run tells all of it: that of the guild or the mapping, or one that has those of
   * several guilds or members as its parts; who orders again what has not begun yet gets the same. AppError
   * guild_not_found, bot_not_in_guild, sync_disabled, user_not_found, not_linked, mapping_not_found, invalid_input,
   * rate_limited.
   * @param by who asks, and whether he may know of everybody
   */
  start(order: SyncOrder, by: Confirmer): Promise<StartedSync>;
}

interface Confirmer extends Orderer {
  /** He knows what it does, so that the guard bounds only what he could not do by hand. */
  isConfirmed: boolean;
}

/** Why each guild of the order is synced. */
type CauseIn = (guildId: string) => Cause;

export interface ManualSyncParts {
  sync: Pick<Sync, 'beginGuild' | 'memberPart'>;
  consent: Consent;
  runs: Pick<RunStore, 'find' | 'startWhole' | 'beginWhole' | 'adopt' | 'partsOf' | 'openWholesOf'>;
  mappings: Pick<MappingStore, 'find'>;
  find: FindScope;
  allowance: ReadAllowance;
  inBackground(work: Promise<unknown>): void;
  now: () => Date;
  newId: () => string;
}

/** Syncs of one member in one guild that one order may ask for. */
const MOST_PARTS = 5_000;
/** Orders of one person with parts that have not ended; and when he may look again. */
const MOST_OPEN = 20;
const RETRY_SECONDS = 10;

/** Syncs that a person orders, of as much as he names. */
export function createManualSync(parts: ManualSyncParts): ManualSync {
  const { sync, runs, find, now } = parts;
  const turns = createTurns();

  const newRun = (cause: Cause, subject: Pick<NewRun, 'type' | 'guildId' | 'targetId'>): NewRun => ({
    ...subject,
    id: parts.newId(),
    trigger: cause.trigger,
    initiatedBy: cause.actor,
    isBounded: isBounded(cause),
    agreement: cause.agreement ?? null,
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

  /** One that the same person has ordered before, and that has not begun yet: it does what this one would. */
  async function findEqual(whole: NewRun, isPart: (part: Run) => boolean, size: number): Promise<string | null> {
    const open = await runs.openWholesOf(whole.initiatedBy);
    for (const { id, type, isBounded: isSoBounded } of open) {
      if (type !== whole.type || isSoBounded !== whole.isBounded) continue;
      const present = await runs.partsOf(id);
      if (present.length === size && present.every((part) => part.status === 'pending' && isPart(part))) return id;
    }
    if (open.length >= MOST_OPEN)
      throw new AppError('rate_limited', TOO_MANY_OPEN, { retryAfterSeconds: RETRY_SECONDS });
    return null;
  }

  async function startGuilds(guilds: readonly StoredGuild[], cause: Cause, causeIn: CauseIn): Promise<string> {
    const [first] = guilds;
    if (first && guilds.length === 1) return (await sync.beginGuild(first.guildId, causeIn(first.guildId))).runId;
    const whole = newRun(cause, { type: 'full', guildId: null, targetId: null });
    const guildIds = new Set(guilds.map(({ guildId }) => guildId));
    const equal = await findEqual(whole, ({ guildId }) => guildIds.has(guildId ?? ''), guilds.length);
    if (equal !== null) return equal;
    await runs.startWhole(whole, []);
    let others = 0;
    for (const guildId of guildIds) {
      const { runId } = await sync.beginGuild(guildId, causeIn(guildId));
      if (!(await runs.adopt(runId, whole.id))) others += 1;
    }
    // Whoever sees it need not know of a guild that it has no part in.
    await runs.beginWhole(whole.id, others > 0 ? [othersDo(others)] : [], now());
    return whole.id;
  }

  async function startUsers(
    people: SyncedPeople,
    target: string | null,
    cause: Cause,
    causeIn: CauseIn,
  ): Promise<string> {
    const whole = newRun(cause, { type: 'user', guildId: null, targetId: target });
    const keys = new Set(people.members.map(({ guildId, discordId }) => `${guildId}:${discordId}`));
    const equal = await findEqual(whole, (part) => keys.has(`${part.guildId}:${part.targetId}`), keys.size);
    if (equal !== null) return equal;
    const members = people.members.map(({ guildId, discordId }) =>
      newRun(causeIn(guildId), { type: 'user', guildId, targetId: discordId }),
    );
    await runs.startWhole(whole, members);
    const { length: left } = people.notLinked;
    await runs.beginWhole(whole.id, left > 0 ? [leftOut(left)] : [], now());
    for (const part of await runs.partsOf(whole.id)) {
      const { guildId, targetId } = part;
      if (guildId !== null && targetId !== null)
        parts.inBackground(sync.memberPart({ ...part, guildId }, targetId, causeIn(guildId)));
    }
    return whole.id;
  }

  async function begin({ scope, userIds, mappingId }: SyncOrder, by: Confirmer) {
    const { actor, payer, isConfirmed } = by;
    const cause: Cause = { trigger: 'manual', actor, isConfirmed };
    const guilds = await find.someGuilds(scope);
    const [first] = guilds;
    // Before anything begins: whoever is no admin any more begins nothing.
    const causes = new Map<string, Cause>();
    for (const { guildId } of isConfirmed || userIds !== null ? guilds : []) {
      const agreement = await parts.consent(by, guildId);
      causes.set(guildId, agreement ? { ...cause, agreement } : { ...cause, isConfirmed: false });
    }
    const causeIn: CauseIn = (guildId) => causes.get(guildId) ?? cause;
    if (userIds === null) parts.allowance.take(payer, guilds.length);
    if (mappingId !== null && first && 'guildId' in scope) {
      return { runId: await startMapping(first.guildId, mappingId, causeIn(first.guildId)), notLinked: [] };
    }
    if (userIds === null) return { runId: await startGuilds(guilds, cause, causeIn), notLinked: [] };
    const people = await find.people(userIds, guilds, payer, MOST_PARTS);
    const [target = null, ...more] = new Set(userIds);
    const only = more.length > 0 ? null : target;
    return { runId: await startUsers(people, only, cause, causeIn), notLinked: people.notLinked };
  }

  return {
    start: (order, by) =>
      // Of two equal orders at once the second has to see the first.
      turns.alone(by.payer.accountId, async () => {
        const { runId, notLinked } = await begin(order, by);
        const run = await runs.find(runId);
        if (!run) throw new Error('a run that was stored is gone');
        return { run, notLinked };
      }),
  };
}

const MAPPING_OFF = 'This mapping is switched off. Switch it on first.';
const TOO_MANY_OPEN = `You have ${MOST_OPEN} syncs under way. Wait until one of them has ended.`;

function othersDo(guilds: number): string {
  const where = guilds === 1 ? 'one server' : `${guilds} servers`;
  return `In ${where} a sync that was asked for before looks at everybody anyway.`;
}

function leftOut(users: number): string {
  return users === 1 ? 'One user was left out.' : `${users} users were left out.`;
}
