export type RunStatus = 'planned' | 'held' | 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';

/** How a run can have ended. */
export const ENDED: readonly RunStatus[] = ['completed', 'failed', 'cancelled'];
/** Not done yet. */
export const UNDER_WAY: readonly RunStatus[] = ['pending', 'running'];

/** What came of the removals that a run held: `none` where nobody decided, or it never held any. */
export function decisionOf(run: {
  status: RunStatus;
  isBounded: boolean;
  decidedBy: string | null;
}): 'waits' | 'approved' | 'discarded' | 'none' {
  if (run.status === 'held') return 'waits';
  if (run.decidedBy === null) return 'none';
  return run.isBounded ? 'discarded' : 'approved';
}

/** Why a run cannot be undone; null: it can. `undo` is the latest run that reverses it. */
export function hindersUndo(
  status: RunStatus,
  undo: { status: RunStatus } | null,
  undoableChanges: number,
): 'held' | 'under_way' | 'being_undone' | 'undone' | 'nothing' | null {
  if (status === 'held') return 'held';
  if (!ENDED.includes(status)) return 'under_way';
  if (undo && UNDER_WAY.includes(undo.status)) return 'being_undone';
  if (undoableChanges > 0) return null;
  return undo ? 'undone' : 'nothing';
}
