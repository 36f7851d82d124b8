import type { Grant } from './grant.ts';
import type { ChangeReason, GuildRules, MemberPlan, MemberView, PlannedChange, Restraint } from './plan.ts';
import type { Verdict } from './verdict.ts';

/** Our clock and Discord's may differ by so much. */
const CLOCK_SKEW_MS = 10_000;
/** So often may a role flip in ten minutes before the bot stops fighting. */
const MAX_FLIPS = 3;

/** Adds to the plan what is to be done about one role that a mapping names. */
export function planRole(plan: MemberPlan, rules: GuildRules, view: MemberView, verdict: Verdict, now: Date): void {
  const { roleId } = verdict;
  const isPresent = view.member.roleIds.has(roleId);
  if (isSuppressed(plan, view, verdict, isPresent)) return;
  const standing = view.grants.get(roleId);
  const isBack = standing !== undefined && hasRejoined(view, standing);
  const grant = standing && endedOnLeave(rules, view, standing) ? undefined : standing;
  switch (verdict.value) {
    case 'true':
      if (isPresent) noteDesired(plan, verdict, grant, isBack);
      else if (!grant?.isConfirmed) propose(plan, rules, wanted(verdict, 'mapping_true'));
      else if (isBack) propose(plan, rules, wanted(verdict, 'given_back_on_rejoin'));
      else planDrifted(plan, rules, view, verdict);
      return;
    case 'unknown':
      if (isPresent) plan.kept.push({ roleId, because: 'unknown', until: null });
      return;
    case 'false':
      if (grant) planUndesired(plan, rules, view, { verdict, grant, isBack }, now);
      else {
        if (standing) plan.ledger.push({ edit: 'forget', roleId });
        if (isPresent) planForeign(plan, rules, view, verdict);
      }
  }
}

/** Whether an admin asks for this role of the member, who could give and take it by hand. */
export function isAskedFor({ isAsked = false, beyondAsker = [] }: MemberView, roleId: string): boolean {
  return isAsked && !beyondAsker.includes(roleId);
}

/**
 * A role that is left as it is: nothing is planned for it. That ends when the decision and the role agree again; of a
 * role that somebody took away only once it is back, for otherwise nobody could take it away for good.
 */
function isSuppressed(plan: MemberPlan, view: MemberView, { roleId, value }: Verdict, isPresent: boolean): boolean {
  const suppression = view.suppressed?.get(roleId);
  if (!suppression || isAskedFor(view, roleId)) return false;
  const { reason } = suppression;
  const agrees = (value === 'true' && isPresent) || (value === 'false' && !isPresent && reason !== 'drift');
  // Whoever unlinks gives up what an undo gave back to him; what others had given him he keeps.
  const isOver = agrees || (view.facts === null && reason === 'undo' && view.grants.has(roleId));
  if (isOver) plan.lift.push(roleId);
  else plan.kept.push({ roleId, because: 'suppressed', until: null, suppression });
  // A crash may have come between leaving it alone and noting that it is no longer ours.
  const isTaken = reason === 'drift' && value !== 'unknown' && !isPresent && view.grants.has(roleId);
  if (isTaken) plan.ledger.push({ edit: 'forget', roleId });
  return !isOver;
}

function hasRejoined({ member, isRejoin }: MemberView, grant: Grant): boolean {
  const joinedAt = member.joinedAt?.getTime() ?? 0;
  return isRejoin === true || joinedAt > grant.grantedAt.getTime() + CLOCK_SKEW_MS;
}

/** Where grants end on leave, one from before he came back is none. */
function endedOnLeave({ removeRolesOnLeave }: GuildRules, view: MemberView, grant: Grant): boolean {
  return removeRolesOnLeave && hasRejoined(view, grant);
}

/** Granted, desired, and taken away by somebody: the strongest mapping that gives it, or may, says what follows. */
function planDrifted(plan: MemberPlan, rules: GuildRules, view: MemberView, verdict: Verdict): void {
  const { roleId } = verdict;
  const onDrift = verdict.mappings.find(({ value }) => value !== 'false')?.mapping.onDrift;
  if (isAskedFor(view, roleId) || rules.blocks.has(roleId)) propose(plan, rules, wanted(verdict, 'drift_reverted'));
  else if (onDrift === 'respect' || onDrift === 'alert') restrain(plan, view, roleId, onDrift);
  else if (isFight(view, roleId)) restrain(plan, view, roleId, 'fight');
  else propose(plan, rules, wanted(verdict, 'drift_reverted'));
}

function isFight({ flips }: MemberView, roleId: string): boolean {
  return (flips?.get(roleId) ?? 0) >= MAX_FLIPS;
}

function restrain(plan: MemberPlan, { grants }: MemberView, roleId: string, because: Restraint['because']): void {
  plan.restrain.push({ roleId, because });
  plan.kept.push({ roleId, because: 'suppressed', until: null });
  // What others may give him later is theirs.
  if (because !== 'fight' && grants.has(roleId)) plan.ledger.push({ edit: 'forget', roleId });
}

