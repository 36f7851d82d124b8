import { partByAgreement } from '../core/agreement.ts';
import type { GuardedChange } from '../core/guard.ts';
import { isBounded } from '../core/occasion.ts';
import type { PlannedChange } from '../core/plan.ts';
import type { Decision } from './decide.ts';
import type { Guard } from './guard.ts';
import type { Holds } from './holds.ts';
import { changeKey, type Intended } from './open-run.ts';
import type { Cause, ChangeResult } from './results.ts';

/** What may be done of a plan. */
export interface Permit {
  go: PlannedChange[];
  /** Those of them that took a place of the guard's, to be settled. */
  reserved: Intended[];
  /** What may not: `held` and `deferred`. */
  results: ChangeResult[];
}

export interface PermitRequest {
  guildId: string;
  discordId: string;
  cause: Cause;
  /** Whether the run as a whole has brought the change through the guard, or somebody approved it; null: nobody has. */
  isAdmitted: ((change: GuardedChange) => boolean) | null;
  /** What took a place of the guard's in an earlier try, by key. */
  places: ReadonlyMap<string, Intended>;
}

/** Asks the blast-radius guard about one member's changes, and holds what it does not let through. */
export function createPermit({ guard, holds }: { guard: Guard; holds: Holds }) {
  return async function permit(request: PermitRequest, { settings, plan }: Decision): Promise<Permit> {
    const { guildId, discordId, cause, isAdmitted, places } = request;
    const wanted = plan.changes.map((change) => ({ ...change, discordId }));
    const isFree = isAdmitted === null && !isBounded(cause);
    const { others } = partByAgreement(isFree ? wanted : [], cause.agreement ?? {});
    const bounded = isFree ? others : wanted;
    const asked = bounded.filter((change) => !places.has(changeKey(change)) && !isAdmitted?.(change));
    if (asked.length === 0) return { go: plan.changes, reserved: [], results: [] };
    const limits = { maxRoleChanges: settings.maxRoleChangesPerSync, maxRemovalsPercent: settings.maxRemovalsPercent };
    const onHold = asked.some(({ action }) => action === 'remove') ? await holds.onHold(guildId) : () => false;
    const { go: reserved, held, deferred } = await guard.admit(guildId, limits, asked, onHold);
    try {
      if (held.length > 0) await holds.hold(guildId, held, cause);
    } catch (error) {
      for (const change of reserved) guard.settle(guildId, change, false);
      throw error;
    }
    const stopped = new Set([...held, ...deferred].map(({ roleId }) => roleId));
    return {
      go: plan.changes.filter(({ roleId }) => !stopped.has(roleId)),
      reserved,
      results: [
        ...held.map((change) => resultOf(change, 'held')),
        ...deferred.map((change) => resultOf(change, 'deferred')),
      ],
    };
  };
}

export type AskPermit = ReturnType<typeof createPermit>;

/** A change that was set out to be made, and what became of it. */
export function resultOf(
  { action, roleId, reason, mappingIds }: Omit<Intended, 'discordId'>,
  outcome: ChangeResult['outcome'],
  changedBy: string | null = null,
): ChangeResult {
  return { action, roleId, reason, mappingIds: [...mappingIds], outcome, ...(changedBy !== null && { changedBy }) };
}
