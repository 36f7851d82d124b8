import type { Logger } from 'pino';
import type { Converged } from './attempt.ts';
import { countApplied, type RunProgress } from './results.ts';

/** Members under way at once in each of the two streams: enough that the next one is ready when a bucket has a place. */
const AT_ONCE = 6;
/** Errors that a run keeps word for word. */
const ERRORS_KEPT = 20;

/** One member of a run: `isList` says that he needs the bucket of whole lists, so that others leave it to him. */
export interface Work {
  discordId: string;
  isList: boolean;
  converge(): Promise<Converged>;
}

/** Does the work of a run member by member and keeps its progress. Rejects when the guild is lost, or the run is called off. */
export async function workThrough(
  work: readonly Work[],
  { guildId, progress, tell, signal, log }: WorkContext,
): Promise<void> {
  async function settle(one: Work): Promise<void> {
    try {
      const { state, changes, error } = await one.converge();
      if (state === 'guild_unavailable') throw new RunEnded(GUILD_LOST);
      if (state === 'paused') throw new RunEnded(error ?? GUILD_LOST);
      const { rolesAdded, rolesRemoved } = countApplied(changes);
      progress.rolesAdded += rolesAdded;
      progress.rolesRemoved += rolesRemoved;
      if (rolesAdded + rolesRemoved > 0) progress.usersSynced += 1;
      if (error !== null) noteFailure(`Member ${one.discordId}: ${error}`);
    } catch (err) {
      if (err instanceof RunEnded || signal.aborted) throw err;
      log.error({ err, guildId, discordId: one.discordId, runId: progress.runId }, 'member sync failed');
      noteFailure(`Member ${one.discordId} could not be read. Rolewright looks again at the next sync.`);
    }
    progress.usersProcessed += 1;
  }

  function noteFailure(words: string): void {
    progress.usersFailed += 1;
    if (progress.errors.length < ERRORS_KEPT) progress.errors.push(words);
  }

  async function worker(queue: Iterator<Work>): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const next = queue.next();
      if (next.done) return;
      await settle(next.value);
      tell();
    }
  }

  const streams = [work.filter(({ isList }) => isList), work.filter(({ isList }) => !isList)];
  const workers = streams.flatMap((stream) => {
    const queue = stream.values();
    return Array.from({ length: AT_ONCE }, () => worker(queue));
  });
  const ends = await Promise.allSettled(workers);
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure) throw failure.reason;
}

export interface WorkContext {
  guildId: string;
  progress: RunProgress;
  tell: () => void;
  signal: AbortSignal;
  log: Logger;
}

/** The run cannot go on; `message` says why, in words. */
export class RunEnded extends Error {}

const GUILD_LOST = 'The server went out of reach. Rolewright looks at everybody again when it is back.';
