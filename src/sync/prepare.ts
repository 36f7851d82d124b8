import { roleBlock } from '../core/doctor.ts';
import { bucketsFor } from '../core/write.ts';
import {
  askedAlready,
  JUST_NOW_MS,
  type Asker,
  type Decide,
  type Decision,
  type Load,
  type NoDecision,
  type Target,
} from './decide.ts';
import type { BucketName, GuildReader } from './ports.ts';
import type { Slot } from './lanes.ts';
import type { TakeSlot } from './take-slot.ts';
import type { Watch } from './witness.ts';

/** A decision, and the place to write it; no slot where there is nothing to write. */
export interface Ready {
  decision: Decision;
  slot: Slot | null;
}

/** Decides, and waits for a place where that can be written; what waited long, or was told otherwise, is decided again. */
export function createPrepare(parts: {
  guilds: Pick<GuildReader, 'guild'>;
  decide: Decide;
  takeSlot: TakeSlot;
  now: () => Date;
}) {
  const { look, lookAfresh, decideAgain } = parts.decide;

  /** A PATCH needs the state of this moment; a single role that of the last seconds, and nothing told since. */
  function isStillGood(decision: Decision, { bucket }: Slot, watch: Watch): boolean {
    const guild = parts.guilds.guild(decision.rules.guild.id);
    if (!guild || decision.plan.changes.some(({ roleId }) => roleBlock(guild, roleId) !== null)) return false;
    const ageMs = parts.now().getTime() - decision.seenAt.getTime();
    return watch.states.length === 0 && ageMs <= JUST_NOW_MS && (decision.isFresh || bucket === 'role');
  }

  return async function prepare(
    work: Asker & { guildId: string },
    load: Load,
    target: Target,
    watch: Watch,
  ): Promise<Ready | NoDecision> {
    const { guildId } = work;
    let decision = await look(guildId, load, target, work);
    while (typeof decision !== 'string') {
      const buckets: readonly BucketName[] = bucketsFor(decision.plan);
      if (buckets.length === 0) return { decision, slot: null };
      const askedAt = parts.now().getTime();
      const slot = await parts.takeSlot(work, buckets);
      try {
        const isGood = isStillGood(decision, slot, watch);
        // Whoever waited, however short, waited while mappings and links may have ended.
        if (isGood && parts.now().getTime() > askedAt) decision = await decideAgain(load, decision, target, work);
        if (typeof decision === 'string') {
          slot.end(false);
          return decision;
        }
        if (isGood && isRight(slot, decision)) return { decision, slot };
        const isPage = target.sighting?.seenIn === 'page' && slot.bucket === 'role' && watch.states.length === 0;
        decision = isPage
          ? await look(guildId, load, target, askedAlready(work))
          : await lookAfresh(guildId, load, target, askedAlready(work));
        if (typeof decision !== 'string' && isRight(slot, decision)) return { decision, slot };
      } catch (error) {
        slot.end(false);
        throw error;
      }
      slot.end(false);
    }
    return decision;
  };
}

function isRight({ bucket }: Slot, { plan }: Decision): boolean {
  const buckets: readonly BucketName[] = bucketsFor(plan);
  return buckets.includes(bucket);
}

export type Prepare = ReturnType<typeof createPrepare>;
