import type { RoleBlock } from './doctor.ts';
import type { Facts } from './facts.ts';
import type { Grant } from './grant.ts';
import type { Guild, Member } from './guild.ts';
import type { Mapping } from './mapping.ts';
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
}

/** What deciding needs to know of one member. */
export interface MemberView {
  member: Member;
  /** null: this Discord user is not linked. */
  facts: Facts | null;
  grants: ReadonlyMap<string, Grant>;
  /** He has just come back to a guild that gives granted roles back on rejoin. */
  isRejoin?: boolean;
}

export type ChangeReason =
  | 'mapping_true'
  | 'drift_reverted'
  | 'given_back_on_rejoin'
  | 'mapping_false'
  | 'not_linked'
  | 'mapping_released'
  | 'foreign_removed';

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
  because: 'foreign' | 'add_only' | 'grace' | 'unknown';
  until: Date | null;
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
  verdicts: ReadonlyMap<string, Verdict>;
}

/** The smallest change that makes the member agree with the verdicts on every managed role. Unknown changes nothing. */
export function planMember(rules: GuildRules, view: MemberView, now: Date): MemberPlan {
  const verdicts = decideRoles(rules.mappings, view.facts, rules.unusable, rules.blocks);
  const plan: MemberPlan = {
    leftAlone: leftAlone(rules, view.member),
    changes: [],
    blocked: [],
    kept: [],
    ledger: [],
    verdicts,
  };
  if (plan.leftAlone) return plan;
  for (const verdict of verdicts.values()) planRole(plan, rules, view, verdict, now);
  for (const grant of view.grants.values()) {
    if (grant.isReleased && !verdicts.has(grant.roleId)) planReleased(plan, rules, view, grant);
  }
  return plan;
}

function leftAlone({ syncPendingMembers, bypassRoleId }: GuildRules, member: Member): MemberPlan['leftAlone'] {
  if (member.isBot) return 'bot';
  if (member.isPending && !syncPendingMembers) return 'pending';
  if (bypassRoleId !== null && member.roleIds.has(bypassRoleId)) return 'bypass';
  return null;
}

function planRole(plan: MemberPlan, rules: GuildRules, view: MemberView, verdict: Verdict, now: Date): void {
  const { roleId } = verdict;
  const isPresent = view.member.roleIds.has(roleId);
  const grant = view.grants.get(roleId);
  switch (verdict.value) {
    case 'true':
      if (!isPresent)
        propose(plan, rules, wanted(view, verdict, grant?.isConfirmed ? 'drift_reverted' : 'mapping_true'));
      else noteDesired(plan, verdict, grant);
      return;
    case 'unknown':
      if (isPresent) plan.kept.push({ roleId, because: 'unknown', until: null });
      return;
    case 'false':
      if (grant) planUndesired(plan, rules, view, verdict, grant, now);
      else if (isPresent) planForeign(plan, rules, verdict);
  }
}

/** Desired and present: the ledger says so, once. */
function noteDesired(plan: MemberPlan, verdict: Verdict, grant: Grant | undefined): void {
  const mappingIds = supporters(verdict, grant);
  const isUpToDate =
    grant?.isConfirmed && !grant.undesiredSince && !grant.isReleased && sameIds(grant.mappingIds, mappingIds);
  if (isUpToDate) return;
  const why = grant ? 'desired_again' : 'adopted';
  plan.ledger.push({ edit: 'save', roleId: verdict.roleId, mappingIds, undesiredSince: null, why });
}

/** Granted by us and desired no more: it goes, unless its mappings only add or its grace still runs. Unlinking takes it anyway. */
function planUndesired(
  plan: MemberPlan,
  rules: GuildRules,
  view: MemberView,
  verdict: Verdict,
  grant: Grant,
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
  if (!isPresent && !(stays && view.isRejoin)) {
    plan.ledger.push({ edit: 'forget', roleId });
  } else if (!stays) {
    propose(plan, rules, unwanted(view, verdict, grant));
  } else if (!isPresent) {
    const isGiven = propose(plan, rules, { action: 'add', roleId, reason: 'given_back_on_rejoin', mappingIds });
    if (isGiven) plan.ledger.push({ edit: 'save', roleId, mappingIds, undesiredSince: since, why: 'grace_began' });
  } else {
    plan.kept.push({ roleId, because: isAddOnly ? 'add_only' : 'grace', until: isAddOnly ? null : until });
    if (!grant.undesiredSince)
      plan.ledger.push({ edit: 'save', roleId, mappingIds, undesiredSince: since, why: 'grace_began' });
  }
}

/** Not desired, present, not ours: removed only if every mapping that names the role says so. */
function planForeign(plan: MemberPlan, rules: GuildRules, { roleId, mappings }: Verdict): void {
  if (mappings.every(({ mapping }) => mapping.onForeign === 'remove')) {
    const mappingIds = mappings.map(({ mapping }) => mapping.id);
    propose(plan, rules, { action: 'remove', roleId, reason: 'foreign_removed', mappingIds });
  } else {
    plan.kept.push({ roleId, because: 'foreign', until: null });
  }
}

function planReleased(plan: MemberPlan, rules: GuildRules, view: MemberView, { roleId, mappingIds }: Grant): void {
  if (!view.member.roleIds.has(roleId)) plan.ledger.push({ edit: 'forget', roleId });
  else propose(plan, rules, { action: 'remove', roleId, reason: 'mapping_released', mappingIds: [...mappingIds] });
}

function wanted({ isRejoin }: MemberView, verdict: Verdict, reason: ChangeReason): PlannedChange {
  const why = isRejoin && reason === 'drift_reverted' ? 'given_back_on_rejoin' : reason;
  return { action: 'add', roleId: verdict.roleId, reason: why, mappingIds: givers(verdict) };
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
