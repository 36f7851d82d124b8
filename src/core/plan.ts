import type { RoleBlock } from './doctor.ts';
import { factsKey, type Facts } from './facts.ts';
import type { Grant } from './grant.ts';
import type { Guild, Member } from './guild.ts';
import type { Mapping } from './mapping.ts';
import { desiredNick, mayRename } from './nickname.ts';
import { isAskedFor, planReleased, planRole } from './plan-role.ts';
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
  /** But these roles, which that admin could not give or take by hand. */
  beyondAsker?: readonly string[];
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
  for (const roleId of view.suppressed?.keys() ?? []) if (isAskedFor(view, roleId)) plan.lift.push(roleId);
  for (const verdict of verdicts.values()) planRole(plan, rules, view, verdict, now);
  for (const grant of view.grants.values()) {
    if (grant.isReleased && !verdicts.has(grant.roleId)) planReleased(plan, rules, view, grant);
  }
  for (const roleId of view.suppressed?.keys() ?? [])
    if (!verdicts.has(roleId) && !isAskedFor(view, roleId)) plan.lift.push(roleId);
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
