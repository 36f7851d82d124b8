import type { Joiner } from '../../src/sync/auto-join.ts';
import type { Buckets, GuildReader, RoleWriter } from '../../src/sync/ports.ts';
import type { FakeDiscord } from './fake-discord.ts';

/** Discords of one guild each, behind the ports of the sync as one. */
export function severalGuilds(discords: readonly FakeDiscord[]): GuildReader & RoleWriter & Buckets & Joiner {
  const of = (guildId: string): FakeDiscord => {
    const one = discords.find((discord) => discord.roles.has(guildId));
    if (!one) throw new Error(`there is no guild ${guildId}`);
    return one;
  };
  return {
    guild: (guildId) => discords.find((discord) => discord.roles.has(guildId))?.guild(guildId) ?? null,
    guildIds: () => discords.flatMap((discord) => discord.guildIds()),
    fetchMember: async (guildId, discordId) => of(guildId).fetchMember(guildId, discordId),
    listMembers: (guildId) => of(guildId).listMembers(guildId),
    addRole: async (guildId, ...rest) => of(guildId).addRole(guildId, ...rest),
    removeRole: async (guildId, ...rest) => of(guildId).removeRole(guildId, ...rest),
    editMember: async (guildId, ...rest) => of(guildId).editMember(guildId, ...rest),
    state: (guildId, bucket) => of(guildId).state(guildId, bucket),
    join: async (guildId, ...rest) => of(guildId).join(guildId, ...rest),
  };
}
