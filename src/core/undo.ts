import { emptyPlan, type GuildRules, type MemberPlan, type PlannedChange } from './plan.ts';

/** A change that was made, as a run recorded it. Ids rise with time. */
export interface MadeChange {
  id: number;
  discordId: string;
  roleId: string;
  action: 'add' | 'remove';
}

/** What undoing needs to know of one member. */
export interface UndoView {
  /** His roles now; null: he left. */
  roleIds: ReadonlySet<string> | null;
  /** By role id: the ids of changes that were made to him, of any run; the earlier ones do not matter. */
  later: ReadonlyMap<string, readonly number[]>;
}

/** What becomes of one recorded change: `action` reverses it, or `why` says what keeps it. */
export type UndoStep<C extends MadeChange> =
  | { step: 'reverse'; change: C; action: 'add' | 'remove' }
  | { step: 'skip'; change: C; why: 'member_left' | 'changed_since' | 'already_so' };

/**
 * One step for each change that a run made to one member, in their order. A role that the run changed several times
 * goes back, once, to what it was before the first of them.
 * @param changes the run's applied changes of this member, oldest first
 */
export function planUndo<C extends MadeChange>(changes: readonly C[], { roleIds, later }: UndoView): UndoStep<C>[] {
  const own = new Set(changes.map(({ id }) => id));
  const changedBy = (id: number, roleId: string): boolean =>
    later.get(roleId)?.some((other) => other > id && !own.has(other)) ?? false;
  const standing = changes.filter(({ id, roleId }) => !changedBy(id, roleId));
  const firsts = new Map(standing.toReversed().map((change) => [change.roleId, change]));
  const lasts = new Map(standing.map((change) => [change.roleId, change]));
  return changes.map((change): UndoStep<C> => {
    if (!roleIds) return { step: 'skip', change, why: 'member_left' };
    const first = firsts.get(change.roleId);
    if (!first || first.id > change.id) return { step: 'skip', change, why: 'changed_since' };
    const wasPresent = first.action === 'remove';
    const isDone = lasts.get(change.roleId) !== change || roleIds.has(change.roleId) === wasPresent;
    return isDone
      ? { step: 'skip', change, why: 'already_so' }
      : { step: 'reverse', change, action: wasPresent ? 'add' : 'remove' };
  });
}

/** The plan that reverses; each role is then left alone until an admin syncs the member, or the mappings agree. */
export function undoPlan<C extends MadeChange & Pick<PlannedChange, 'reason'> & { mappingIds: readonly string[] }>(
  steps: readonly UndoStep<C>[],
  { blocks, mappings }: Pick<GuildRules, 'blocks' | 'mappings'>,
): MemberPlan {
  const plan = emptyPlan();
  for (const step of steps) {
    if (step.step === 'skip') continue;
    const { roleId, mappingIds, reason: first } = step.change;
    // Not ours then, nobody's who is linked, or no mapping's any more: it goes back without becoming ours.
    const isNamed = mappings.some((mapping) => mapping.roleId === roleId);
    const isForeign = first === 'foreign_removed' || first === 'not_linked' || !isNamed;
    const reason = isForeign ? 'put_back' : 'undone';
    const change: PlannedChange = { action: step.action, roleId, reason, mappingIds: [...mappingIds] };
    const block = blocks.get(roleId);
    if (block) plan.blocked.push({ ...change, block });
    else {
      plan.changes.push(change);
      plan.restrain.push({ roleId, because: 'undo' });
    }
  }
  return plan;
}
