import { inArray } from 'drizzle-orm';
import { changes, grants as grantTable, guilds, runs } from '../../src/db/schema.ts';
import type { RoleMove } from './history.ts';
import { instants, verdictOf, type Verdict } from './oracle.ts';
import type { Played } from './play.ts';
import type { Moment } from './timeline.ts';

/** So long after it was right may a write still land: pauses between tries, waits for a bucket, the way to Discord. */
export const LATE_MS = 60_000;

type GrantRow = typeof grantTable.$inferSelect;

/** What every invariant needs, computed once. */
export interface Evidence extends Played {
  end: number;
  last: Moment;
  grants: Map<string, GrantRow>;
  movesOf(discordId: string, roleId: string): RoleMove[];
  name(discordId: string, roleId?: string): string;
}

export function gather(played: Played): Evidence {
  const { clock, timeline, history, stores, scene } = played;
  const last = timeline.moments.at(-1);
  if (!last) throw new Error('nothing was noted');
  const moves = Map.groupBy(history.moves, ({ discordId, roleId }) => `${discordId} ${roleId}`);
  const grants = stores.orm.select().from(grantTable).all();
  return {
    ...played,
    end: clock.now(),
    last,
    grants: new Map(grants.map((row) => [`${row.discordId} ${row.roleId}`, row])),
    movesOf: (discordId, roleId) => moves.get(`${discordId} ${roleId}`) ?? [],
    name: (discordId, roleId) => `${scene.nameOf(discordId)}${roleId === undefined ? '' : ` ${scene.nameOf(roleId)}`}`,
  };
}

/** The verdicts at every instant between the two. */
function verdictsBetween(
  { timeline }: Evidence,
  from: number,
  to: number,
  discordId: string,
  roleId: string,
): Set<Verdict | null> {
  const verdicts = new Set<Verdict | null>();
  for (const { moment, at } of instants(timeline.moments, from, to))
    verdicts.add(verdictOf(moment, at, discordId, roleId));
  return verdicts;
}

/** Whether, at some instant between the two, every mapping that names the role says that nobody else may give it. */
function wasUnwelcome({ timeline }: Evidence, from: number, to: number, roleId: string): boolean {
  for (const { moment } of instants(timeline.moments, from, to)) {
    const named = moment.mappings.filter((mapping) => mapping.roleId === roleId);
    if (named.length > 0 && named.every(({ onForeign }) => onForeign === 'remove')) return true;
  }
  return false;
}

/** Every role that came or went by the bot's hand, with what was right at the time. */
export function* unreasonableWrites(evidence: Evidence): Generator<string> {
  const { history } = evidence;
  for (const move of history.moves) {
    if (move.by !== 'bot') continue;
    const why = move.action === 'add' ? whyGiven(evidence, move) : whyTaken(evidence, move);
    if (why === null) {
      const { at, discordId, roleId, action } = move;
      yield `${action === 'add' ? 'gave' : 'took'} ${evidence.name(discordId, roleId)} without a reason at ${time(evidence, at)}`;
    }
  }
}

function whyGiven(evidence: Evidence, move: RoleMove): string | null {
  const { at, discordId, roleId } = move;
  const from = at - LATE_MS;
  if (verdictsBetween(evidence, from, at, discordId, roleId).has('true')) return 'desired';
  const earlier = evidence
    .movesOf(discordId, roleId)
    .filter((other) => other.at >= from && other.at <= at && other !== move);
  if (earlier.some(({ by, action }) => by === 'bot' && action === 'remove')) return 'put back';
  if (isRaced(evidence, move)) return 'raced';
  const joinedAt = evidence.history.joinedAt.get(discordId) ?? 0;
  const wasGiven = evidence.movesOf(discordId, roleId).some(({ by, at: then }) => by === 'bot' && then < joinedAt);
  return wasGiven && joinedAt >= from ? 'given back on rejoin' : null;
}

function whyTaken(evidence: Evidence, move: RoleMove): string | null {
  const { at, discordId, roleId } = move;
  const verdicts = verdictsBetween(evidence, at - LATE_MS, at, discordId, roleId);
  if (isRaced(evidence, move)) return 'raced';
  // Nobody can say whether it should go; or it should stay; at no instant was it to go.
  if (!verdicts.has('false') && !verdicts.has(null)) return null;
  const before = evidence.movesOf(discordId, roleId).filter((other) => other.at <= at && other !== move);
  const given = before.findLast(({ action }) => action === 'add');
  if (!given) return null;
  if (given.by === 'bot') return 'ours';
  if (verdictsBetween(evidence, given.at, at, discordId, roleId).has('true')) return 'adopted';
  return wasUnwelcome(evidence, at - LATE_MS, at, roleId) ? 'foreign' : null;
}

