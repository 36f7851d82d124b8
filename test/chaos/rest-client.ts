import { createBuckets } from '../../src/discord/buckets.ts';
import type { Buckets } from '../../src/sync/ports.ts';
import type { Clock } from './clock.ts';
import type { History } from './history.ts';
import type { Scene } from './scene.ts';
import { errorOf, type Ask, type Reply, type Wire } from './wire.ts';

/** How our REST client behaves: one request in flight per bucket, waits where a bucket is empty, obeys a 429 and asks again. */
export interface RestClient extends Buckets {
  /** The body of a success; throws what @discordjs/rest would. */
  ask(ask: Omit<Ask, 'life' | 'baseReadAt'>): Promise<unknown>;
}

export function createRestClient(parts: {
  clock: Clock;
  wire: Wire;
  scene: Scene;
  history: History;
  life: number;
}): RestClient {
  const { clock, wire, scene, history, life } = parts;
  const tails = new Map<string, Promise<unknown>>();
  const openAt = new Map<string, number>();
  const buckets = createBuckets(clock.date);
  const writing = new Map<string, number>();
  const readAt = new Map<string, number>();

  /** What the answer told of the bucket. */
  function note(bucket: string, { method, path }: Ask, { headers, status }: Reply): void {
    buckets.hear({ method, path }, { status, headers: new Headers(headers) });
    const isEmpty = headers['X-RateLimit-Remaining'] === '0' && headers['X-RateLimit-Scope'] !== 'shared';
    if (isEmpty) openAt.set(bucket, clock.now() + Number(headers['X-RateLimit-Reset-After']) * 1000);
  }

  async function send(bucket: string, ask: Ask): Promise<unknown> {
    for (;;) {
      const waitMs = (openAt.get(bucket) ?? 0) - clock.now();
      if (waitMs > 0) await clock.sleep(waitMs);
      const reply = await wire.send(ask);
      note(bucket, ask, reply);
      if (reply.status === 429) {
        await clock.sleep(Number(reply.headers['Retry-After']) * 1000);
        continue;
      }
      if (reply.status >= 400) throw errorOf(reply, ask);
      return reply.body;
    }
  }

  return {
    state: buckets.state,

    async ask(given) {
      const discordId = given.path.split('/')[4] ?? '';
      const isWrite = given.method !== 'GET';
      const inFlight = writing.get(discordId) ?? 0;
      if (isWrite && inFlight > 0) history.broke(clock.now(), `two writes of ${scene.nameOf(discordId)} at once`);
      if (isWrite) writing.set(discordId, inFlight + 1);
      const bucket = bucketOf(given);
      const ask = { ...given, life, baseReadAt: given.method === 'PATCH' ? (readAt.get(discordId) ?? null) : null };
      const before = tails.get(bucket) ?? Promise.resolve();
      const answer = before.then(() => {
        if (!isWrite) readAt.set(discordId, clock.now());
        return send(bucket, ask);
      });
      tails.set(
        bucket,
        answer.catch(() => undefined),
      );
      try {
        return await answer;
      } finally {
        if (isWrite) writing.set(discordId, (writing.get(discordId) ?? 1) - 1);
      }
    },
  };
}

function bucketOf({ method, path }: Pick<Ask, 'method' | 'path'>): string {
  const [, , , , member, , role] = path.split('/');
  if (role !== undefined) return 'role';
  if (method === 'PATCH') return 'member';
  return member === undefined ? 'list' : 'look';
}
