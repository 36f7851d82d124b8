import type { BucketName, Lane } from './ports.ts';

/** The lanes, whoever goes first first. */
export const LANES: readonly Lane[] = ['interactive', 'event', 'bulk'];

/** What waits, by lane and by the buckets that will do; first come, first served in each. */
export interface LaneQueue<T extends Waiting> {
  add(waiting: T): void;
  remove(waiting: T): void;
  isEmpty(): boolean;
  /** Who is next for a place in this bucket: whom only this one serves goes before whom any serves. */
  first(lane: Lane, bucket: BucketName): T | null;
}

export interface Waiting {
  readonly lane: Lane;
  readonly buckets: readonly BucketName[];
}

export function createLaneQueue<T extends Waiting>(): LaneQueue<T> {
  const newLane = () => ({ role: new Set<T>(), member: new Set<T>(), look: new Set<T>(), any: new Set<T>() });
  const lanes = { interactive: newLane(), event: newLane(), bulk: newLane() };
  let size = 0;

  const lineOf = ({ lane, buckets: [only, other] }: T): Set<T> =>
    lanes[lane][only === undefined || other !== undefined ? 'any' : only];

  return {
    add(waiting) {
      lineOf(waiting).add(waiting);
      size += 1;
    },
    remove(waiting) {
      if (lineOf(waiting).delete(waiting)) size -= 1;
    },
    isEmpty: () => size === 0,
    first(lane, bucket) {
      const [next = null] = lanes[lane][bucket];
      const [any = null] = lanes[lane].any;
      return next ?? (any?.buckets.includes(bucket) ? any : null);
    },
  };
}
