import { and, eq, inArray, isNotNull } from 'drizzle-orm';
import { changes, runs } from '../../src/db/schema.ts';
import { isOurs, isRaced, LATE_MS, type Evidence, type GrantRow } from './evidence.ts';
import type { RoleMove } from './history.ts';
import { isUnwelcome } from './write-invariants.ts';

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
      if (!isMapped && !isAlone && last.writable.has(roleId) && held.has(roleId))
        yield* leftBehind(evidence, discordId, roleId);
      yield* wrongedOthers(evidence, discordId, roleId, held.has(roleId));
    }
  }
}

function isLeftAlone({ scene, last }: Evidence, discordId: string): boolean {
  const member = scene.world.guilds.get(scene.guildId)?.members.get(discordId);
  if (!member) return true;
  const hasBypass = last.bypassRoleId !== null && member.roles.has(last.bypassRoleId);
  return hasBypass || (member.pending && !last.syncPendingMembers);
}

/** A mapped role that the bot can write. */
function* wrongRole(evidence: Evidence, discordId: string, roleId: string, isHeld: boolean): Generator<string> {
  const { end, last } = evidence;
  const [verdict] = evidence.verdicts(end, end, discordId, roleId);
  const name = evidence.name(discordId, roleId);
  const grant = evidence.grantOf(discordId, roleId);
  const suppression = evidence.suppressionOf(discordId, roleId);
  if (suppression && !isSuppressible(evidence, discordId, roleId, suppression.reason))
    yield `${name} is left alone (${suppression.reason}) without a reason`;
  if (suppression) return;
  if (verdict === 'true' && !isHeld) yield `${name} is missing`;
  if (verdict === 'true' && isHeld && !grant?.isConfirmed) yield `${name} is there and the ledger does not say so`;
  if (verdict !== 'false' || !isHeld) return;
  const given = evidence.movesOf(discordId, roleId).findLast(({ action }) => action === 'add');
  if (isDiscarded(evidence, discordId, roleId)) return;
  if (grant && !mayStay(evidence, discordId, roleId, grant)) yield `${name} should be gone: we granted it`;
  if (!grant && given && isOurs(given) && !isRaced(evidence, given) && !mayBeDisowned(evidence, discordId, roleId))
    yield `${name} is there by our hand and the ledger does not say so`;
  const named = last.mappings.filter((mapping) => mapping.roleId === roleId);
  if (!grant && named.every(({ onForeign }) => onForeign === 'remove')) yield `${name} should be gone: it is foreign`;
}

/** Whether there was ever an occasion to leave this role of his as it is. */
function isSuppressible(evidence: Evidence, discordId: string, roleId: string, reason: string): boolean {
  if (reason === 'undo') return evidence.history.disturbances.some(({ what }) => what === 'undo');
  const flips = evidence.movesOf(discordId, roleId).filter(({ by }) => by === 'other');
  return reason === 'fight' ? flips.length >= 3 : flips.some(({ action }) => action === 'remove');
}

function mayStay({ last, end }: Evidence, discordId: string, roleId: string, grant: GrantRow): boolean {
  if (!last.accountOf.has(discordId)) return false;
  const named = last.mappings.filter((mapping) => mapping.roleId === roleId);
  const graceMs = Math.max(...named.map((mapping) => mapping.graceMs));
  return named.some(({ addOnly }) => addOnly) || end < (grant.undesiredSince?.getTime() ?? end) + graceMs + LATE_MS;
}

/** An admin said that this removal is not to be made. */
function isDiscarded({ stores, end }: Evidence, discordId: string, roleId: string): boolean {
  const rows = stores.orm
    .select({ at: runs.completedAt })
    .from(changes)
    .innerJoin(runs, eq(runs.id, changes.runId))
    .where(
      and(
        eq(changes.discordId, discordId),
        eq(changes.roleId, roleId),
        eq(runs.status, 'cancelled'),
        isNotNull(runs.decidedBy),
      ),
    )
    .all();
  return rows.some(({ at }) => at !== null && at.getTime() > end - 24 * 60 * 60_000);
}

/** A mapping that names it ended with its roles kept, or he was unlinked and they may have been. */
function mayBeDisowned({ history }: Evidence, discordId: string, roleId: string): boolean {
  const isKept = history.decisions.some((one) => one.roleId === roleId && one.roles === 'keep');
  return isKept || history.disturbances.some((one) => one.discordId === discordId && one.what === 'unlink');
}

/** No mapping names it any more, and it was not to be kept: what we gave is gone. */
function* leftBehind(evidence: Evidence, discordId: string, roleId: string): Generator<string> {
  const { history } = evidence;
  const given = evidence.movesOf(discordId, roleId).findLast(({ action }) => action === 'add');
  const hasEnded = history.decisions.some((one) => one.roleId === roleId);
  if (!given || !isOurs(given) || isRaced(evidence, given) || !hasEnded || mayBeDisowned(evidence, discordId, roleId))
    return;
  const wasUndone = history.disturbances.some(({ what }) => what === 'undo');
  if (wasUndone || isDiscarded(evidence, discordId, roleId)) return;
  yield `${evidence.name(discordId, roleId)} should be gone: its mapping ended`;
}

