import { setTimeout } from 'node:timers/promises';
import type { SourceAnswer } from '../core/facts.ts';
import { isPushWorthKeeping, isSurelyNewer, type LastPush } from '../core/push-order.ts';
import { isDue, isWorthKeeping, recall, remember, type SourceMemory } from '../core/source-memory.ts';
import type { Logger } from '../log.ts';
import { readAnswer, readBatch } from './http-answer.ts';
import { createGroupsWire } from './http-wire.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import { isOfHost, type PushedSource } from './push-source.ts';
import { createSharedAsking, type Call } from './shared-asking.ts';
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
  /** For all that one call of `factsOf` asks. Who has no answer by then gets what is remembered. */
  callTimeoutMs?: number;
  /** Rejects when aborted. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const BATCH_SIZE = 100;
const BATCHES_AT_ONCE = 4;
const SINGLES_AT_ONCE = 8;
/** A person or an event asks for so few; they pass the pages of a whole server. */
const SMALL_CALL = 3;
const MAX_BYTES = 4 * 1024 * 1024;
/** A host that took no batch may have learnt it by then. */
const ASK_FOR_BATCH_AGAIN_MS = 600_000;

/**
 * Groups that a host application keeps, asked over HTTP (docs/integrate-groups.md). What it said is kept in memory, by
 * the host's ids. Throws at once where the token cannot travel in a header.
 */
