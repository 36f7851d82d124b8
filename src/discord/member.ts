import type { APIGuildMember, APIUser } from 'discord-api-types/v10';
import type { Member } from '../core/guild.ts';

/** A member as REST and the gateway both show him. */
export function toMember(member: Pick<APIGuildMember, 'roles'> & { pending?: boolean | null; user: Pick<APIUser, 'id' | 'bot'> }): Member {
  return {
    discordId: member.user.id,
    roleIds: new Set(member.roles),
    isBot: member.user.bot ?? false,
    isPending: member.pending ?? false,
  };
}
