import type { Change, Run } from '../db/run-store.ts';
import type { Author } from './mapping-checks.ts';
import type { RunProgress } from './results.ts';

/** The runs of a guild, and what people may do with them. Errors are AppErrors: run_not_found, and what each names. */
export interface Runs {
  /** Those that changed something or did not end well, the latest first. */
  recent(guildId: string, limit: number): Promise<Run[]>;
  find(guildId: string, runId: string): Promise<Run>;
  /** One page (from 1) of a run's changes in order, and how many there are in all. */
  changes(guildId: string, runId: string, page: number, limit: number): Promise<{ changes: Change[]; total: number }>;
  /** The removals that wait for an admin's word; null when none do. */
  held(guildId: string): Promise<{ run: Run; changes: Change[] } | null>;
  /** Does what is held and still wanted; what changed meanwhile stands in `errors`. run_not_held; forbidden as for `undo`. */
  approve(
    guildId: string,
    runId: string,
    author: Author,
    onProgress?: (progress: RunProgress) => void,
  ): Promise<RunProgress>;
  /** Leaves the held roles where they are, for a day without asking again. run_not_held; forbidden as for `undo`. */
  discard(guildId: string, runId: string, author: Author): Promise<Run>;
  /** Stops a run that is under way after the writes in flight. run_not_running. */
  cancel(guildId: string, runId: string, actor: string): Promise<void>;
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
