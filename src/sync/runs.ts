import type { Change, Run } from '../db/run-store.ts';
import type { Author } from './mapping-checks.ts';
import type { RunProgress } from './results.ts';
import type { RunFigures } from './run-figures.ts';

/** A run that was stored, and whose work goes on. */
export interface BegunRun {
  runId: string;
  /** Rejects where it could not be done; it waits again, or tells so. */
  done: Promise<RunProgress>;
}

export interface ApprovalOptions {
  /** How many removals the person saw: if there are more by now, nothing is approved. */
  shown?: number | undefined;
  onProgress?: ((progress: RunProgress) => void) | undefined;
}

/** The runs of a guild, and what people may do with them. Errors are AppErrors: run_not_found, and what each names. */
export interface Runs extends RunFigures {
  /** Those that changed something or did not end well, the latest first. */
  recent(guildId: string, limit: number): Promise<Run[]>;
  find(guildId: string, runId: string): Promise<Run>;
  /** One page (from 1) of a run's changes in order, and how many there are in all. */
  changes(guildId: string, runId: string, page: number, limit: number): Promise<{ changes: Change[]; total: number }>;
  /** The removals that wait for an admin's word; null when none do. */
  held(guildId: string): Promise<{ run: Run; changes: Change[] } | null>;
  /** As `approve`, without waiting for its end. `grown`: there is more by now than was shown. */
  startApproval(guildId: string, runId: string, author: Author, options?: ApprovalOptions): Promise<BegunRun | 'grown'>;
  /** Does what is held and still wanted; what changed meanwhile stands in `errors`. run_not_held; forbidden as for `undo`. */
  approve(
    guildId: string,
    runId: string,
    author: Author,
    onProgress?: (progress: RunProgress) => void,
  ): Promise<RunProgress>;
  /** Leaves the held roles where they are, for a day without asking again. run_not_held; forbidden as for `undo`. */
  discard(guildId: string, runId: string, author: Author): Promise<Run>;
  /**
   * Stops a run that is under way after the writes in flight, and one that waits for good. run_not_running.
   * @param guildId null: a run with parts; all of them
   */
  cancel(guildId: string | null, runId: string, actor: string): Promise<void>;
  /** As `undo`, without waiting for its end: the run that reverses the other one. */
  startUndo(
    guildId: string,
    runId: string,
    author: Author,
    onProgress?: (progress: RunProgress) => void,
  ): Promise<BegunRun>;
  /**
   * Reverses what the run applied; what changed since is left alone and stands in `errors`. run_not_undoable; forbidden
   * for who could not give one of its roles by hand.
   */
  undo(
    guildId: string,
    runId: string,
    author: Author,
    onProgress?: (progress: RunProgress) => void,
  ): Promise<RunProgress>;
}
