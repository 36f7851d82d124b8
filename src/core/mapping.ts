export interface Conditions {
  /** false: in any of `groupId` + `groups`; true: in all of them. */
  requireAll: boolean;
  groups: readonly string[];
  excludedGroups: readonly string[];
  characterCountMin: number | null;
  characterCountMax: number | null;
  requiredPermissions: readonly string[];
}

/** What a mapping says: which condition gives which role, and how. */
export interface MappingRule {
  roleId: string;
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
}

/** A rule of one guild: condition over facts -> role. */
export interface Mapping extends MappingRule {
  id: string;
  guildId: string;
  /** A label only: roles are matched by id. */
  roleName: string;
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

/** Which of two mappings counts more: negative, the first one. By priority, then by age. */
export function compareRank(a: Ranked, b: Ranked): number {
  return b.priority - a.priority || a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1);
}

type Ranked = Pick<Mapping, 'id' | 'priority' | 'createdAt'>;

/** The mappings whose roles this one can take away: those that it comes before in its exclusive set. */
export function rivalsOf<M extends Ranked & Pick<Mapping, 'exclusiveSet' | 'isActive'>>(
  mapping: M,
  others: readonly M[],
): M[] {
  if (mapping.exclusiveSet === null || !mapping.isActive) return [];
  const { exclusiveSet } = mapping;
  return others.filter(
    (other) => other.isActive && other.exclusiveSet === exclusiveSet && compareRank(mapping, other) < 0,
  );
}

export const NO_CONDITIONS: Conditions = {
  requireAll: false,
  groups: [],
  excludedGroups: [],
  characterCountMin: null,
  characterCountMax: null,
  requiredPermissions: [],
};

/** What a mapping says of which nobody says more than the role and the group. */
export const PLAIN_RULE = {
  conditions: NO_CONDITIONS,
  priority: 0,
  exclusiveSet: null,
  onForeign: 'keep',
  onDrift: 'revert',
  addOnly: false,
  graceSeconds: 0,
  isActive: true,
} as const satisfies Omit<MappingRule, 'roleId' | 'groupId'>;