export function createHttpSource(parts: HttpSourceParts): PushedSource {
  const { maxAgeMs, externalIdsOf, now, log, fetch = globalThis.fetch, timeoutMs = 5_000 } = parts;
  const { callTimeoutMs = 30_000, sleep = sleepLightly } = parts;
  const wire = createGroupsWire({ url: parts.url, token: parts.token, timeoutMs, maxBytes: MAX_BYTES, fetch });
  const health = createSourceHealth({ now, log });
  const inBatchTurn = createLimiter(BATCHES_AT_ONCE);
  const inSingleTurn = createLimiter(SINGLES_AT_ONCE);
  const sharing = createSharedAsking(now);
  const memories = new Map<string, SourceMemory>();
  /** When the host told that something changed: what was asked before is not believed. */
  const forgottenAt = new Map<string, Date>();
  const pushes = new Map<string, LastPush>();
  const startedAt = now();
  const tooSlow = `it is too slow: there was no answer for him within the ${callTimeoutMs / 1000} s that one sync waits`;
  let noBatchUntil = 0;
  let sweptAt = startedAt;

  const takesNoBatch = (): boolean => now().getTime() < noBatchUntil;

  function hear(id: string, said: SourceAnswer): void {
    if (said.status === 'unknown') return health.malformed(id, said.reason);
    const since = forgottenAt.get(id);
    if (since && said.asOf < since) return;
    const memory = remember(memories.get(id), said, now());
    if (memory) memories.set(id, memory);
    health.spoke(id);
  }

  /** Both return whom it settles, with an answer or without: nobody is asked for again in the same call. */
  async function askAlone([id = '']: readonly string[]): Promise<readonly string[]> {
    if (!health.mayAsk(id)) return [id];
    const sentAt = now();
    const answer = await wire.ofUser(id);
    if ('why' in answer) health.failed([id], answer.why, now().getTime() - sentAt.getTime());
    else hear(id, 'json' in answer ? readAnswer(answer.json, sentAt) : { status: 'gone', asOf: sentAt });
    return [id];
  }

  async function askTogether(chunk: readonly string[]): Promise<readonly string[]> {
    const ids = chunk.filter((id) => health.mayAsk(id));
    if (takesNoBatch()) return [];
    if (ids.length === 0) return chunk;
    const sentAt = now();
    const answer = await wire.ofUsers(ids);
    const fail = (why: string): readonly string[] => {
      health.failed(ids, why, now().getTime() - sentAt.getTime());
      return chunk;
    };
    if ('why' in answer) return fail(answer.why);
    if (!('json' in answer)) {
      noBatchUntil = now().getTime() + ASK_FOR_BATCH_AGAIN_MS;
      return [];
    }
    const said = readBatch(answer.json);
    if (!said) return fail('its answer is malformed: users is not an object');
    for (const id of ids) hear(id, said.has(id) ? readAnswer(said.get(id), sentAt) : { status: 'gone', asOf: sentAt });
    return chunk;
  }

  function heardAt(id: string): number {
    return memories.get(id)?.last.asOf.getTime() ?? 0;
  }

  /** Those that were left out last time come first, so that a host too slow for all answers for each in the end. */
  function inOrder(ids: Iterable<string>): string[] {
    return health.inOrder([...ids].sort((a, b) => heardAt(a) - heardAt(b)));
  }

  async function ask(call: Call): Promise<void> {
    const ordered = inOrder(call.open);
    const isSmall = ordered.length <= SMALL_CALL;
    const turnOf = (limiter: Limiter) => (work: () => Promise<void>) => limiter(isSmall, work);
    const chunks = takesNoBatch() ? [] : chunksOf(ordered, BATCH_SIZE);
    await Promise.all(chunks.map((ids) => sharing.share(call, ids, turnOf(inBatchTurn), askTogether)));
    await Promise.all(ordered.map((id) => sharing.share(call, [id], turnOf(inSingleTurn), askAlone)));
  }

  /** Waits until the work is done, but no longer than a call may take. */
  async function inTime(work: Promise<void>): Promise<void> {
    const done = new AbortController();
    try {
      await Promise.race([work, sleep(callTimeoutMs, done.signal)]);
    } finally {
      done.abort();
    }
  }

  /** Forgets what has become worthless: accounts that nobody asks for any more leave nothing behind. */
  function sweep(at: Date): void {
    if (Math.abs(at.getTime() - sweptAt.getTime()) < maxAgeMs) return;
    sweptAt = at;
    for (const [id, memory] of memories) if (!isWorthKeeping(memory, at, maxAgeMs)) memories.delete(id);
    for (const [id, since] of forgottenAt) if (at.getTime() - since.getTime() > maxAgeMs) forgottenAt.delete(id);
    for (const [id, push] of pushes) if (!isPushWorthKeeping(push, at)) pushes.delete(id);
    health.forgetOld();
  }

  /** When the host was asked last for what is known of him, or would have to be: what it pushed before is no news. */
  function lastAskedAt(id: string): Date {
    const { asOf } = memories.get(id)?.last ?? {};
    const pushed = pushes.get(id);
    const asked = asOf && !(pushed && asOf <= pushed.takenAt) ? asOf : startedAt;
    const forgotten = forgottenAt.get(id) ?? startedAt;
    return asked > forgotten ? asked : forgotten;
  }

  function forget(id: string): void {
    memories.delete(id);
    forgottenAt.set(id, now());
    sharing.renew(id);
  }

  return {
    name: 'http',

    async factsOf(accountIds, askedAt, { maxAgeMs: oldEnoughMs }) {
      sweep(askedAt);
      const oldestMs = Math.min(oldEnoughMs, maxAgeMs);
      const call = sharing.begin(oldestMs);
      try {
        const externalIds = await externalIdsOf(accountIds);
        const idOf = (accountId: string): string => externalIds.get(accountId) ?? accountId;
        for (const id of accountIds.map(idOf)) if (isDue(memories.get(id), askedAt, oldestMs)) call.open.add(id);
        if (call.open.size > 0) {
          await inTime(ask(call));
          health.over(call.open.size);
        }
        const at = now();
        const answerFor = (id: string): SourceAnswer => {
          const silence = health.silenceOf(id) ?? (call.open.has(id) ? tooSlow : null);
          return recall(memories.get(id), { now: at, maxAgeMs, silence });
        };
        return new Map(accountIds.map((accountId) => [accountId, answerFor(idOf(accountId))]));
      } finally {
        sharing.end(call);
      }
    },

    existing: async (_guildId, groupIds) => new Set(groupIds.filter(isOfHost)),

    told(id, answer, signedAt) {
      // Two clocks, and whole seconds: where it is in doubt, the host knows.
      if (!isSurelyNewer(signedAt, pushes.get(id), lastAskedAt(id))) return forget(id);
      pushes.set(id, { signedAt, takenAt: now() });
      hear(id, answer);
    },

    forget,
    isUp: health.isUp,
  };
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** Keeps no process alive. */
async function sleepLightly(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { ref: false, signal });
}
