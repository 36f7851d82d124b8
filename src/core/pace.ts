/** Who goes first: a person waits, something happened, or the clock ticked. */
export type Lane = 'interactive' | 'event' | 'bulk';

/** A rate limit as Discord's last answers told it: at most `limit` writes in any `windowMs`. */
export interface BucketState {
  /** Infinity: this bucket has no limit of its own. */
  limit: number;
  windowMs: number;
  remaining: number;
  /** When a place is free again, if none remains. */
  resetAt: Date;
}

/** What one bucket was used for by us. Times are ms since 1970. */
export interface BucketUse {
  /** Writes whose answer is not here yet: Discord may count them any time. */
  underWay: number;
  /** When the writes that may still count were answered, oldest first. */
  answeredAt: readonly number[];
  /** When the last write was due if all were spread evenly; -Infinity: there was none. */
  lastDueAt: number;
}

/** The clock and Discord's headers have whole milliseconds: what seems to be over may have this much to go. */
const ROUNDING_MS = 1;
/** A timer fires some ms late. At least that much lateness is made up for. */
const LATE_MS = 5;
/** Places of a window that a burst of events leaves to a person. */
const RESERVE = 1;

/**
 * When the next write of this lane may go: at once if that is not after now; Infinity: not before one under way ends.
 * No lane ever goes beyond the limit. Bulk writes are spread evenly besides, so that a place becomes free every
 * `windowMs / limit`; events may come in a burst of half the limit; for a person it just goes.
 * @param state null: nothing told yet, so one at a time until an answer tells
 */
export function mayGoAt(lane: Lane, state: BucketState | null, use: BucketUse): number {
  if (!state) return use.underWay === 0 ? -Infinity : Infinity;
  const possibleAt = Math.max(toldAt(state, use), placeAt(state, use, 0));
  if (lane === 'interactive') return possibleAt;
  const dueAt = use.lastDueAt + slotMs(state);
  const evenlyAt = Math.max(possibleAt, dueAt);
  if (lane === 'bulk') return evenlyAt;
  const burstMs = state.windowMs / 2 - slotMs(state);
  return Math.min(evenlyAt, Math.max(possibleAt, placeAt(state, use, RESERVE), dueAt - burstMs));
}

/**
 * The schedule after a write that goes `now`: its `lastDueAt`. It stands absolutely, so that lateness does not add up:
 * up to half a slot of it is made up for. After a pause it starts anew.
 */
export function scheduled(state: BucketState | null, { lastDueAt }: Pick<BucketUse, 'lastDueAt'>, now: number): number {
  if (!state) return now;
  const slot = slotMs(state);
  const dueAt = lastDueAt + slot;
  const creditMs = Math.max(slot / 2, LATE_MS);
  const isIdle = now - dueAt > 4 * creditMs;
  return isIdle ? now : Math.max(dueAt, now - creditMs);
}

/** The schedule as if the last write had not been. */
export function unscheduled(state: BucketState | null, { lastDueAt }: Pick<BucketUse, 'lastDueAt'>): number {
  return state ? lastDueAt - slotMs(state) : lastDueAt;
}

/** Those of the answers whose writes may still count in a window. */
export function stillCounting(state: BucketState, answeredAt: readonly number[], now: number): number[] {
  return answeredAt.filter((at) => freeAgainAt(state, at) > now);
}

/** What one write has of the window if they are spread evenly. */
function slotMs({ limit, windowMs }: BucketState): number {
  return windowMs / limit;
}

/** When a place is free by our own count, and `spare` others beside it. */
function placeAt(state: BucketState, { underWay, answeredAt }: BucketUse, spare: number): number {
  const others = state.limit - spare - underWay - 1;
  if (others < 0) return Infinity;
  const oldestInTheWay = answeredAt[answeredAt.length - others - 1];
  return oldestInTheWay === undefined ? -Infinity : freeAgainAt(state, oldestInTheWay);
}

/** Discord counted the write before its answer came here, so a window after the answer it surely counts no more. */
function freeAgainAt({ windowMs }: BucketState, answeredAt: number): number {
  return answeredAt + windowMs + ROUNDING_MS;
}

/** When a place is free as Discord told it, who also counts what others used. */
function toldAt({ remaining, resetAt }: BucketState, { underWay }: BucketUse): number {
  return underWay < remaining ? -Infinity : resetAt.getTime();
}
