import { sourceOf, type SourceAnswer } from '../core/facts.ts';
import { isWorthKeeping, recall, remember, type SourceMemory } from '../core/source-memory.ts';
import type { GroupSource } from '../sync/ports.ts';

/** A source whose host tells of changes by itself. `id`: the host's own name for an account, else the account's id. */
export interface PushedSource extends GroupSource {
  /** The host has just said this of him. */
  told(id: string, answer: SourceAnswer): void;
  /** Something changed of him: what he was known for is no longer believed. */
  forget(id: string): void;
}

/** The groups of a host that cannot be asked: only what it pushed is known, and only while that is fresh enough. */
export function createPushSource(parts: {
  maxAgeMs: number;
  externalIdsOf: (accountIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  now: () => Date;
}): PushedSource {
  const { maxAgeMs, externalIdsOf, now } = parts;
  const memories = new Map<string, SourceMemory>();
  let sweptAt = now();

  /** Forgets what has become worthless: accounts that nothing is said of any more leave nothing behind. */
  function sweep(at: Date): void {
    if (Math.abs(at.getTime() - sweptAt.getTime()) < maxAgeMs) return;
    sweptAt = at;
    for (const [id, memory] of memories) if (!isWorthKeeping(memory, at, maxAgeMs)) memories.delete(id);
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

    told(id, answer) {
      const memory = remember(memories.get(id), answer, now());
      if (memory) memories.set(id, memory);
    },

    forget: (id) => void memories.delete(id),
  };
}

/** Nobody can list the host's groups, and a mapping may name one before anybody carries it. */
export function isOfHost(groupId: string): boolean {
  return sourceOf(groupId) === 'http' && groupId !== 'http:';
}
