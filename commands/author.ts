import type { GuildMember } from 'discord.js';
import type { Author } from '../src/sync/mapping-checks.ts';
import type { Cause } from '../src/sync/results.ts';

/** The person behind an interaction, with the roles that Discord says he has at this moment. */
export function authorOf({ member, guildId }: { member: GuildMember; guildId: string }): Author {
  return { discordId: member.id, roleIds: [...member.roles.cache.keys()].filter((id) => id !== guildId) };
}

/** A sync because this person asked; `isConfirmed`: he saw what it would do, and said yes. */
export function askedBy({ user }: { user: { id: string } }, { isConfirmed }: { isConfirmed: boolean }): Cause {
  return { trigger: 'manual', actor: user.id, isConfirmed };
}
