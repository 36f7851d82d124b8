import { sourceOf, type SourceAnswer } from '../core/facts.ts';
import { isOvertaken, isPushWorthKeeping, type LastPush } from '../core/push-order.ts';
import { isWorthKeeping, recall, remember, type SourceMemory } from '../core/source-memory.ts';
import type { GroupSource } from '../sync/ports.ts';

/** A source whose host tells of changes by itself. `id`: the host's own name for an account, else the account's id. */
export interface PushedSource extends GroupSource {
  /** The host says this of him, and signed it then (its clock, whole seconds). What is older than what is known never counts. */
  told(id: string, answer: SourceAnswer, signedAt: Date): void;
  /** The host says that something changed of him: what he was known for is no longer believed. */
  forget(id: string, signedAt: Date): void;
  /** Whether the host answers; null: it is never asked. */
  isUp(): boolean | null;
}

/** The groups of a host that cannot be asked: only what it pushed is known, and only while that is fresh enough. */
export function createPushSource(parts: {
  maxAgeMs: number;
  externalIdsOf: (accountIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  now: () => Date;
}): PushedSource {
  const { maxAgeMs, externalIdsOf, now } = parts;
  const memories = new Map<string, SourceMemory>();
  const pushes = new Map<string, LastPush>();
  let sweptAt = now();

  /** Forgets what has become worthless: accounts that nothing is said of any more leave nothing behind. */
  function sweep(at: Date): void {
    if (Math.abs(at.getTime() - sweptAt.getTime()) < maxAgeMs) return;
    sweptAt = at;
    for (const [id, memory] of memories) if (!isWorthKeeping(memory, at, maxAgeMs)) memories.delete(id);
    for (const [id, push] of pushes) if (!isPushWorthKeeping(push, at)) pushes.delete(id);
  }

  /** Nobody can be asked what is true: of what was signed in one second, the one that came last counts. */
  function take(id: string, signedAt: Date): boolean {
    if (isOvertaken(signedAt, pushes.get(id))) return false;
    pushes.set(id, { signedAt, takenAt: now() });
    return true;
  }

  return {
    name: 'http',

    async factsOf(accountIds) {
      const externalIds = await externalIdsOf(accountIds);
      const at = now();
      sweep(at);
      const answerFor = (accountId: string): SourceAnswer =>
        recall(memories.get(externalIds.get(accountId) ?? accountId), { now: at, maxAgeMs });
      return new Map(accountIds.map((accountId) => [accountId, answerFor(accountId)]));
    },

    existing: async (_guildId, groupIds) => new Set(groupIds.filter(isOfHost)),

    told(id, answer, signedAt) {
      if (answer.status === 'unknown' || !take(id, signedAt)) return;
      const memory = remember(memories.get(id), answer, now());
      if (memory) memories.set(id, memory);
    },

    forget(id, signedAt) {
      if (take(id, signedAt)) memories.delete(id);
    },

    isUp: () => null,
  };
}

/** Nobody can list the host's groups, and a mapping may name one before anybody carries it. */
export function isOfHost(groupId: string): boolean {
  return sourceOf(groupId) === 'http' && groupId !== 'http:';
}
