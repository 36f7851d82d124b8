export interface Conditions {
  /** false: in any of `groupId` + `groups`; true: in all of them. */
  requireAll: boolean;
  groups: readonly string[];
  excludedGroups: readonly string[];
  characterCountMin: number | null;
  characterCountMax: number | null;
  requiredPermissions: readonly string[];
}

/** A rule of one guild: condition over facts -> role. */
export interface Mapping {
  id: string;
  guildId: string;
  roleId: string;
  /** A label only: roles are matched by id. */
  roleName: string;
  groupId: string;
  conditions: Conditions;
  /** Within one exclusive set the true mapping of highest priority counts (ties: the older one). */
  priority: number;
  exclusiveSet: string | null;
  /** What happens to the role on a member who has it, should not, and did not get it from us. */
  onForeign: 'keep' | 'remove';
  /** What happens when somebody takes a role away that we granted. */
  onDrift: 'revert' | 'respect' | 'alert';
  addOnly: boolean;
  graceSeconds: number;
  isActive: boolean;
  createdBy: string | null;
  createdAt: Date;
  updatedAt: Date;
  lastSync: Date | null;
  syncCount: number;
}

/** Every group that the condition looks at, each once. */
export function groupsNamedBy(mapping: Pick<Mapping, 'groupId' | 'conditions'>): ReadonlySet<string> {
  return new Set([mapping.groupId, ...mapping.conditions.groups, ...mapping.conditions.excludedGroups]);
}

/** The roles that these mappings can move: their own, and those of mappings that share an exclusive set with one of them. */
export function rolesMovedBy(
  edited: readonly Pick<Mapping, 'roleId' | 'exclusiveSet'>[],
  all: readonly Pick<Mapping, 'roleId' | 'exclusiveSet'>[],
): string[] {
  const sets = new Set(edited.map(({ exclusiveSet }) => exclusiveSet).filter((set) => set !== null));
  const kin = all.filter(({ exclusiveSet }) => exclusiveSet !== null && sets.has(exclusiveSet));
  return [...new Set([...edited, ...kin].map(({ roleId }) => roleId))];
}

export const NO_CONDITIONS: Conditions = {
  requireAll: false,
  groups: [],
  excludedGroups: [],
  characterCountMin: null,
  characterCountMax: null,
  requiredPermissions: [],
};
