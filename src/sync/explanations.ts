import type { Explanation } from '../core/explain.ts';
import type { Mapping } from '../core/mapping.ts';
import type { Change, RunStore } from '../db/run-store.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import type { Previews } from './previews.ts';
import type { Payer, ReadAllowance } from './read-allowance.ts';

/** All that stands behind one role of one member. */
export interface WholeExplanation {
  explanation: Explanation;
  /** Mappings of the role that are switched off, so that they do not count. */
  switchedOff: Mapping[];
  /** The run in which its removal waits for an admin's word; null: none does. */
  heldIn: string | null;
  /** What happened to this role of his, the newest first. */
  lastChanges: Change[];
}

export interface Explanations {
  /** AppError member_not_found, bot_not_in_guild, rate_limited. */
  of(guildId: string, discordId: string, roleId: string, payer: Payer): Promise<WholeExplanation>;
}

const CHANGES_TOLD = 10;

export function createExplanations(parts: {
  sync: Pick<Previews, 'explain'>;
  mappings: Pick<MappingStore, 'ofGuild'>;
  runs: Pick<RunStore, 'heldOf' | 'searchChanges'>;
  allowance: ReadAllowance;
}): Explanations {
  const { sync, mappings, runs } = parts;
  return {
    async of(guildId, discordId, roleId, payer) {
      parts.allowance.take(payer);
      const explanation = await sync.explain(guildId, discordId, roleId);
      const [all, held, { changes }] = await Promise.all([
        mappings.ofGuild(guildId),
        runs.heldOf(guildId),
        runs.searchChanges({ guildId, discordIds: [discordId], roleId }, 1, CHANGES_TOLD),
      ]);
      const isHeld = held?.changes.some(
        (change) => change.outcome === 'held' && change.discordId === discordId && change.roleId === roleId,
      );
      return {
        explanation,
        switchedOff: all.filter((mapping) => !mapping.isActive && mapping.roleId === roleId),
        heldIn: held && isHeld ? held.run.id : null,
        lastChanges: changes,
      };
    },
  };
}
