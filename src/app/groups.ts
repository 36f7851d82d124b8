import { createFacts } from '../groups/facts.ts';
import { createGroupImports } from '../groups/group-imports.ts';
import { createGroupPushes } from '../groups/group-pushes.ts';
import { createHostSource } from '../groups/host-source.ts';
import { createLocalGroups } from '../groups/local-groups.ts';
import { createLocalSource } from '../groups/local-source.ts';
import { createMappingChecks } from '../sync/mapping-checks.ts';
import type { Mappings } from '../sync/mappings.ts';
import type { Base } from './base.ts';
import type { Discord } from './discord.ts';
import type { SyncsLater } from './later.ts';
import type { Stores } from './stores.ts';

/** Where group facts come from. */
export function createSources({ config, now, log }: Base, { groups, links }: Pick<Stores, 'groups' | 'links'>) {
  const host = createHostSource(config.groups, { externalIdsOf: links.externalIdsOf, now, log: log('groups') });
  return { host, facts: createFacts([createLocalSource({ groups }), ...(host ? [host] : [])]) };
}

export type Sources = ReturnType<typeof createSources>;

/** Local groups, and what a source of the host pushes. */
export function createGroups(
  { config, now, newId }: Base,
  { groups, mappings, configChanges, links, webhooks }: Stores,
  { guilds }: Pick<Discord, 'guilds'>,
  { host, facts }: Sources,
  { removeMappings, later }: { removeMappings: Mappings['remove']; later: SyncsLater },
) {
  const { syncGuildLater, syncUsersLater, syncAffectedLater: onChanged } = later;
  const parts = { groups, mappings, configChanges, guilds, now, newId, onChanged, syncGuildLater };
  const { authoriseEnding } = createMappingChecks({ guilds, facts });
  const { hookSecret } = config.groups;
  const hook = (source: NonNullable<typeof host>, secret: string) => ({
    secret,
    pushes: createGroupPushes({
      source,
      webhooks,
      links,
      now,
      syncUsersLater: (discordIds) => syncUsersLater(discordIds, { trigger: 'push', actor: null }),
    }),
  });
  return {
    localGroups: createLocalGroups({ ...parts, removeMappings, authoriseEnding, links }),
    groupImports: createGroupImports(parts),
    /** null: no webhooks are taken. */
    hook: host && hookSecret !== null ? hook(host, hookSecret) : null,
  };
}
