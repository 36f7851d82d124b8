import { sourceOf, type SourceAnswer } from '../core/facts.ts';
import { isDue, isWorthKeeping, recall, remember, type SourceMemory } from '../core/source-memory.ts';
import type { Logger } from '../log.ts';
import type { GroupSource } from '../sync/ports.ts';
import { readAnswer, readBatch } from './http-answer.ts';
import { createGroupsWire } from './http-wire.ts';
import { createLimiter } from './limiter.ts';
import { createSourceHealth } from './source-health.ts';

export interface HttpSourceParts {
  /** GROUPS_URL, without a slash at its end. */
  url: string;
  token: string | null;
  /** Older facts are unknown. */
  maxAgeMs: number;
  /** By which ids the host knows these accounts, where it has its own; the others go by their account id. */
  externalIdsOf: (accountIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  now: () => Date;
  log: Logger;
  fetch?: typeof globalThis.fetch;
  /** For one request, body and all. */
  timeoutMs?: number;
}

const BATCH_SIZE = 100;
const BATCHES_AT_ONCE = 4;
const SINGLES_AT_ONCE = 8;
const MAX_BYTES = 4 * 1024 * 1024;
/** A host that took no batch may have learnt it by then. */
const ASK_FOR_BATCH_AGAIN_MS = 600_000;

/**
 * Groups that a host application keeps, asked over HTTP (docs/integrate-groups.md). What it said is kept in memory, by
 * the host's ids. Throws at once where the token cannot travel in a header.
 */
export function createHttpSource(parts: HttpSourceParts): GroupSource {
  const { maxAgeMs, externalIdsOf, now, log, fetch = globalThis.fetch, timeoutMs = 5_000 } = parts;
  const wire = createGroupsWire({ url: parts.url, token: parts.token, timeoutMs, maxBytes: MAX_BYTES, fetch });
  const health = createSourceHealth({ now, log });
  const inBatchTurn = createLimiter(BATCHES_AT_ONCE);
  const inSingleTurn = createLimiter(SINGLES_AT_ONCE);
  const memories = new Map<string, SourceMemory>();
  let noBatchUntil = 0;
  let sweptAt = now();

  const takesNoBatch = (): boolean => now().getTime() < noBatchUntil;

  function hear(id: string, said: SourceAnswer): void {
    if (said.status === 'unknown') return health.malformed(id, said.reason);
    const memory = remember(memories.get(id), said, now());
    if (memory) memories.set(id, memory);
    health.spoke(id);
  }

  async function askAlone(id: string): Promise<void> {
    if (!health.mayAsk(id)) return;
    const sentAt = now();
    const answer = await wire.ofUser(id);
    if ('why' in answer) return health.failed([id], answer.why, now().getTime() - sentAt.getTime());
    hear(id, 'json' in answer ? readAnswer(answer.json, sentAt) : { status: 'gone', asOf: sentAt });
  }

  /** Returns the ids that have to be asked for one by one, because the host takes no batch. */
  async function askTogether(chunk: readonly string[]): Promise<readonly string[]> {
    const ids = chunk.filter((id) => health.mayAsk(id));
    if (ids.length === 0 || takesNoBatch()) return ids;
    const sentAt = now();
    const answer = await wire.ofUsers(ids);
    const fail = (why: string): string[] => {
      health.failed(ids, why, now().getTime() - sentAt.getTime());
      return [];
    };
    if ('why' in answer) return fail(answer.why);
    if (!('json' in answer)) {
      noBatchUntil = now().getTime() + ASK_FOR_BATCH_AGAIN_MS;
      return ids;
    }
    const said = readBatch(answer.json);
    if (!said) return fail('its answer is malformed: users is not an object');
    for (const id of ids) hear(id, said.has(id) ? readAnswer(said.get(id), sentAt) : { status: 'gone', asOf: sentAt });
    return [];
  }

  async function ask(ids: readonly string[]): Promise<void> {
    const ordered = health.inOrder(ids);
    const chunks = takesNoBatch() ? [] : chunksOf(ordered, BATCH_SIZE);
    const left = await Promise.all(chunks.map((chunk) => inBatchTurn(() => askTogether(chunk))));
    const singles = chunks.length === 0 ? ordered : left.flat();
    await Promise.all(singles.map((id) => inSingleTurn(() => askAlone(id))));
  }

  /** Forgets what has become worthless: accounts that nobody asks for any more leave nothing behind. */
  function sweep(at: Date): void {
    if (Math.abs(at.getTime() - sweptAt.getTime()) < maxAgeMs) return;
    sweptAt = at;
    for (const [id, memory] of memories) if (!isWorthKeeping(memory, at, maxAgeMs)) memories.delete(id);
    health.forgetOld();
  }

  return {
    name: 'http',

    async factsOf(accountIds, askedAt, asking) {
      sweep(askedAt);
      const externalIds = await externalIdsOf(accountIds);
      const idOf = (accountId: string): string => externalIds.get(accountId) ?? accountId;
      const oldestMs = Math.min(asking.maxAgeMs, maxAgeMs);
      const ids = [...new Set(accountIds.map(idOf))];
      await ask(ids.filter((id) => isDue(memories.get(id), askedAt, oldestMs)));
      const at = now();
      const answerFor = (id: string): SourceAnswer =>
        recall(memories.get(id), { now: at, maxAgeMs, silence: health.silenceOf(id) });
      return new Map(accountIds.map((accountId) => [accountId, answerFor(idOf(accountId))]));
    },

    // The host cannot list its groups, and a mapping may name one before anybody carries it.
    existing: async (_guildId, groupIds) => new Set(groupIds.filter((id) => sourceOf(id) === 'http' && id !== 'http:')),
  };
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
