import { isOurs, isRaced, LATE_MS, mayBeOurs, runOf, type Evidence } from './evidence.ts';
import type { RoleMove } from './history.ts';
import type { Verdict } from './oracle.ts';
import type { Moment } from './timeline.ts';

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
  if (isUndo(evidence, move) && earlier.some(({ action }) => action === 'remove')) return 'undone';
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
  // Somebody gave it in the very moment in which we did.
  const isShared = evidence.history.writes.some((one) => one.discordId === discordId && one.at === given.at);
  const word = before.findLast(({ by }) => by === 'other');
  if (!isOurs(move) && word?.action === 'remove' && word.at >= at - LATE_MS) return 'taken again';
  if (isUndo(evidence, move)) {
    const wasWanted = evidence.verdicts(given.at - LATE_MS, given.at + LATE_MS, discordId, roleId).has('true');
    return isShared || mayBeOurs(given) || wasWanted ? 'undone' : null;
  }
  const verdicts = evidence.verdicts(at - LATE_MS, at, discordId, roleId);
  // Nobody can say whether it should go; or it should stay; at no instant was it to go.
  if (!verdicts.has('false') && !verdicts.has(null)) return null;
  const isUnwanted = isUnwelcome(evidence, at - LATE_MS, at, roleId);
  // What was kept when its mapping ended is not ours any more, and what we put back never was.
  const isKept = evidence.history.decisions.some(
    (one) => one.roleId === roleId && one.roles === 'keep' && one.at <= at,
  );
  const isGiftPutBack = given.by === 'bot' && !mayBeOurs(given);
  if (given.by === 'bot' && (isKept || isGiftPutBack) && isUnwanted) return 'foreign';
  if ((given.by === 'bot' || isShared) && mayTakeOurs(evidence, move, verdicts)) return 'ours';
  if (given.by === 'bot') return null;
  // Ours may have been on its way when it was given by others.
  const wasWantedThen = evidence.verdicts(given.at - ON_ITS_WAY_MS, at, discordId, roleId).has('true');
  if (!isShared && wasWantedThen) return 'adopted';
  return isUnwanted ? 'foreign' : null;
}

const ON_ITS_WAY_MS = 5000;

/** What we gave goes, unless its mappings only add, its grace still runs, or it was to be kept. */
function mayTakeOurs(evidence: Evidence, { at, discordId, roleId }: RoleMove, verdicts: Set<Verdict | null>): boolean {
  if (!verdicts.has('false')) {
    return evidence.history.decisions.some((one) => one.at <= at && one.roleId === roleId && one.roles === 'remove');
  }
  const window = evidence.moments(at - LATE_MS, at);
  const isLinked = window.every(({ accountOf }) => accountOf.has(discordId));
  const onlyAdds = ({ mappings }: Moment): boolean => mappings.some((one) => one.roleId === roleId && one.addOnly);
  if (isLinked && window.every(onlyAdds)) return false;
  return !isLinked || !isInGrace(evidence, at, discordId, roleId);
}

/** Longer than the pause between two syncs: what stood so long was seen. */
const NOTICED_MS = 20 * 60_000;

/** It was surely seen as desired, and its grace has not passed since. */
function isInGrace(evidence: Evidence, at: number, discordId: string, roleId: string): boolean {
  const graces = evidence
    .moments(at - 2 * NOTICED_MS, at)
    .map(({ mappings }) => Math.max(0, ...mappings.filter((one) => one.roleId === roleId).map((one) => one.graceMs)));
  const from = at - Math.min(...graces) + LATE_MS;
  const to = at - LATE_MS;
  if (from >= to) return false;
  const verdicts = evidence.verdicts(from - NOTICED_MS, from, discordId, roleId);
  return verdicts.size === 1 && verdicts.has('true');
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
    const changes = new Set(window.map(({ discordId, roleId, action }) => `${discordId} ${roleId} ${action}`));
    if (changes.size > most + slack) yield `${changes.size} changes in ten minutes by ${evidence.time(move.at)}`;
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

/** Members who are pending or bypassed are nobody's business, and a guild that is not to be synced by itself is not. */
export function* uninvitedWrites(evidence: Evidence): Generator<string> {
  for (const move of evidence.history.moves) {
    const { at, discordId, roleId, write } = move;
    if (move.by !== 'bot' || !isOurs(move) || isUndo(evidence, move) || isRaced(evidence, move)) continue;
    const window = evidence.moments(at - LATE_MS, at);
    const what = `${evidence.name(discordId, roleId)} at ${evidence.time(at)}`;
    if (write?.isPending && !window.some(({ syncPendingMembers }) => syncPendingMembers))
      yield `${what}: he is pending`;
    const isBypassed = ({ bypassRoleId }: Moment): boolean => {
      const last =
        bypassRoleId === null ? undefined : evidence.movesOf(discordId, bypassRoleId).findLast((one) => one.at <= at);
      return last?.action === 'add' && last.at < at - LATE_MS;
    };
    if (window.every(isBypassed)) yield `${what}: he is to be bypassed`;
    const trigger = runOf(evidence, move)?.trigger;
    // A run that goes on after a crash takes along what somebody asked for since.
    const isAsked = evidence.history.disturbances.some(
      (one) => one.at >= at - LATE_MS && one.at <= at && ASKS.has(one.what),
    );
    const isUnattended = trigger !== undefined && UNATTENDED.has(trigger) && !isAsked;
    if (isUnattended && !window.some(({ autoSync }) => autoSync)) yield `${what}: nobody asked for it`;
  }
}

const UNATTENDED: ReadonlySet<string> = new Set(['schedule', 'startup', 'join', 'drift', 'expiry', 'guild_event']);
const ASKS: ReadonlySet<string> = new Set(['map', 'map_edit', 'map_switch', 'map_remove', 'ask_guild', 'ask_member']);
const FLIPS = 3;

/** The bot does not fight with somebody who takes a role again and again. */
export function* endlessFights(evidence: Evidence): Generator<string> {
  const { history, deaths } = evidence;
  const returned = history.moves.filter((move) => {
    if (move.by !== 'bot' || move.action !== 'add' || !isOurs(move)) return false;
    const moves = evidence.movesOf(move.discordId, move.roleId);
    const before = moves[moves.indexOf(move) - 1];
    return before?.by === 'other' && before.action === 'remove';
  });
  for (const move of returned) {
    const { at, discordId, roleId } = move;
    const isInWindow = (then: number): boolean => then > at - GUARD_MS && then <= at;
    const same = returned.filter((one) => one.discordId === discordId && one.roleId === roleId && isInWindow(one.at));
    const isExcused = history.disturbances.some(
      (one) =>
        isInWindow(one.at) && (one.discordId === null || one.discordId === discordId) && ENDS_FIGHT.has(one.what),
    );
    // The first addition of a window need not be an answer.
    if (same.length > FLIPS + 1 + deaths.filter(isInWindow).length && !isExcused)
      yield `gave ${evidence.name(discordId, roleId)} ${same.length} times in ten minutes by ${evidence.time(at)}`;
  }
}

const ENDS_FIGHT: ReadonlySet<string> = new Set(['ask_member', 'join', 'leave', 'undo', 'unlink', 'link']);
