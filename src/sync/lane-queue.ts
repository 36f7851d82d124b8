import type { BucketName, Lane } from './ports.ts';

/** The lanes, whoever goes first first. */
export const LANES: readonly Lane[] = ['interactive', 'event', 'bulk'];

/** What waits, by lane and by the buckets that will do; first come, first served in each. */
export interface LaneQueue<T extends Waiting> {
  add(waiting: T): void;
  remove(waiting: T): void;
  size(lane?: Lane): number;
  /** Who is next for a place in this bucket: whom only this one serves goes before whom any serves. */
  first(lane: Lane, bucket: BucketName): T | null;
}

export interface Waiting {
  readonly lane: Lane;
  readonly buckets: readonly BucketName[];
}

export function createLaneQueue<T extends Waiting>(): LaneQueue<T> {
  const lines = new Map<string, Set<T>>();

  const lineOf = (lane: Lane, kind: BucketName | 'any'): Set<T> => {
    const key = `${lane} ${kind}`;
    const line = lines.get(key) ?? new Set();
    lines.set(key, line);
    return line;
  };
  const ownLine = ({ lane, buckets }: T): Set<T> => {
    const [only, other] = buckets;
    return lineOf(lane, only === undefined || other !== undefined ? 'any' : only);
  };
  const sizeOf = (lane: Lane): number =>
    lineOf(lane, 'role').size + lineOf(lane, 'member').size + lineOf(lane, 'any').size;

  return {
    add: (waiting) => void ownLine(waiting).add(waiting),
    remove: (waiting) => void ownLine(waiting).delete(waiting),
    size: (lane) => (lane ? [lane] : LANES).reduce((sum, one) => sum + sizeOf(one), 0),
    first(lane, bucket) {
      const [next = null] = lineOf(lane, bucket);
      const [any = null] = lineOf(lane, 'any');
      return next ?? any;
    },
  };
}