/**
 * Desired and present: the ledger says so, once; and once more when he has come back, so that whoever takes the role away
 * from now on is not mistaken for his leaving.
 */
function noteDesired(plan: MemberPlan, verdict: Verdict, grant: Grant | undefined, isBack: boolean): void {
  const mappingIds = supporters(verdict, grant);
  const isUpToDate =
    grant?.isConfirmed && !grant.undesiredSince && !grant.isReleased && sameIds(grant.mappingIds, mappingIds);
  if (isUpToDate && !isBack) return;
  const why = grant && !isBack ? 'desired_again' : 'adopted';
  plan.ledger.push({ edit: 'save', roleId: verdict.roleId, mappingIds, undesiredSince: null, why });
}

/** Granted by us and desired no more: it goes, unless its mappings only add or its grace still runs. Unlinking takes it anyway. */
function planUndesired(
  plan: MemberPlan,
  rules: GuildRules,
  view: MemberView,
  { verdict, grant, isBack }: { verdict: Verdict; grant: Grant; isBack: boolean },
  now: Date,
): void {
  const { roleId } = verdict;
  const isPresent = view.member.roleIds.has(roleId);
  const since = grant.undesiredSince ?? now;
  const graceMs = Math.max(...verdict.mappings.map(({ mapping }) => mapping.graceSeconds)) * 1000;
  const until = new Date(since.getTime() + graceMs);
  const isAddOnly = verdict.mappings.some(({ mapping }) => mapping.addOnly);
  const stays = view.facts !== null && (isAddOnly || now < until);
  const mappingIds = [...grant.mappingIds];
  if (!isPresent && !(stays && isBack)) {
    plan.ledger.push({ edit: 'forget', roleId });
  } else if (!stays) {
    propose(plan, rules, unwanted(view, verdict, grant));
  } else if (!isPresent) {
    const isGiven = propose(plan, rules, { action: 'add', roleId, reason: 'given_back_on_rejoin', mappingIds });
    if (isGiven) plan.ledger.push({ edit: 'save', roleId, mappingIds, undesiredSince: since, why: 'grace_began' });
  } else {
    plan.kept.push({ roleId, because: isAddOnly ? 'add_only' : 'grace', until: isAddOnly ? null : until });
    const why = isBack ? 'adopted' : 'grace_began';
    if (!grant.undesiredSince || isBack)
      plan.ledger.push({ edit: 'save', roleId, mappingIds, undesiredSince: since, why });
  }
}

/** Not desired, present, not ours: removed only if every mapping that names the role says so. */
function planForeign(plan: MemberPlan, rules: GuildRules, view: MemberView, { roleId, mappings }: Verdict): void {
  const isUnwanted = mappings.every(({ mapping }) => mapping.onForeign === 'remove');
  const mayRestrain = !isAskedFor(view, roleId) && !rules.blocks.has(roleId);
  if (isUnwanted && mayRestrain && isFight(view, roleId)) {
    restrain(plan, view, roleId, 'fight');
  } else if (isUnwanted) {
    const mappingIds = mappings.map(({ mapping }) => mapping.id);
    propose(plan, rules, { action: 'remove', roleId, reason: 'foreign_removed', mappingIds });
  } else {
    plan.kept.push({ roleId, because: 'foreign', until: null });
  }
}

/** Adds to the plan that a role goes whose mappings are gone. */
export function planReleased(plan: MemberPlan, rules: GuildRules, view: MemberView, grant: Grant): void {
  const { roleId, mappingIds } = grant;
  const hasEnded = !view.member.roleIds.has(roleId) || endedOnLeave(rules, view, grant);
  if (hasEnded) plan.ledger.push({ edit: 'forget', roleId });
  else propose(plan, rules, { action: 'remove', roleId, reason: 'mapping_released', mappingIds: [...mappingIds] });
}

function wanted(verdict: Verdict, reason: ChangeReason): PlannedChange {
  return { action: 'add', roleId: verdict.roleId, reason, mappingIds: givers(verdict) };
}

function unwanted({ facts }: MemberView, { roleId }: Verdict, grant: Grant): PlannedChange {
  return {
    action: 'remove',
    roleId,
    reason: facts ? 'mapping_false' : 'not_linked',
    mappingIds: [...grant.mappingIds],
  };
}

/** A change that the bot cannot make costs no call: it is noted as blocked, and the answer is false. */
function propose(plan: MemberPlan, { blocks }: GuildRules, change: PlannedChange): boolean {
  const block = blocks.get(change.roleId);
  if (block) plan.blocked.push({ ...change, block });
  else plan.changes.push(change);
  return !block;
}

function givers({ mappings }: Verdict): string[] {
  return mappings.filter(({ value }) => value === 'true').map(({ mapping }) => mapping.id);
}

/** The mappings that give the role, and those of the grant that nobody can judge right now: silence takes none away. */
function supporters({ mappings }: Verdict, grant: Grant | undefined): string[] {
  return mappings
    .filter(({ value, mapping }) => value === 'true' || (value === 'unknown' && grant?.mappingIds.includes(mapping.id)))
    .map(({ mapping }) => mapping.id);
}

function sameIds(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}
