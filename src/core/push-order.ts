/** The last facts of an account that its host pushed: when they were signed (the host's clock, whole seconds), and when they came (ours). */
export interface LastPush {
  signedAt: Date;
  takenAt: Date;
}

/** Signatures are refused after 5 minutes, however the clocks differ: after twice that, nothing older can come. */
const COMES_WITHIN_MS = 600_000;

/**
 * Whether facts that were signed then are newer than all that is known: signed in a later second than the last ones that
 * were pushed, and not before the host was asked last. What cannot be told is not newer.
 */
export function isSurelyNewer(signedAt: Date, lastPush: LastPush | undefined, askedAt: Date): boolean {
  return (!lastPush || signedAt > lastPush.signedAt) && signedAt >= askedAt;
}

/** Whether facts that were signed then are older than the last ones that were pushed. */
export function isOvertaken(signedAt: Date, lastPush: LastPush | undefined): boolean {
  return lastPush !== undefined && signedAt < lastPush.signedAt;
}

/** Whether something older can still come. */
export function isPushWorthKeeping({ takenAt }: LastPush, now: Date): boolean {
  return now.getTime() - takenAt.getTime() <= COMES_WITHIN_MS;
}
