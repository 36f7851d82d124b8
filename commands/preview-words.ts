import type { Mapping } from '../src/core/mapping.ts';
import type { GuildPreview } from '../src/sync/results.ts';
import { count, join, role, RUN_DOCTOR, user } from './wording.ts';

/** What a preview shows, and how many blocked changes it leaves out. */
export type ShownPreview = Pick<GuildPreview, 'members' | 'rolesAdded' | 'rolesRemoved' | 'blocked'> & {
  otherBlocked?: number;
};

/** The preview without the trouble of roles that this mapping has nothing to do with: an exclusive set ties roles together. */
export function previewOfMapping(
  preview: GuildPreview,
  { roleId, exclusiveSet }: Pick<Mapping, 'roleId' | 'exclusiveSet'>,
): ShownPreview {
  if (exclusiveSet !== null) return preview;
  const members = preview.members.map(({ discordId, plan }) => ({
    discordId,
    plan: { ...plan, blocked: plan.blocked.filter((change) => change.roleId === roleId) },
  }));
  const blocked = members.reduce((sum, { plan }) => sum + plan.blocked.length, 0);
  return { ...preview, members, blocked, otherBlocked: preview.blocked - blocked };
}

/** The sums of a preview: `3 members would change: 4 roles added and 1 role removed.` */
export function previewSums({ members, rolesAdded, rolesRemoved, blocked, otherBlocked = 0 }: ShownPreview): string {
  const changing = members.filter(({ plan }) => plan.changes.length > 0).length;
  const sums = [
    ...(rolesAdded > 0 ? [`${count(rolesAdded, 'role')} added`] : []),
    ...(rolesRemoved > 0 ? [`${count(rolesRemoved, 'role')} removed`] : []),
  ];
  return [
    changing === 0 ? 'No member would change now.' : `${count(changing, 'member')} would change: ${join(sums)}.`,
    ...(blocked > 0 ? [`${count(blocked, 'change')} cannot work: ${RUN_DOCTOR}.`] : []),
    ...(otherBlocked > 0 ? [`(${count(otherBlocked, 'other change')} cannot work, not because of this.)`] : []),
  ].join(' ');
}

/** A line per member with what would change: `@Ana: +@Pilot −@Guest`. */
export function previewLines({ members }: Pick<GuildPreview, 'members'>): string[] {
  return members
    .filter(({ plan }) => plan.changes.length + plan.blocked.length > 0)
    .map(({ discordId, plan }) => {
      const changes = plan.changes.map(({ action, roleId }) => `${action === 'add' ? '+' : '−'}${role(roleId)}`);
      const blocked = plan.blocked.map(({ roleId }) => `⚠️${role(roleId)}`);
      return `${user(discordId)}: ${[...changes, ...blocked].join(' ')}`;
    });
}
