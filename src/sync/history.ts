import type { ChangeFilter } from '../db/change-search.ts';
import type { ConfigChange, ConfigChangeFilter, ConfigChangeStore } from '../db/config-change-store.ts';
import type { LinkStore } from '../db/link-store.ts';
import type { Change, RunStore } from '../db/run-store.ts';

/** One page (from 1), the newest first, and how many there are on all pages. */
interface HistoryPage<C> {
  changes: C[];
  total: number;
}

interface RoleHistoryFilter extends Omit<ChangeFilter, 'guildId' | 'discordIds'> {
  discordId?: string | undefined;
  /** An account: all of its Discord users. */
  userId?: string | undefined;
}

/** What happened in a guild. For whoever administers it: it asks nobody for his rights. */
export interface History {
  /** Changes of members' roles: what was done (`made` of `total`), and what could not be. */
  changes(
    guildId: string,
    filter: RoleHistoryFilter,
    page: number,
    limit: number,
  ): Promise<HistoryPage<Change> & { made: number }>;
  /** Who changed the guild's settings, mappings and groups. */
  configuration(
    guildId: string,
    filter: Omit<ConfigChangeFilter, 'guildId'>,
    page: number,
    limit: number,
  ): Promise<HistoryPage<ConfigChange>>;
}

export function createHistory(parts: {
  runs: Pick<RunStore, 'searchChanges'>;
  configChanges: Pick<ConfigChangeStore, 'search'>;
  links: Pick<LinkStore, 'ofAccount'>;
}): History {
  /** null: anybody. */
  async function whom({ discordId, userId }: RoleHistoryFilter): Promise<string[] | undefined> {
    if (userId === undefined) return discordId === undefined ? undefined : [discordId];
    const ids = (await parts.links.ofAccount(userId)).map((link) => link.discordId);
    return ids.filter((id) => discordId === undefined || id === discordId);
  }

  return {
    async changes(guildId, filter, page, limit) {
      const { discordId: _, userId: __, ...rest } = filter;
      const discordIds = await whom(filter);
      return parts.runs.searchChanges({ ...rest, guildId, discordIds }, page, limit);
    },

    configuration: (guildId, filter, page, limit) => parts.configChanges.search({ ...filter, guildId }, page, limit),
  };
}