/** Somebody changed this role between the read that a PATCH was built from and the PATCH. */
function isRaced(evidence: Evidence, { discordId, roleId, at, write }: RoleMove): boolean {
  const baseReadAt = write?.baseReadAt ?? null;
  if (baseReadAt === null) return false;
  return evidence
    .movesOf(discordId, roleId)
    .some(({ by, at: then }) => by === 'other' && then >= baseReadAt && then <= at);
}

/** What each member has in the end, against what he should have. */
export function* wrongInTheEnd(evidence: Evidence): Generator<string> {
  const { scene, last } = evidence;
  const roleIds = [...(scene.world.guilds.get(scene.guildId)?.roles.keys() ?? [])].filter((id) => id !== scene.guildId);
  for (const discordId of scene.people) {
    const held = scene.rolesOf(discordId);
    if (!held) continue;
    const isAlone = isLeftAlone(evidence, discordId);
    for (const roleId of roleIds) {
      const isMapped = last.mappings.some((mapping) => mapping.roleId === roleId);
      if (isMapped && !isAlone && last.writable.has(roleId))
        yield* wrongRole(evidence, discordId, roleId, held.has(roleId));
      yield* wrongedOthers(evidence, discordId, roleId, held.has(roleId));
    }
  }
}

export function isLeftAlone({ scene, last }: Evidence, discordId: string): boolean {
  const member = scene.world.guilds.get(scene.guildId)?.members.get(discordId);
  if (!member) return true;
  const hasBypass = last.bypassRoleId !== null && member.roles.has(last.bypassRoleId);
  return hasBypass || (member.pending && !last.syncPendingMembers);
}

/** A mapped role that the bot can write. */
function* wrongRole(evidence: Evidence, discordId: string, roleId: string, isHeld: boolean): Generator<string> {
  const { last, end, grants } = evidence;
  const verdict = verdictOf(last, end, discordId, roleId);
  const name = evidence.name(discordId, roleId);
  const grant = grants.get(`${discordId} ${roleId}`);
  if (verdict === 'true' && !isHeld && !mayStayAway(evidence, discordId, roleId)) yield `${name} is missing`;
  if (verdict === 'true' && isHeld && !grant?.isConfirmed) yield `${name} is there and the ledger does not say so`;
  if (verdict !== 'false' || !isHeld) return;
  const isOurs = evidence.movesOf(discordId, roleId).findLast(({ action }) => action === 'add')?.by === 'bot';
  const stays = mayStay(evidence, discordId, roleId, grant);
  if (grant && !stays) yield `${name} should be gone: we granted it`;
  if (!grant && isOurs && !wasKept(evidence, roleId))
    yield `${name} is there by our hand and the ledger does not say so`;
  const named = last.mappings.filter((mapping) => mapping.roleId === roleId);
  if (!grant && named.every(({ onForeign }) => onForeign === 'remove')) yield `${name} should be gone: it is foreign`;
}

/** Somebody took it, and the mapping respects that; or it went back and forth too often. */
function mayStayAway(evidence: Evidence, discordId: string, roleId: string): boolean {
  const moves = evidence.movesOf(discordId, roleId);
  const lastMove = moves.at(-1);
  if (lastMove?.action !== 'remove' || lastMove.by !== 'other') return false;
  const isGentle = evidence.timeline.moments.some(({ mappings }) =>
    mappings.some((mapping) => mapping.roleId === roleId && mapping.onDrift !== 'revert'),
  );
  const taken = moves.filter(({ by, action }) => by === 'other' && action === 'remove');
  return isGentle || taken.length >= 3;
}

function mayStay({ last, end }: Evidence, discordId: string, roleId: string, grant: GrantRow | undefined): boolean {
  if (!last.accountOf.has(discordId)) return false;
  const named = last.mappings.filter((mapping) => mapping.roleId === roleId);
  const graceMs = Math.max(...named.map((mapping) => mapping.graceMs));
  return named.some(({ addOnly }) => addOnly) || end < (grant?.undesiredSince?.getTime() ?? end) + graceMs + LATE_MS;
}

/** A mapping that names it ended at some time: its roles may have been left where they were. */
function wasKept({ timeline, stores }: Evidence, roleId: string): boolean {
  const ids = new Set(
    timeline.moments.flatMap(({ mappings }) => mappings.filter((one) => one.roleId === roleId).map(({ id }) => id)),
  );
  const [guild] = stores.orm.select().from(guilds).all();
  return (
    ids.size > (timeline.moments.at(-1)?.mappings.filter((one) => one.roleId === roleId).length ?? 0) ||
    guild?.onUnlink === 'keep'
  );
}

