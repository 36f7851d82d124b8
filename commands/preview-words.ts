import type { Mapping } from '../src/core/mapping.ts';
import type { MemberPlan } from '../src/core/plan.ts';
import type { GuildPreview } from '../src/sync/results.ts';
import { count, join, plain, role, signed, user } from '../src/markup.ts';
import { RUN_DOCTOR } from './wording.ts';

/** What a preview shows, and how many blocked changes it leaves out. */
export type ShownPreview = Pick<GuildPreview, 'members' | 'rolesAdded' | 'rolesRemoved' | 'blocked'> & {
  otherBlocked?: number;
};

/** The preview without what has nothing to do with this mapping: nicknames, and the trouble of roles that no exclusive set ties to it. */
export function previewOfMapping(
  preview: GuildPreview,
  { roleId, exclusiveSet }: Pick<Mapping, 'roleId' | 'exclusiveSet'>,
): ShownPreview {
  const concerns = (change: { roleId: string }) => exclusiveSet !== null || change.roleId === roleId;
  const members = preview.members.map(({ discordId, plan }) => ({
    discordId,
    plan: { ...plan, nick: null, blocked: plan.blocked.filter(concerns) },
  }));
  const blocked = members.reduce((sum, { plan }) => sum + plan.blocked.length, 0);
  return { ...preview, members, blocked, otherBlocked: preview.blocked - blocked };
}

/** The sums of a preview: `3 members would change: 4 roles added and 1 role removed.` */
export function previewSums({ members, rolesAdded, rolesRemoved, blocked, otherBlocked = 0 }: ShownPreview): string {
  const changing = members.filter(({ plan }) => changesAnything(plan)).length;
  const renamed = members.filter(({ plan }) => plan.nick !== null).length;
  const sums = [
    ...(rolesAdded > 0 ? [`${count(rolesAdded, 'role')} added`] : []),
    ...(rolesRemoved > 0 ? [`${count(rolesRemoved, 'role')} removed`] : []),
    ...(renamed > 0 ? [`${count(renamed, 'nickname')} set`] : []),
  ];
  return [
    changing === 0 ? 'No member would change now.' : `${count(changing, 'member')} would change: ${join(sums)}.`,
    ...(blocked > 0 ? [`${count(blocked, 'change')} cannot work: ${RUN_DOCTOR}.`] : []),
    ...(otherBlocked > 0
      ? [`${count(otherBlocked, 'change')} of other mappings cannot work either way: ${RUN_DOCTOR}.`]
      : []),
  ].join(' ');
}

/** Whether the plan changes anything that people see. */
export function changesAnything({ changes, nick }: Pick<MemberPlan, 'changes' | 'nick'>): boolean {
  return changes.length > 0 || nick !== null;
}

/** A line per member with what would change: `@Ana: +@Pilot −@Guest`. */
export function previewLines({ members }: Pick<GuildPreview, 'members'>): string[] {
  return members
    .filter(({ plan }) => changesAnything(plan) || plan.blocked.length > 0)
    .map(({ discordId, plan }) => {
      const blocked = plan.blocked.map(({ roleId }) => `⚠️${role(roleId)}`);
      const nick = plan.nick === null ? [] : [`✎ **${plain(plan.nick)}**`];
      return `${user(discordId)}: ${[...plan.changes.map(signed), ...blocked, ...nick].join(' ')}`;
    });
}
