import { z } from 'zod';
import type { Member } from '../core/guild.ts';

/** The part of Discord's member object that deciding needs; REST and the gateway send the same. */
const memberJson = z.object({
  roles: z.array(z.string()),
  pending: z.boolean().nullish(),
  joined_at: z.string().nullish(),
  nick: z.string().nullish(),
  user: z.object({
    id: z.string(),
    bot: z.boolean().nullish(),
    username: z.string(),
    global_name: z.string().nullish(),
  }),
});

/** A member from Discord's JSON; throws when it is not one, so that nothing is decided on half an answer. */
export function readMember(json: unknown): Member {
  const { roles, pending, joined_at: joinedAt, nick, user } = memberJson.parse(json);
  return {
    discordId: user.id,
    roleIds: new Set(roles),
    isBot: user.bot ?? false,
    isPending: pending ?? false,
    joinedAt: readDate(joinedAt),
    nick: nick ?? null,
    name: user.global_name ?? user.username,
  };
}

function readDate(text: string | null | undefined): Date | null {
  const date = new Date(text ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}
