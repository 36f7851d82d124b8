import type { RoleBlock } from './doctor.ts';
import { factsKey, type Facts } from './facts.ts';
import type { Grant } from './grant.ts';
import type { Guild, Member } from './guild.ts';
import type { Mapping } from './mapping.ts';
import { desiredNick, mayRename } from './nickname.ts';
import type { Suppression } from './suppression.ts';
import { decideRoles, type Verdict } from './verdict.ts';

/** What deciding needs to know of a guild; the same for all of its members. */
export interface GuildRules {
  guild: Guild;
  /** From `rankMappings`. */
  mappings: readonly Mapping[];
  /** Mappings that cannot be judged because a group of theirs is missing. */
  unusable: ReadonlySet<string>;
  /** Why the bot cannot give or take a role; roles that it can write are absent. */
  blocks: ReadonlyMap<string, RoleBlock>;
  syncPendingMembers: boolean;
  bypassRoleId: string | null;
  /** Whether grants end when a member leaves; else they are given back to him on rejoin. */
  removeRolesOnLeave: boolean;
  /** Empty: nobody is renamed. */
  nicknameTemplate: string;
}

/** What deciding needs to know of one member. */
export interface MemberView {
  member: Member;
  /** null: this Discord user is not linked. */
  facts: Facts | null;
  grants: ReadonlyMap<string, Grant>;
  /** He has just come back. It also shows when he joined after a role was granted. */
  isRejoin?: boolean;
  /** Roles of his that are left as they are, by role id. */
  suppressed?: ReadonlyMap<string, Suppression>;
  /** How often each role was given back, or taken as a foreign one, in the last ten minutes. */
  flips?: ReadonlyMap<string, number>;
  /** An admin syncs this very member: nothing is left as it is any more. */
  isAsked?: boolean;
}

export type ChangeReason =
  | 'mapping_true'
  | 'drift_reverted'
  | 'given_back_on_rejoin'
  | 'mapping_false'
  | 'not_linked'
  | 'mapping_released'
  | 'foreign_removed'
  | 'undone'
  | 'put_back';

/** One add or remove of one role, and the mappings behind it. */
export interface PlannedChange {
  action: 'add' | 'remove';
  roleId: string;
  reason: ChangeReason;
  mappingIds: string[];
}

/** A role that stays as it is although no mapping gives it, or because nobody can say. */
export interface KeptRole {
  roleId: string;
  because: 'foreign' | 'add_only' | 'grace' | 'unknown' | 'suppressed';
  until: Date | null;
  /** What it is left alone for, if that is known from before. */
  suppression?: Suppression;
}

/** A role that is to be left as it is from now on. */
export interface Restraint {
  roleId: string;
  because: 'respect' | 'alert' | 'fight' | 'undo';
}

/** What the ledger has to note, without any call to Discord. A saved grant is released no more. */
export type LedgerEdit =
  | {
      edit: 'save';
      roleId: string;
      mappingIds: string[];
      undesiredSince: Date | null;
      why: 'adopted' | 'desired_again' | 'grace_began';
    }
  | { edit: 'forget'; roleId: string };

export interface MemberPlan {
  /** Set when the whole member is left alone; everything else is empty then. */
  leftAlone: 'bot' | 'pending' | 'bypass' | null;
  changes: PlannedChange[];
  /** Changes that are wanted and cannot work. */
  blocked: (PlannedChange & { block: RoleBlock })[];
  kept: KeptRole[];
  ledger: LedgerEdit[];
  /** Roles to leave alone from now on, and those that are no longer left alone. */
  restrain: Restraint[];
  lift: string[];
  /** The nickname he should get; null: his own stays. */
  nick: string | null;
  verdicts: ReadonlyMap<string, Verdict>;
}

/** Our clock and Discord's may differ by so much. */
const CLOCK_SKEW_MS = 10_000;
/** So often may a role flip in ten minutes before the bot stops fighting. */
const MAX_FLIPS = 3;

/** A plan in which there is nothing to do. */
export function emptyPlan(verdicts: MemberPlan['verdicts'] = new Map()): MemberPlan {
  return {
    leftAlone: null,
    changes: [],
    blocked: [],
    kept: [],
    ledger: [],
    restrain: [],
    lift: [],
    nick: null,
    verdicts,
  };
}

