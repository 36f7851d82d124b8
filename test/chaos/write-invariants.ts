import { isOurs, LATE_MS, runOf, type Evidence } from './evidence.ts';
import type { RoleMove } from './history.ts';

/** Every role that came or went by the bot's hand needs something that was so at the time. */
export function* unreasonableWrites(evidence: Evidence): Generator<string> {
  for (const move of evidence.history.moves) {
    if (move.by !== 'bot') continue;
    const why = move.action === 'add' ? whyGiven(evidence, move) : whyTaken(evidence, move);
    if (why !== null) continue;
    const { at, discordId, roleId, action } = move;
    const did = action === 'add' ? 'gave' : 'took';
    yield `${did} ${evidence.name(discordId, roleId)} without a reason at ${evidence.time(at)}`;
  }
}

function whyGiven(evidence: Evidence, move: RoleMove): string | null {
  const { at, discordId, roleId } = move;
  const from = at - LATE_MS;
  if (evidence.verdicts(from, at, discordId, roleId).has('true')) return 'desired';
  const earlier = evidence.movesOf(discordId, roleId).filter((other) => other.at <= at && other !== move);
  const recent = earlier.filter((other) => other.at >= from);
  if (recent.some(({ by, action }) => by === 'bot' && action === 'remove')) return 'put back';
  if (isRaced(evidence, move)) return 'raced';
  if (isUndo(evidence, move) && earlier.some(({ by, action }) => by === 'bot' && action === 'remove')) return 'undone';
  const joinedAt = evidence.history.joinedAt.get(discordId) ?? 0;
  const wasGiven = earlier.some(({ by, at: then }) => by === 'bot' && then < joinedAt);
  return wasGiven && joinedAt >= from ? 'given back on rejoin' : null;
}

function whyTaken(evidence: Evidence, move: RoleMove): string | null {
  const { at, discordId, roleId } = move;
  if (isRaced(evidence, move)) return 'raced';
  const before = evidence.movesOf(discordId, roleId).filter((other) => other.at <= at && other !== move);
  const given = before.findLast(({ action }) => action === 'add');
  if (!given) return null;
  const mayBeOurs =
    isOurs(given) || evidence.verdicts(given.at - LATE_MS, given.at + LATE_MS, discordId, roleId).has('true');
  if (isUndo(evidence, move)) return mayBeOurs ? 'undone' : null;
  const word = before.findLast(({ by }) => by === 'other');
  if (!isOurs(move) && word?.action === 'remove' && word.at >= at - LATE_MS) return 'taken again';
  const verdicts = evidence.verdicts(at - LATE_MS, at, discordId, roleId);
  // Nobody can say whether it should go; or it should stay; at no instant was it to go.
  if (!verdicts.has('false') && !verdicts.has(null)) return null;
  if (given.by === 'bot') return 'ours';
  if (evidence.verdicts(given.at, at, discordId, roleId).has('true')) return 'adopted';
  return isUnwelcome(evidence, at - LATE_MS, at, roleId) ? 'foreign' : null;
}

function isUndo(evidence: Evidence, move: RoleMove): boolean {
  return (runOf(evidence, move)?.undoOf ?? null) !== null;
}

/** Whether, at some instant between the two, every mapping that names the role says that nobody else may give it. */
export function isUnwelcome(evidence: Evidence, from: number, to: number, roleId: string): boolean {
  return evidence.moments(from, to).some(({ mappings }) => {
    const named = mappings.filter((mapping) => mapping.roleId === roleId);
    return named.length > 0 && named.every(({ onForeign }) => onForeign === 'remove');
  });
}

/** Somebody changed this role between the read that a PATCH was built from and the PATCH. */
function isRaced(evidence: Evidence, { discordId, roleId, at, write }: RoleMove): boolean {
  const baseReadAt = write?.baseReadAt ?? null;
  if (baseReadAt === null) return false;
  return evidence
    .movesOf(discordId, roleId)
    .some(({ by, at: then }) => by === 'other' && then >= baseReadAt && then <= at);
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
      yield `${write.method} ${evidence.name(write.discordId)} changed nothing at ${evidence.time(write.at)}`;
  }
}

const GUARD_MS = 600_000;
/** So many removals of a role may go in a guild of so few. */
const REMOVALS = 5;
/** Writes whose end was not recorded when the process died. */
const IN_FLIGHT = 2;

/** What unattended work did to the guild in any ten minutes stays within the bounds. */
export function* unboundedWork(evidence: Evidence): Generator<string> {
  const { history, deaths } = evidence;
  const bounded = history.moves.filter((move) => {
    if (move.by !== 'bot' || !runOf(evidence, move)?.isBounded) return false;
    return !isRaced(evidence, move) && !move.write?.reason?.includes('put back');
  });
  for (const move of bounded) {
    const from = move.at - GUARD_MS;
    const window = bounded.filter(({ at }) => at > from && at <= move.at);
    const slack = IN_FLIGHT * deaths.filter((at) => at > from && at <= move.at).length;
    const removals = window.filter(({ action, roleId }) => action === 'remove' && roleId === move.roleId);
    if (move.action === 'remove' && removals.length > REMOVALS + slack)
      yield `${removals.length} removals of ${evidence.scene.nameOf(move.roleId)} in ten minutes by ${evidence.time(move.at)}`;
    const most = Math.max(...evidence.moments(from, move.at).map(({ maxRoleChanges }) => maxRoleChanges));
    if (window.length > most + slack) yield `${window.length} changes in ten minutes by ${evidence.time(move.at)}`;
  }
}

/** Where every mapping leaves what somebody took, it does not come back until an admin asks for it. */
export function* stubbornWrites(evidence: Evidence): Generator<string> {
  for (const move of evidence.history.moves) {
    const { at, discordId, roleId } = move;
    if (move.by !== 'bot' || move.action !== 'add' || isRaced(evidence, move)) continue;
    const moves = evidence.movesOf(discordId, roleId);
    const taken = moves[moves.indexOf(move) - 1];
    if (taken?.by !== 'other' || taken.action !== 'remove') continue;
    const given = moves[moves.indexOf(taken) - 1];
    // What was still on its way, or not ours, is no drift.
    if (given?.by !== 'bot' || taken.at - given.at < LATE_MS) continue;
    const isGentle = evidence.moments(given.at, at).every(({ mappings }) => {
      const named = mappings.filter((mapping) => mapping.roleId === roleId);
      return named.length > 0 && named.every(({ onDrift }) => onDrift !== 'revert');
    });
    const verdicts = evidence.verdicts(given.at, at, discordId, roleId);
    const isSteady = verdicts.size === 1 && verdicts.has('true');
    const isExcused = evidence.history.disturbances.some(
      (one) =>
        one.at >= given.at &&
        one.at <= at &&
        (one.discordId === null || one.discordId === discordId) &&
        EXCUSES.has(one.what),
    );
    const hasLeft = (evidence.history.joinedAt.get(discordId) ?? 0) >= given.at;
    if (isGentle && isSteady && !isExcused && !hasLeft)
      yield `gave ${evidence.name(discordId, roleId)} again at ${evidence.time(at)}, which somebody had taken`;
  }
}

const EXCUSES: ReadonlySet<string> = new Set(['ask_member', 'undo', 'killed', 'unlink', 'link']);
