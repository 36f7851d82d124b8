import {
  GUARD_WINDOW_MS,
  guardChanges,
  MIN_REMOVALS,
  removalsWith,
  type Guarded,
  type GuardedChange,
  type GuardLimits,
  type Spent,
} from '../core/guard.ts';
import type { ChangeReason } from '../core/plan.ts';

/** A change that unattended work made. */
export type SpentChange = BoundedChange & { at: Date };

/** A change to decide on; its reason tells whether we had given the role that it takes. */
export type BoundedChange = GuardedChange & { reason?: ChangeReason };

export interface GuardParts {
  /** Changes that bounded runs applied in this guild since then. */
  runs: { spentSince(guildId: string, since: Date): Promise<readonly SpentChange[]> };
  /** By role id: how many members hold it by our grant. */
  grants: { holdersOf(guildId: string): Promise<ReadonlyMap<string, number>> };
  now: () => Date;
}

/** Bounds what unattended work does to each guild within any 10 minutes. */
export interface Guard {
  /** Decides, and reserves a place for each change that may go. Every one of those has to be settled. */
  admit<C extends BoundedChange>(
    guildId: string,
    limits: GuardLimits,
    changes: readonly C[],
    onHold: (change: GuardedChange) => boolean,
  ): Promise<Guarded<C>>;
  /** Reserves a place for each change that had one when Rolewright stopped; to be settled as well. */
  reserveAgain(guildId: string, changes: readonly BoundedChange[]): Promise<void>;
  /** A reserved change was made (it counts for 10 minutes from now; tell it after the ledger knows), or was not. */
  settle(guildId: string, change: BoundedChange, isMade: boolean): void;
  /** The guild is gone; should it come back, its window is loaded anew. */
  forget(guildId: string): void;
}

interface Window {
  /**
   * By what they are: somebody who leaves and joins again and again, or whose role goes to and fro, takes one place of
   * his guild's, when it was made last.
   */
  made: Map<string, SpentChange>;
  /** Changes on their way, by what they are; the same one may be under way twice. */
  reserved: Map<string, BoundedChange[]>;
  /** Ends when `made` holds what was done before the start; null after a failure. */
  loading: Promise<void> | null;
}

/**
 * Each guild's window is kept in memory and loaded from the stored runs at its first use. Deciding and reserving is one
 * step without a wait in it, so that two members at once cannot both take the last place.
 */
export function createGuard({ runs, grants, now }: GuardParts): Guard {
  const windows = new Map<string, Window>();

  async function loadedWindow(guildId: string): Promise<Window> {
    const window = windows.get(guildId) ?? { made: new Map(), reserved: new Map(), loading: null };
    windows.set(guildId, window);
    window.loading ??= load(guildId, window);
    await window.loading;
    dropStale(window);
    return window;
  }

  async function load(guildId: string, window: Window): Promise<void> {
    try {
      const made = await runs.spentSince(guildId, new Date(now().getTime() - GUARD_WINDOW_MS));
      window.made = new Map([...made.map((change) => [keyOf(change), change] as const), ...window.made]);
    } catch (error) {
      window.loading = null;
      throw error;
    }
  }

  /** What was made after now was made before the clock was set back: nobody knows how long ago. */
  function dropStale({ made }: Window): void {
    const end = now().getTime();
    const start = end - GUARD_WINDOW_MS;
    for (const [key, { at }] of made) if (at.getTime() <= start || at.getTime() > end) made.delete(key);
  }

  /** By role id: the greatest number of members who held it by our grant within the window, as far as that shows. */
  async function mostHolders(guildId: string, window: Window): Promise<Map<string, number>> {
    // Taken is counted before the ledger is asked and given after it: who changes meanwhile is rather missed than
    // counted twice.
    const taken = [...window.made.values()].filter(
      ({ action, reason }) => action === 'remove' && !(reason && NOT_OURS.has(reason)),
    );
    const present = await grants.holdersOf(guildId);
    const given = countedIn(window).filter(({ action }) => action === 'add');
    const net = countByRole(given, countByRole(taken), -1);
    return new Map(
      [...net.keys(), ...present.keys()].map((roleId) => [
        roleId,
        (present.get(roleId) ?? 0) + Math.max(0, net.get(roleId) ?? 0),
      ]),
    );
  }

  return {
    async admit(guildId, limits, changes, onHold) {
      if (changes.length === 0) return { go: [], held: [], deferred: [], broken: [] };
      const window = await loadedWindow(guildId);
      const removals = [...removalsWith(changes, spentOf(window)).values()];
      const isShareAsked = removals.some((count) => count > MIN_REMOVALS);
      const holders = isShareAsked ? await mostHolders(guildId, window) : new Map<string, number>();
      const guarded = guardChanges(changes, { limits, spent: spentOf(window), holders, onHold });
      for (const change of guarded.go) reserve(window, change);
      return guarded;
    },

    async reserveAgain(guildId, changes) {
      const window = await loadedWindow(guildId);
      for (const change of changes) reserve(window, change);
    },

    settle(guildId, change, isMade) {
      const window = windows.get(guildId);
      if (!window) return;
      const { discordId, action, roleId, reason } = release(window, change) ?? change;
      const made = { discordId, action, roleId, at: now(), ...(reason ? { reason } : {}) };
      if (isMade) window.made.set(keyOf(made), made);
    },

    forget(guildId) {
      windows.delete(guildId);
    },
  };
}

/** Why a role goes that we had not given. */
const NOT_OURS: ReadonlySet<ChangeReason> = new Set(['foreign_removed', 'put_back']);

function spentOf(window: Window): Spent {
  const all = countedIn(window);
  const has = (change: GuardedChange): boolean => window.made.has(keyOf(change)) || window.reserved.has(keyOf(change));
  return { changes: all.length, removals: countByRole(all.filter(({ action }) => action === 'remove')), has };
}

/** What was made and what is on its way, each once. */
function countedIn({ made, reserved }: Window): BoundedChange[] {
  const onTheWay = [...reserved].flatMap(([key, changes]) => (made.has(key) ? [] : changes.slice(0, 1)));
  return [...made.values(), ...onTheWay];
}

function reserve({ reserved }: Window, change: BoundedChange): void {
  reserved.set(keyOf(change), [...(reserved.get(keyOf(change)) ?? []), change]);
}

/** Ends one reservation of the change; null: it has none. */
function release({ reserved }: Window, change: GuardedChange): BoundedChange | null {
  const [first, ...rest] = reserved.get(keyOf(change)) ?? [];
  if (rest.length > 0) reserved.set(keyOf(change), rest);
  else reserved.delete(keyOf(change));
  return first ?? null;
}

function keyOf({ discordId, roleId, action }: GuardedChange): string {
  return `${discordId}:${roleId}:${action}`;
}

function countByRole(
  changes: readonly { roleId: string }[],
  from: ReadonlyMap<string, number> = new Map(),
  step = 1,
): Map<string, number> {
  const counts = new Map(from);
  for (const { roleId } of changes) counts.set(roleId, (counts.get(roleId) ?? 0) + step);
  return counts;
}