/** What others did with a role stands, unless it was ours to change. */
function* wrongedOthers(evidence: Evidence, discordId: string, roleId: string, isHeld: boolean): Generator<string> {
  const joinedAt = evidence.history.joinedAt.get(discordId) ?? 0;
  const moves = evidence.movesOf(discordId, roleId).filter(({ at }) => at >= joinedAt);
  const word = moves.findLast(({ by }) => by === 'other');
  if (!word) return;
  const verdicts = evidence.verdicts(word.at - LATE_MS, evidence.end, discordId, roleId);
  // Nobody told us of it: it fell into the way of a list of ours, and its event was lost or we died before it came.
  if (isUntold(evidence, word)) return;
  if (isOutOfReach(evidence, word)) return;
  const isUnmapped = verdicts.size === 1 && verdicts.has(null);
  const name = evidence.name(discordId, roleId);
  if (word.action === 'add' && !isHeld) {
    const wasOurs = verdicts.has('true') || isUnwelcome(evidence, word.at - LATE_MS, evidence.end, roleId);
    const hadGrant = moves.some(({ by, action, at }) => by === 'bot' && action === 'add' && at < word.at);
    if (!wasOurs && !hadGrant) yield `${name} was given by others and is gone`;
  }
  if (word.action === 'remove' && isHeld && isUnmapped) yield `${name} was taken by others and is back`;
}

/** The ledger against what Discord shows. */
export function* wrongLedger(evidence: Evidence): Generator<string> {
  const { grants, scene } = evidence;
  for (const { discordId, roleId } of grants) {
    const held = scene.rolesOf(discordId);
    const name = evidence.name(discordId, roleId);
    if (!held && evidence.last.removeRolesOnLeave) yield `the ledger says ${name}, and he has left`;
    if (!held || isLeftAlone(evidence, discordId)) continue;
    const isThere = held.has(roleId);
    if (!isThere && !evidence.suppressionOf(discordId, roleId) && evidence.last.writable.has(roleId))
      yield `the ledger says ${name}, and it is not there`;
    const gave = evidence.movesOf(discordId, roleId).some(({ by, action }) => by === 'bot' && action === 'add');
    const wasDesired = evidence.verdicts(0, evidence.end, discordId, roleId).has('true');
    if (isThere && !gave && !wasDesired) yield `the ledger says ${name}, and nothing ever gave it`;
  }
}

/** What the runs say against what the local Discord saw. */
export function* wrongRecords(evidence: Evidence): Generator<string> {
  const { stores, history } = evidence;
  const rows = stores.orm.select().from(changes).all();
  const seen = Map.groupBy(
    history.moves.filter(({ by }) => by === 'bot'),
    keyOf,
  );
  const told = Map.groupBy(
    rows.filter(({ outcome }) => outcome === 'applied' || outcome === 'undone'),
    keyOf,
  );
  for (const [key, applied] of told) {
    const [{ discordId, roleId, action } = { discordId: '', roleId: '', action: 'add' }] = applied;
    const made = seen.get(key)?.length ?? 0;
    const others = evidence.movesOf(discordId, roleId).filter((move) => move.by === 'other' && move.action === action);
    // A role that a stale read did not show was written again, and is there.
    const stale = history.disturbances.filter(
      (one) => one.what === 'stale' && (one.discordId === discordId || one.discordId === null),
    );
    if (applied.length > made + others.length + stale.length)
      yield `the runs say ${applied.length} times "${action} ${evidence.name(discordId, roleId)}", and it happened ${made} times`;
  }
  const open = stores.orm
    .select()
    .from(runs)
    .where(inArray(runs.status, ['pending', 'running', 'planned', 'held']))
    .all();
  for (const run of open) yield `run ${run.id} (${run.type}, ${run.trigger}) is ${run.status} in the end`;
  const ended = new Set(
    [...evidence.runs.values()].filter(({ completedAt }) => completedAt !== null).map(({ id }) => id),
  );
  const unsaid = rows.filter(({ outcome, runId }) => outcome === null && ended.has(runId));
  if (unsaid.length > 0) yield `${unsaid.length} changes of ended runs have no outcome`;
}

function keyOf({ discordId, roleId, action }: { discordId: string; roleId: string; action: string }): string {
  return `${discordId} ${roleId} ${action}`;
}

/** How long after a PATCH the events still count that tell of edits it overwrote. */
const LATEST_EVENT_MS = 15_000;

function isUntold(evidence: Evidence, { discordId, roleId, at }: RoleMove): boolean {
  const { history, deaths } = evidence;
  const next = evidence.movesOf(discordId, roleId).find((move) => move.at >= at && move.by === 'bot');
  const baseReadAt = next?.write?.baseReadAt ?? null;
  if (!next || baseReadAt === null || baseReadAt > at) return false;
  const isDropped = (then: number) =>
    history.disturbances.some((one) => one.at === then && one.discordId === discordId && one.what === 'event drop');
  // Others had made all that the list was to change, and the event of what it took besides was lost: no state that was
  // told shows that it came after the gift.
  const madeNothing = next.write?.moves.every((move) => move.action === 'remove' && isRaced(evidence, move)) ?? false;
  const isLost = isDropped(at) || (madeNothing && isDropped(next.at));
  return isLost || deaths.some((death) => death >= baseReadAt && death <= next.at + LATEST_EVENT_MS);
}

/** A list of ours wiped it out, and right after that the bot could not write the role any more: Discord refuses. */
function isOutOfReach(evidence: Evidence, { discordId, roleId, at }: RoleMove): boolean {
  const next = evidence.movesOf(discordId, roleId).find((move) => move.at >= at && move.by === 'bot');
  if (!next || !isRaced(evidence, next)) return false;
  return evidence.moments(next.at, next.at + LATE_MS).some(({ writable }) => !writable.has(roleId));
}
