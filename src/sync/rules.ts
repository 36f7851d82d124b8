import { blocksOf } from '../core/doctor.ts';
import { groupsNamedBy, type Mapping } from '../core/mapping.ts';
import type { GuildRules } from '../core/plan.ts';
import { rankMappings } from '../core/verdict.ts';
import type { GuildStore, StoredGuild } from '../db/guild-store.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import type { GuildReader, FactLoader } from './ports.ts';

/** What a sync needs to know of a guild before it looks at members. */
export interface LoadedRules {
  rules: GuildRules;
  settings: StoredGuild;
}

/** Loads settings, mappings and the guild as it is now; null where the bot is not, or while Discord keeps the guild unavailable. */
export function createRuleLoader(parts: {
  guilds: GuildReader;
  settings: GuildStore;
  mappings: MappingStore;
  facts: FactLoader;
}) {
  return async function loadRules(guildId: string, mappings?: readonly Mapping[]): Promise<LoadedRules | null> {
    const settings = await parts.settings.find(guildId);
    const ranked = rankMappings(mappings ?? (await parts.mappings.ofGuild(guildId)));
    const named = new Set(ranked.flatMap((mapping) => [...groupsNamedBy(mapping)]));
    const existing = await parts.facts.existing(guildId, [...named]);
    const isUnusable = (mapping: Mapping) => [...groupsNamedBy(mapping)].some((id) => !existing.has(id));
    const guild = parts.guilds.guild(guildId);
    if (!guild || !settings) return null;
    return {
      settings,
      rules: {
        guild,
        mappings: ranked,
        unusable: new Set(ranked.filter(isUnusable).map((mapping) => mapping.id)),
        blocks: blocksOf(guild, [...guild.roles.keys(), ...ranked.map((mapping) => mapping.roleId)]),
        syncPendingMembers: settings.syncPendingMembers,
        bypassRoleId: settings.bypassRoleId,
        removeRolesOnLeave: settings.removeRolesOnLeave,
        nicknameTemplate: settings.nicknameTemplate,
      },
    };
  };
}

export type LoadRules = ReturnType<typeof createRuleLoader>;
