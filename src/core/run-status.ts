export type RunStatus = 'planned' | 'held' | 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';

/** How a run can have ended. */
export const ENDED: readonly RunStatus[] = ['completed', 'failed', 'cancelled'];
/** Not done yet. */
export const UNDER_WAY: readonly RunStatus[] = ['pending', 'running'];
