import type { Grant } from './grant.ts';
import {
  planMember,
  type GuildRules,
  type KeptRole,
  type MemberPlan,
  type MemberView,
  type PlannedChange,
} from './plan.ts';
import type { RoleBlock } from './doctor.ts';
import type { Truth } from './facts.ts';
import { decideRoles, type MappingVerdict } from './verdict.ts';

/** Why a member has, or lacks, a role. */
export interface Explanation {
  discordId: string;
  roleId: string;
  isPresent: boolean;
  isLinked: boolean;
  leftAlone: MemberPlan['leftAlone'];
  /** `unmanaged`: no active mapping names the role, so Rolewright never touches it. */
  verdict: Truth | 'unmanaged';
  mappings: MappingVerdict[];
  grant: Grant | null;
  /** What the next sync would do about this role. */
  change: PlannedChange | null;
  block: RoleBlock | null;
  kept: KeptRole | null;
}

/** Everything that stands behind one role of one member: from the same plan that a sync would follow. */
export function explainRole(rules: GuildRules, view: MemberView, roleId: string, now: Date): Explanation {
  const plan = planMember(rules, view, now);
  // Of whoever is left alone nothing is planned, and yet his groups say something.
  const verdict = decideRoles(rules.mappings, view.facts, rules.unusable, rules.blocks).get(roleId);
  const ofRole = (entry: { roleId: string }) => entry.roleId === roleId;
  return {
    discordId: view.member.discordId,
    roleId,
    isPresent: view.member.roleIds.has(roleId),
    isLinked: view.facts !== null,
    leftAlone: plan.leftAlone,
    verdict: verdict?.value ?? 'unmanaged',
    mappings: verdict?.mappings ?? [],
    grant: view.grants.get(roleId) ?? null,
    change: plan.changes.find(ofRole) ?? null,
    block: rules.blocks.get(roleId) ?? null,
    kept: plan.kept.find(ofRole) ?? null,
  };
}
