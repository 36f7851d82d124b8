import type { Lanes, Slot } from './lanes.ts';
import type { BucketName } from './ports.ts';
import type { Urgency } from './urgency.ts';

/** Waits for a place in one of the buckets, in the lane of the work as it is at each moment. Rejects when the work is called off. */
export type TakeSlot = (
  work: { guildId: string; urgency: Urgency; signal: AbortSignal },
  buckets: readonly BucketName[],
) => Promise<Slot>;

export function createTakeSlot(lanes: Pick<Lanes, 'slot'>): TakeSlot {
  return async function takeSlot({ guildId, urgency, signal }, buckets) {
    for (;;) {
      const { lane, rises } = urgency;
      try {
        return await lanes.slot({ guildId, lane, buckets, signal: AbortSignal.any([signal, rises]) });
      } catch (error) {
        // Somebody who cannot wait asks for the same member: once more, in his lane.
        if (signal.aborted || !rises.aborted) throw error;
      }
    }
  };
}
