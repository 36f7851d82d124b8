import { bucketRules } from '../sandbox/buckets.ts';

/** A bucket's real size; the window still to be scaled. */
interface Bucket {
  limit: number;
  windowMs: number;
}

/** The two buckets of a guild, as the sandbox has them. */
const ROLE_BUCKET: Bucket = bucketRules.memberRole;
export const MEMBER_BUCKET: Bucket = bucketRules.memberEdit;

/**
 * The least time from the first write to the last, in ms. Who needs one change goes through whichever bucket is free
 * (PUT or DELETE, or PATCH), who needs more takes a PATCH.
 */
export function floorMs({ single, several }: { single: number; several: number }, timeScale: number): number {
  const timeWith = (throughRole: number): number =>
    Math.max(timeOf(throughRole, ROLE_BUCKET), timeOf(several + single - throughRole, MEMBER_BUCKET));
  const times = Array.from({ length: single + 1 }, (_, throughRole) => timeWith(throughRole));
  return times.reduce((least, time) => Math.min(least, time), Infinity) * timeScale;
}

/** The least time for so many calls of PUT and DELETE, in ms. */
export function roleBucketMs(calls: number, timeScale: number): number {
  return timeOf(calls, ROLE_BUCKET) * timeScale;
}

/** One slot of a bucket: what a write costs when there is no end of them. */
export function slotMs({ limit, windowMs }: Bucket, timeScale: number): number {
  return (windowMs / limit) * timeScale;
}

/** A full window goes at once, the next one when a window has passed: true of fixed and of sliding ones. */
function timeOf(calls: number, { limit, windowMs }: Bucket): number {
  return Math.max(0, Math.ceil(calls / limit) - 1) * windowMs;
}
