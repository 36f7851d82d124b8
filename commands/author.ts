import type { GuildMember } from 'discord.js';
import type { App } from '../src/app.ts';
import type { Agreement } from '../src/core/agreement.ts';
import { agreementOf } from '../src/core/privilege.ts';
import type { Author } from '../src/sync/mapping-checks.ts';
import type { Cause } from '../src/sync/results.ts';

/** The person behind an interaction, with the roles that Discord says he has at this moment. */
export function authorOf({ member, guildId }: { member: GuildMember; guildId: string }): Author {
  return { discordId: member.id, roleIds: [...member.roles.cache.keys()].filter((id) => id !== guildId) };
}

/** A sync because this person asked. */
export function askedBy({ user }: { user: { id: string } }): Cause {
  return { trigger: 'manual', actor: user.id };
}

/** A sync to which this person said yes, after he saw what it would do. */
export function confirmedBy(
  interaction: { member: GuildMember; guildId: string; user: { id: string } },
  { guilds }: Pick<App, 'guilds'>,
  shown: Agreement = {},
): Cause {
  const guild = guilds.guild(interaction.guildId);
  const agreement = guild ? agreementOf(guild, authorOf(interaction), shown) : shown;
  return { ...askedBy(interaction), isConfirmed: true, agreement };
}
