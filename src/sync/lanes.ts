import { mayGoAt, scheduled, stillCounting, unscheduled, type BucketState, type BucketUse } from '../core/pace.ts';
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

type Track = BucketUse & { answeredAt: number[] };

interface Turn {
  waiting: Waiting;
  bucket: BucketName;
}

/** The longest sleep: what Discord tells meanwhile may change the plan. */
const NAP_MS = 60_000;
/** Answers to remember of a bucket whose limit nobody told. */
const UNTOLD = 50;

/**
 * Deals out the places of all guilds' rate limits, so that Discord never has to refuse a write: interactive before
 * event before bulk, first come first served in a lane, guilds in turn.
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
  const tracks = new Map<string, Track>();
  const overall: BucketState = { limit: writesPerSecond, windowMs: 1000, remaining: Infinity, resetAt: new Date(0) };
  const overallTrack = newTrack();
  let nap: { until: number; stop: AbortController } | null = null;

  function trackOf(guildId: string, bucket: BucketName): Track {
    const key = `${guildId} ${bucket}`;
    const track = tracks.get(key) ?? newTrack();
    tracks.set(key, track);
    return track;
  }

  /** Who goes now; else when somebody may. */
  function next(at: number): Turn | number {
    let wakeAt = Infinity;
    for (const lane of LANES) {
      const overallAt = mayGoAt(lane, overall, overallTrack);
      for (const [guildId, queue] of queues) {
        for (const bucket of ['role', 'member'] as const) {
          const waiting = queue.first(lane, bucket);
          if (!waiting) continue;
          const mayAt = mayGoAt(lane, buckets.state(guildId, bucket), trackOf(guildId, bucket));
          const goesAt = Math.max(mayAt, overallAt);
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
    sleepUntil(turn);
  }

  function slotIn(guildId: string, bucket: BucketName, at: number): Slot {
    const track = trackOf(guildId, bucket);
    const state = () => buckets.state(guildId, bucket);
    track.underWay += 1;
    track.lastDueAt = scheduled(state(), track, at);
    overallTrack.lastDueAt = scheduled(overall, overallTrack, at);
    overallTrack.answeredAt = [...stillCounting(overall, overallTrack.answeredAt, at), at];
    let isEnded = false;
    return {
      bucket,
      end(isUsed) {
        if (isEnded) return;
        isEnded = true;
        track.underWay -= 1;
        if (isUsed) track.answeredAt = [...counting(state(), track, now().getTime()), now().getTime()];
        else track.lastDueAt = unscheduled(state(), track);
        serve();
      },
    };
  }

  function enter(waiting: Waiting): void {
    const queue = queues.get(waiting.guildId) ?? createLaneQueue();
    queues.set(waiting.guildId, queue);
    queue.add(waiting);
  }

  function leave(waiting: Waiting): void {
    const queue = queues.get(waiting.guildId);
    queue?.remove(waiting);
    if (queue?.size() === 0) queues.delete(waiting.guildId);
  }

  /** Everybody else's turn comes before this guild's next one. */
  function sendToEnd(guildId: string): void {
    const queue = queues.get(guildId);
    queues.delete(guildId);
    if (queue) queues.set(guildId, queue);
  }

  function sleepUntil(wakeAt: number): void {
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
    sleep(Math.min(Math.ceil(wakeAt - now().getTime()), NAP_MS), mine.stop.signal).then(wake, () => undefined);
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
        serve();
      }),

    depth() {
      const depth = { interactive: 0, event: 0, bulk: 0 };
      for (const queue of queues.values()) for (const lane of LANES) depth[lane] += queue.size(lane);
      return depth;
    },
  };
}

function newTrack(): Track {
  return { underWay: 0, answeredAt: [], lastDueAt: -Infinity };
}

function counting(state: BucketState | null, { answeredAt }: Track, at: number): number[] {
  return state ? stillCounting(state, answeredAt, at) : answeredAt.slice(-UNTOLD);
}
