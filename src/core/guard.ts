/** One add or remove of one role for one member. */
export interface GuardedChange {
  discordId: string;
  roleId: string;
  action: 'add' | 'remove';
}

/** How much unattended work may change in a guild within 10 minutes. */
export interface GuardLimits {
  maxRoleChanges: number;
  /** Per role, of the members who hold it by our grant. */
  maxRemovalsPercent: number;
}

/** Unattended work of the last 10 minutes, done or on its way. The same change of a member counts once. */
export interface Spent {
  changes: number;
  /** Removals by role id. */
  removals: ReadonlyMap<string, number>;
  /** Whether it is among them already: then it goes again without another place. */
  has: (change: GuardedChange) => boolean;
}

export interface GuardView {
  limits: GuardLimits;
  spent: Spent;
  /** By role id: members who hold it by our grant, with those from whom it was taken within the window. */
  holders: ReadonlyMap<string, number>;
  /** The removal waits for a person already, or a person said no to it. */
  onHold: (change: GuardedChange) => boolean;
}

/** A bound that the set would have broken: `wanted` counts what was spent and the set together. */
type BrokenBound =
  | { bound: 'changes'; allowed: number; wanted: number }
  | { bound: 'removals'; roleId: string; allowed: number; wanted: number };

export interface Guarded<C extends GuardedChange> {
  go: C[];
  /** Removals that a person has to approve. */
  held: C[];
  /** Additions for which no place is left; a later run makes them. */
  deferred: C[];
  /** Why removals are held and additions deferred; empty when the set is within bounds. */
  broken: BrokenBound[];
}

export const GUARD_WINDOW_MS = 600_000;
/** So many removals of a role always go, however few members hold it. */
export const MIN_REMOVALS = 5;

/**
 * What of this set may be done unattended. Within both bounds all of it goes; beyond either one every removal is held
 * and additions go on up to the cap. What is on hold already stays so and holds nothing else up. Order is kept.
 */
export function guardChanges<C extends GuardedChange>(changes: readonly C[], view: GuardView): Guarded<C> {
  const { limits, spent } = view;
  const waits = new Set(changes.filter((change) => change.action === 'remove' && view.onHold(change)));
  const fresh = changes.filter((change) => !waits.has(change));
  const broken = brokenBounds(fresh, view);
  const isHeld = (change: C): boolean => waits.has(change) || (broken.length > 0 && change.action === 'remove');
  const free = Math.max(0, limits.maxRoleChanges - spent.changes);
  const candidates = changes.filter((change) => !isHeld(change));
  const placed = new Set(candidates.filter((change) => !spent.has(change)).slice(0, free));
  const goes = (change: C): boolean => spent.has(change) || placed.has(change);
  return {
    go: candidates.filter(goes),
    held: changes.filter(isHeld),
    deferred: candidates.filter((change) => !goes(change)),
    broken,
  };
}

/** How many removals each role would have had within the window if this set went as well. */
export function removalsWith(changes: readonly GuardedChange[], spent: Spent): Map<string, number> {
  const removals = new Map<string, number>();
  for (const change of changes) {
    const { action, roleId } = change;
    if (action !== 'remove') continue;
    const before = removals.get(roleId) ?? spent.removals.get(roleId) ?? 0;
    removals.set(roleId, spent.has(change) ? before : before + 1);
  }
  return removals;
}

function brokenBounds(changes: readonly GuardedChange[], { limits, spent, holders }: GuardView): BrokenBound[] {
  const broken: BrokenBound[] = [];
  const more = changes.filter((change) => !spent.has(change)).length;
  const wanted = spent.changes + more;
  if (more > 0 && wanted > limits.maxRoleChanges)
    broken.push({ bound: 'changes', allowed: limits.maxRoleChanges, wanted });
  for (const [roleId, removals] of removalsWith(changes, spent)) {
    const share = Math.floor(((holders.get(roleId) ?? 0) * limits.maxRemovalsPercent) / 100);
    const allowed = Math.max(MIN_REMOVALS, share);
    if (removals > allowed) broken.push({ bound: 'removals', roleId, allowed, wanted: removals });
  }
  return broken;
}
