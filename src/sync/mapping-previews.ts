import type { Finding } from '../core/doctor.ts';
import type { Mapping } from '../core/mapping.ts';
import type { Permission } from '../core/permissions.ts';
import type { RolesGiven } from '../db/mapping-store.ts';
import type { MappingWithHealth } from './mapping-health.ts';
import type { GuildPreview } from './results.ts';
import type { Sync } from './sync.ts';

/** What a mapping would do, told before anything happens. */
export interface MappingPreview {
  findings: Finding[];
  /** Permissions of the role that ask for an explicit yes; empty = none. */
  dangerous: Permission[];
  /** Members who hold the role now without a grant of ours, and would keep it (or lose it, by `onForeign`). */
  foreignHolders: number;
  preview: GuildPreview;
}

/** Shows what follows for the members when a mapping is made, changed or ended. */
export function createMappingPreviews(parts: {
  sync: Pick<Sync, 'previewGuild'>;
  withHealth(guildId: string, mappings: readonly Mapping[]): Promise<MappingWithHealth[]>;
}) {
  async function previewOf(
    mapping: Mapping,
    others: readonly Mapping[],
    released: ReadonlySet<string>,
  ): Promise<Omit<MappingPreview, 'dangerous'>> {
    const { guildId, roleId } = mapping;
    const all = [...others, mapping];
    const preview = await parts.sync.previewGuild(guildId, { mappings: all, released });
    const findings = (await parts.withHealth(guildId, all)).find((one) => one.mapping === mapping)?.findings ?? [];
    const isForeign = ({ plan }: GuildPreview['members'][number]) =>
      plan.kept.some((kept) => kept.roleId === roleId && kept.because === 'foreign') ||
      plan.changes.some((change) => change.roleId === roleId && change.reason === 'foreign_removed');
    return { findings, foreignHolders: preview.members.filter(isForeign).length, preview };
  }

  return {
    ofNew: (mapping: Mapping, others: readonly Mapping[]) => previewOf(mapping, others, new Set()),

    ofEdit(before: Mapping, after: Mapping, others: readonly Mapping[], roles: RolesGiven) {
      const givesOn = after.isActive && after.roleId === before.roleId;
      return previewOf(after, others, releasedBy(givesOn ? [] : [before], others, roles));
    },

    ofRemoval: (guildId: string, ended: readonly Mapping[], others: readonly Mapping[], roles: RolesGiven) =>
      parts.sync.previewGuild(guildId, { mappings: others, released: releasedBy(ended, others, roles) }),
  };
}

/** The roles that would go with these mappings: nothing else that is active names them. */
function releasedBy(ended: readonly Mapping[], others: readonly Mapping[], roles: RolesGiven): Set<string> {
  const named = new Set(others.filter(({ isActive }) => isActive).map(({ roleId }) => roleId));
  const given = ended.filter(({ isActive }) => isActive).map(({ roleId }) => roleId);
  return new Set(roles === 'remove' ? given.filter((roleId) => !named.has(roleId)) : []);
}
