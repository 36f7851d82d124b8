import type { Lanes, Slot } from './lanes.ts';
import type { BucketName, Lane } from './ports.ts';
import type { Urgency } from './urgency.ts';

/** Waits for a place in one of the buckets, in the lane of the work as it is at each moment. Rejects when the work is called off. */
export type TakeSlot = (
  work: { guildId: string; urgency: Urgency; signal: AbortSignal },
  buckets: readonly BucketName[],
) => Promise<Slot>;

export function createTakeSlot(
  lanes: Pick<Lanes, 'slot'>,
  { now, waited }: { now: () => Date; waited?: ((lane: Lane, ms: number) => void) | undefined },
): TakeSlot {
  return async function takeSlot({ guildId, urgency, signal }, buckets) {
    const since = now().getTime();
    for (;;) {
      const { lane, rises } = urgency;
      try {
        const slot = await lanes.slot({ guildId, lane, buckets, signal: AbortSignal.any([signal, rises]) });
        waited?.(lane, now().getTime() - since);
        return slot;
      } catch (error) {
        // Somebody who cannot wait asks for the same member: once more, in his lane.
        if (signal.aborted || !rises.aborted) throw error;
      }
    }
  };
}
