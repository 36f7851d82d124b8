import { pauseBefore } from '../core/backoff.ts';
import type { Member } from '../core/guild.ts';
import { recordsBlocked } from '../core/occasion.ts';
import {
  createAttempt,
  nothingTo,
  PartRefused,
  PassingFailure,
  type AttemptParts,
  type Converged,
  type Job,
  type Memory,
} from './attempt.ts';
import type { Load, Target } from './decide.ts';
import type { Guard } from './guard.ts';
import { changeKey } from './open-run.ts';
import type { Sleep } from './ports.ts';
import type { ChangeResult } from './results.ts';
import { createUnanswered } from './unanswered.ts';
import { MappingEnded } from './write-member.ts';

/** How a write that failed in passing is tried again: the first pause is `baseMs`, then it doubles, with jitter. */
export interface Retry {
  retries: number;
  baseMs: number;
}

export interface ConvergeParts extends AttemptParts {
  guard: Guard;
  sleep: Sleep;
  random: () => number;
  retry: Retry;
  /** Aborts when Rolewright stops: then what is under way stays open. */
  signal: AbortSignal;
}

/**
 * Makes one member agree with the decision: look, plan, write at most once, see it done, note what became of it. The
 * caller makes sure that nobody else writes this member meanwhile. Throws when Discord or the database could not be read.
 */
export function createConverge(parts: ConvergeParts) {
  const { attempt: tryOnce, settle } = createAttempt(parts);

  /** Each role by itself, after a call with several was refused; the name stays as it is. */
  async function apart(job: Job, load: Load, memory: Memory, roleIds: readonly string[]): Promise<Converged> {
    const results: Converged[] = [];
    for (const only of roleIds) {
      const target: Target = { ...job.target, sighting: null, only };
      results.push(await repeat({ ...job, target }, load, memory));
    }
    const last = results.at(-1) ?? nothingTo('synced', null);
    const error = results.find((result) => result.error !== null)?.error ?? null;
    return { ...last, changes: results.flatMap(({ changes }) => changes), error };
  }

  async function repeat(job: Job, load: Load, memory: Memory): Promise<Converged> {
    const { target, run, signal } = job;
    const { discordId } = target;
    for (let attempt = 1; ; attempt += 1) {
      const sighting = attempt === 1 ? target.sighting : null;
      try {
        const noteTaken = (member: Member) => settle(memory.unanswered, job.guildId, member);
        const converged = await tryOnce(job, load, { ...target, sighting, settle: noteTaken }, memory);
        await run.record(discordId, worthRecording(converged.changes, job));
        return converged;
      } catch (error) {
        // What is under way when Rolewright stops stays open: it looks at it again when it starts.
        if (parts.signal.aborted) throw error;
        if (error instanceof MappingEnded && attempt <= MAPPINGS_MAY_END) continue;
        if (error instanceof PartRefused) return await apart(job, load, memory, error.roleIds);
        if (!(error instanceof PassingFailure)) {
          await run.record(discordId, [...memory.unanswered.all(), ...memory.restored]);
          throw error;
        }
        if (attempt > parts.retry.retries) {
          await run.record(discordId, worthRecording(error.converged.changes, job));
          return error.converged;
        }
      }
      const pauseMs = pauseBefore(attempt, { baseMs: parts.retry.baseMs, random: parts.random });
      // Who calls the run off only ends the pause: a last look tells what became of the write.
      await parts.sleep(pauseMs, signal).catch(() => parts.signal.throwIfAborted());
    }
  }

  /** @returns also when the last write was through, null if none was */
  return async function converge(job: Job, load: Load): Promise<Converged & { writtenAt: Date | null }> {
    const unanswered = createUnanswered(job.run.resumed(job.target.discordId));
    const resumed = job.target.instead ? [] : job.run.resumed(job.target.discordId);
    const putBacks = resumed.filter(({ reason }) => reason === 'put_back');
    const memory: Memory = {
      unanswered,
      putBacks,
      restored: [],
      places: new Map(),
      sent: new Set(),
      writtenAt: null,
      isListRefused: false,
    };
    try {
      const converged = await repeat(job, load, memory);
      return { ...converged, writtenAt: memory.writtenAt };
    } finally {
      // Only what was surely not done gives its place back.
      for (const [key, change] of memory.places) parts.guard.settle(job.guildId, change, memory.sent.has(key));
    }
  };
}

export type Converge = ReturnType<typeof createConverge>;

/** So often in one sync of one member. */
const MAPPINGS_MAY_END = 5;

/** What is held is recorded where it is held; what cannot work, when something new made us look or the run had planned it. */
function worthRecording(changes: ChangeResult[], { run, target, cause, isAdmitted }: Job): ChangeResult[] {
  const planned = new Set(run.open(target.discordId).map(changeKey));
  const isPlanned = (change: ChangeResult) => planned.has(changeKey({ ...change, discordId: target.discordId }));
  // A run over a guild has recorded what it defers; an echo of our own write has nothing new to tell.
  const isNews = recordsBlocked(cause.trigger) && isAdmitted === null;
  const isWorth = ({ outcome }: ChangeResult) => (outcome === 'deferred' ? isNews : !outcome.startsWith('blocked:'));
  const isTold = (change: ChangeResult) =>
    isWorth(change) || isPlanned(change) || (change.outcome.startsWith('blocked:') && recordsBlocked(cause.trigger));
  return changes.filter((change) => change.outcome !== 'held' && isTold(change));
}