/** What others did with a role stands, unless it was ours to change. */
function* wrongedOthers(evidence: Evidence, discordId: string, roleId: string, isHeld: boolean): Generator<string> {
  const joinedAt = evidence.history.joinedAt.get(discordId) ?? 0;
  const moves = evidence.movesOf(discordId, roleId).filter(({ at }) => at >= joinedAt);
  const word = moves.findLast(({ by }) => by === 'other');
  if (!word) return;
  const verdicts = verdictsBetween(evidence, word.at - LATE_MS, evidence.end, discordId, roleId);
  const isUnmapped = verdicts.size === 1 && verdicts.has(null);
  const name = evidence.name(discordId, roleId);
  if (word.action === 'add' && !isHeld) {
    const isOurs = verdicts.has('true') || wasUnwelcome(evidence, word.at, evidence.end, roleId);
    const hadGrant = moves.some(({ by, action, at }) => by === 'bot' && action === 'add' && at < word.at);
    if (!isOurs && !hadGrant) yield `${name} was given by others and is gone`;
  }
  if (word.action === 'remove' && isHeld && isUnmapped) yield `${name} was taken by others and is back`;
}

/** The ledger against what Discord shows. */
export function* wrongLedger(evidence: Evidence): Generator<string> {
  const { grants, scene } = evidence;
  for (const grant of grants.values()) {
    const held = scene.rolesOf(grant.discordId);
    const name = evidence.name(grant.discordId, grant.roleId);
    if (!held || isLeftAlone(evidence, grant.discordId)) continue;
    const isThere = held.has(grant.roleId);
    if (!isThere && !mayStayAway(evidence, grant.discordId, grant.roleId) && evidence.last.writable.has(grant.roleId)) {
      yield `the ledger says ${name}, and it is not there`;
    }
    const gave = evidence
      .movesOf(grant.discordId, grant.roleId)
      .some(({ by, action }) => by === 'bot' && action === 'add');
    const wasDesired = verdictsBetween(evidence, 0, evidence.end, grant.discordId, grant.roleId).has('true');
    if (isThere && !gave && !wasDesired) yield `the ledger says ${name}, and nothing ever gave it`;
  }
}

/** What the runs say against what the local Discord saw. */
export function* wrongRecords(evidence: Evidence): Generator<string> {
  const { stores, history, deaths } = evidence;
  const rows = stores.orm.select().from(changes).all();
  const seen = Map.groupBy(
    history.moves.filter(({ by }) => by === 'bot'),
    keyOf,
  );
  const told = Map.groupBy(
    rows.filter(({ outcome }) => outcome === 'applied'),
    keyOf,
  );
  for (const [key, applied] of told) {
    const [discordId = '', roleId = '', action] = key.split(' ');
    const made = seen.get(key)?.length ?? 0;
    const byOthers = evidence
      .movesOf(discordId, roleId)
      .filter((move) => move.by === 'other' && move.action === action);
    if (applied.length > made + byOthers.length) {
      yield `the runs say ${applied.length} times "${action} ${evidence.name(discordId, roleId)}", and it happened ${made} times`;
    }
  }
  const open = stores.orm
    .select()
    .from(runs)
    .where(inArray(runs.status, ['pending', 'running', 'planned']))
    .all();
  if (open.length > deaths.length) yield `${open.length} runs never ended`;
}

/** Write calls that changed nothing, and had nothing that could excuse them. */
export function* needlessWrites(evidence: Evidence): Generator<string> {
  const { history, idleWrites } = evidence;
  if (idleWrites > 0) yield `${idleWrites} writes although nothing was left to do`;
  for (const write of history.writes) {
    if (write.moves.length > 0 || write.fault === 'lost') continue;
    const isExcused = history.disturbances.some(
      ({ at, discordId }) =>
        at <= write.at && at >= write.at - LATE_MS && (discordId === null || discordId === write.discordId),
    );
    if (!isExcused)
      yield `${write.method} ${evidence.name(write.discordId)} changed nothing at ${time(evidence, write.at)}`;
  }
}

function time({ timeline }: Evidence, at: number): string {
  return ((at - (timeline.moments[0]?.at ?? 0)) / 1000).toFixed(3);
}

function keyOf({ discordId, roleId, action }: { discordId: string; roleId: string; action: string }): string {
  return `${discordId} ${roleId} ${action}`;
}