/** The smallest change that makes the member agree with the verdicts on every managed role. Unknown changes nothing. */
export function planMember(rules: GuildRules, view: MemberView, now: Date): MemberPlan {
  const verdicts = verdictsFor(rules, view.facts);
  const plan = emptyPlan(verdicts);
  plan.leftAlone = leftAlone(rules, view.member);
  if (plan.leftAlone || isStranger(view, verdicts)) return plan;
  if (view.isAsked) plan.lift.push(...(view.suppressed?.keys() ?? []));
  for (const verdict of verdicts.values()) planRole(plan, rules, view, verdict, now);
  for (const grant of view.grants.values()) {
    if (grant.isReleased && !verdicts.has(grant.roleId)) planReleased(plan, rules, view, grant);
  }
  for (const roleId of view.suppressed?.keys() ?? [])
    if (!verdicts.has(roleId) && !view.isAsked) plan.lift.push(roleId);
  plan.nick = planNick(rules, view);
  return plan;
}

/**
 * Whoever has the same facts gets the same verdicts, in a guild of 100,000 thousands do: they are worked out once for
 * the same rules. Verdicts are never changed after that.
 */
const decided = new WeakMap<GuildRules, Map<string | null, ReadonlyMap<string, Verdict>>>();
const REMEMBERED = 5_000;

function verdictsFor(rules: GuildRules, facts: Facts | null): ReadonlyMap<string, Verdict> {
  const memory = decided.get(rules) ?? new Map<string | null, ReadonlyMap<string, Verdict>>();
  if (memory.size === 0) decided.set(rules, memory);
  const key = facts && factsKey(facts);
  const known = memory.get(key);
  if (known) return known;
  const verdicts = decideRoles(rules.mappings, facts, rules.unusable, rules.blocks);
  if (memory.size < REMEMBERED) memory.set(key, verdicts);
  return verdicts;
}

function leftAlone({ syncPendingMembers, bypassRoleId }: GuildRules, member: Member): MemberPlan['leftAlone'] {
  if (member.isBot) return 'bot';
  if (member.isPending && !syncPendingMembers) return 'pending';
  if (bypassRoleId !== null && member.roleIds.has(bypassRoleId)) return 'bypass';
  return null;
}

/** Nobody knows him and he has no role that is managed, as most of a large guild: every verdict is false, and nothing follows. */
function isStranger({ member, facts, grants, suppressed }: MemberView, verdicts: MemberPlan['verdicts']): boolean {
  if (facts || grants.size > 0 || (suppressed && suppressed.size > 0)) return false;
  for (const roleId of member.roleIds) if (verdicts.has(roleId)) return false;
  return true;
}

function planRole(plan: MemberPlan, rules: GuildRules, view: MemberView, verdict: Verdict, now: Date): void {
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

/**
 * A role that is left as it is: nothing is planned for it. That ends when the decision and the role agree again; of a
 * role that somebody took away only once it is back, for otherwise nobody could take it away for good.
 */
function isSuppressed(plan: MemberPlan, view: MemberView, { roleId, value }: Verdict, isPresent: boolean): boolean {
  const suppression = view.suppressed?.get(roleId);
  if (!suppression || view.isAsked) return false;
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
  if (view.isAsked || rules.blocks.has(roleId)) propose(plan, rules, wanted(verdict, 'drift_reverted'));
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
  const mayRestrain = !view.isAsked && !rules.blocks.has(roleId);
  if (isUnwanted && mayRestrain && isFight(view, roleId)) {
    restrain(plan, view, roleId, 'fight');
  } else if (isUnwanted) {
    const mappingIds = mappings.map(({ mapping }) => mapping.id);
    propose(plan, rules, { action: 'remove', roleId, reason: 'foreign_removed', mappingIds });
  } else {
    plan.kept.push({ roleId, because: 'foreign', until: null });
  }
}

/** Unknown changes no name either: a source that is silent may be the one that knows it. */
function planNick({ guild, nicknameTemplate }: GuildRules, { member, facts }: MemberView): string | null {
  if (nicknameTemplate === '' || !facts || !mayRename(guild, member)) return null;
  const answers = [...facts.values()];
  if (answers.length === 0 || answers.some(({ status }) => status === 'unknown')) return null;
  const known = answers.flatMap((answer) => (answer.status === 'known' ? [answer] : []));
  const name = known.find((answer) => answer.name !== undefined)?.name ?? member.name;
  const ticker = known.find((answer) => answer.ticker !== undefined)?.ticker ?? null;
  const nick = desiredNick(nicknameTemplate, { name, ticker });
  return nick === (member.nick ?? member.name) ? null : nick;
}

function planReleased(plan: MemberPlan, rules: GuildRules, view: MemberView, grant: Grant): void {
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
