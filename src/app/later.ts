import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Affected } from '../groups/group-changes.ts';
import type { Cause } from '../sync/results.ts';
import type { Sync } from '../sync/sync.ts';
import type { Base } from './base.ts';

/** Syncs for which nobody waits. */
export function createSyncsLater({ inBackground }: Base, sync: Pick<Sync, 'guild' | 'member' | 'everywhere'>) {
  /** Others get their turn between any two, for thousands of memberships can end at once. */
  async function oneByOne(discordIds: readonly string[], begin: (discordId: string) => Promise<unknown>) {
    for (const discordId of discordIds) {
      inBackground('sync', begin(discordId));
      await nextTurn();
    }
  }

  const syncUsersLater = (discordIds: readonly string[], cause: Cause): void =>
    inBackground(
      'sync',
      oneByOne(discordIds, (discordId) => sync.everywhere(discordId, cause)),
    );

  return {
    syncGuildLater: (guildId: string, cause: Cause): void => inBackground('sync', sync.guild(guildId, cause)),

    /** In every guild. */
    syncUsersLater,

    syncAffectedLater({ discordIds, guildId }: Affected, cause: Cause): void {
      if (guildId === null) return syncUsersLater(discordIds, cause);
      inBackground(
        'sync',
        oneByOne(discordIds, (discordId) => sync.member(guildId, discordId, cause)),
      );
    },
  };
}

export type SyncsLater = ReturnType<typeof createSyncsLater>;
