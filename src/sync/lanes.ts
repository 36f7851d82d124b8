import { createBucketTrack, type BucketTrack } from './bucket-track.ts';
import { createLaneQueue, LANES, type LaneQueue } from './lane-queue.ts';
import type { BucketName, Buckets, Lane, Sleep } from './ports.ts';

/** A place in a bucket of the guild: one call may be made now. */
export interface Slot {
  readonly bucket: BucketName;
  /** To be called right when the call was answered (`true`), or when it turned out not to be needed (`false`). */
  end(isUsed: boolean): void;
}

export interface SlotRequest {
  guildId: string;
  lane: Lane;
  /** Those that will do. */
  buckets: readonly BucketName[];
  /** Ends the wait. A slot that was given stays given. */
  signal?: AbortSignal;
}

/** Who may write next. */
export interface Lanes {
  /** Settles when the call may be made; rejects when the signal aborts first. Every slot has to be ended. */
  slot(request: SlotRequest): Promise<Slot>;
  /** How many wait. */
  depth(): Record<Lane, number>;
}

interface Waiting extends SlotRequest {
  give(slot: Slot): void;
}

interface Turn {
  waiting: Waiting;
  bucket: BucketName;
}

/** The longest sleep: what Discord tells meanwhile may change the plan. */
const NAP_MS = 60_000;
const BUCKETS = ['role', 'member', 'look'] as const satisfies BucketName[];

/**
 * Deals out the places of all guilds' rate limits, so that Discord never has to refuse a write: interactive before
 * event before bulk, first come first served in a lane, guilds in turn.
 * @param now a clock that nobody sets; that of the buckets
 * @param writesPerSecond of all guilds together; Discord takes 50 requests of any kind
 */
export function createLanes({
  buckets,
  now,
  sleep,
  writesPerSecond = 40,
}: {
  buckets: Buckets;
  now: () => Date;
  sleep: Sleep;
  writesPerSecond?: number;
}): Lanes {
  /** Of the guilds where somebody waits; whichever was served longest ago comes first. */
  const queues = new Map<string, LaneQueue<Waiting>>();
  const tracks = new Map<string, BucketTrack>();
  const limit = { limit: writesPerSecond, windowMs: 1000, remaining: Infinity, resetAt: new Date(0) };
  const overall = createBucketTrack(() => limit, 'begin');
  const depth: Record<Lane, number> = { interactive: 0, event: 0, bulk: 0 };
  let nap: { until: number; stop: AbortController } | null = null;

  function trackOf(guildId: string, bucket: BucketName): BucketTrack {
    const key = `${guildId} ${bucket}`;
    const track = tracks.get(key) ?? createBucketTrack(() => buckets.state(guildId, bucket));
    tracks.set(key, track);
    return track;
  }

  function mayGoAt({ guildId, lane }: SlotRequest, bucket: BucketName): number {
    return Math.max(overall.mayGoAt(lane), trackOf(guildId, bucket).mayGoAt(lane));
  }

  /** Who goes now; else when somebody may. */
  function next(at: number): Turn | number {
    let wakeAt = Infinity;
    for (const lane of LANES) {
      if (depth[lane] === 0) continue;
      const overallAt = overall.mayGoAt(lane);
      if (overallAt > at) {
        wakeAt = Math.min(wakeAt, overallAt);
        continue;
      }
      for (const queue of queues.values()) {
        for (const bucket of BUCKETS) {
          const waiting = queue.first(lane, bucket);
          if (!waiting) continue;
          const goesAt = mayGoAt(waiting, bucket);
          if (goesAt <= at) return { waiting, bucket };
          wakeAt = Math.min(wakeAt, goesAt);
        }
      }
    }
    return wakeAt;
  }

  function serve(): void {
    const at = now().getTime();
    let turn = next(at);
    while (typeof turn !== 'number') {
      const { waiting, bucket } = turn;
      leave(waiting);
      sendToEnd(waiting.guildId);
      waiting.give(slotIn(waiting.guildId, bucket, at));
      turn = next(at);
    }
    sleepUntil(turn, at);
  }

  function slotIn(guildId: string, bucket: BucketName, at: number): Slot {
    const ends = [trackOf(guildId, bucket).begin(at), overall.begin(at)];
    return {
      bucket,
      end(isUsed) {
        const endedAt = now().getTime();
        for (const end of ends.splice(0)) end(isUsed, endedAt);
        serve();
      },
    };
  }

  function enter(waiting: Waiting): void {
    const queue = queues.get(waiting.guildId) ?? createLaneQueue();
    queues.set(waiting.guildId, queue);
    queue.add(waiting);
    depth[waiting.lane] += 1;
    // All others have been looked at before: thousands who come at once are not to be looked at thousands of times.
    const at = now().getTime();
    const goesAt = Math.min(...waiting.buckets.map((bucket) => mayGoAt(waiting, bucket)));
    if (goesAt <= at) serve();
    else sleepUntil(Math.min(goesAt, nap?.until ?? Infinity), at);
  }

  function leave(waiting: Waiting): void {
    const queue = queues.get(waiting.guildId);
    queue?.remove(waiting);
    depth[waiting.lane] -= 1;
    if (queue?.isEmpty()) queues.delete(waiting.guildId);
  }

  /** Everybody else's turn comes before this guild's next one. */
  function sendToEnd(guildId: string): void {
    const queue = queues.get(guildId);
    queues.delete(guildId);
    if (queue) queues.set(guildId, queue);
  }

  function sleepUntil(wakeAt: number, at: number): void {
    if (nap?.until === wakeAt) return;
    nap?.stop.abort();
    nap = null;
    if (wakeAt === Infinity) return;
    const mine = { until: wakeAt, stop: new AbortController() };
    nap = mine;
    const wake = () => {
      if (nap !== mine) return;
      nap = null;
      serve();
    };
    sleep(Math.min(Math.ceil(wakeAt - at), NAP_MS), mine.stop.signal).then(wake, () => undefined);
  }

  return {
    slot: async (request) =>
      new Promise<Slot>((resolve, reject) => {
        const { signal } = request;
        signal?.throwIfAborted();
        const abort = (): void => {
          leave(waiting);
          reject(signal?.reason);
          serve();
        };
        const waiting: Waiting = {
          ...request,
          give(slot) {
            signal?.removeEventListener('abort', abort);
            resolve(slot);
          },
        };
        signal?.addEventListener('abort', abort, { once: true });
        enter(waiting);
      }),

    depth: () => ({ ...depth }),
  };
}
