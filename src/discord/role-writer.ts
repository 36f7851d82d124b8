import { DiscordAPIError, HTTPError } from '@discordjs/rest';
import { RESTJSONErrorCodes, Routes } from 'discord-api-types/v10';
import type { RoleWriter, WriteAnswer } from '../sync/ports.ts';
import { isPassing, TokenRefusedError, type DiscordRest } from './rest.ts';

/** Writes members over REST: PUT and DELETE for one role, PATCH for the whole set and the nickname. */
export function createRoleWriter(rest: Pick<DiscordRest, 'put' | 'patch' | 'delete'>): RoleWriter {
  return {
    addRole: (guildId, discordId, roleId, reason) =>
      answer(rest.put(Routes.guildMemberRole(guildId, discordId, roleId), { reason })),
    removeRole: (guildId, discordId, roleId, reason) =>
      answer(rest.delete(Routes.guildMemberRole(guildId, discordId, roleId), { reason })),
    editMember: (guildId, discordId, { roleIds, nick }, reason) =>
      answer(rest.patch(Routes.guildMember(guildId, discordId), { body: { roles: roleIds, nick }, reason })),
  };
}

async function answer(call: Promise<unknown>): Promise<WriteAnswer> {
  try {
    await call;
    return { outcome: 'applied' };
  } catch (error) {
    return refusal(error);
  }
}

/** Discord's refusals, each for what it is (codes: Discord docs, topics/opcodes-and-status-codes). */
function refusal(error: unknown): WriteAnswer {
  if (!(error instanceof Error)) return { outcome: 'failed', detail: String(error), isPassing: false };
  // An API error's message is Discord's own; other errors carry nothing of the request but the host.
  const detail = error instanceof HTTPError ? `Discord answered ${error.status}` : error.message;
  if (error instanceof TokenRefusedError) return { outcome: 'unauthorized', detail };
  if (error instanceof DiscordAPIError) {
    if (error.status === 401) return { outcome: 'unauthorized', detail };
    switch (error.code) {
      case RESTJSONErrorCodes.UnknownMember:
      case RESTJSONErrorCodes.UnknownUser:
        return { outcome: 'member_left', detail };
      case RESTJSONErrorCodes.UnknownGuild:
      case RESTJSONErrorCodes.MissingAccess:
        return { outcome: 'guild_gone', detail };
      case RESTJSONErrorCodes.UnknownRole:
        return { outcome: 'role_gone', detail };
      case RESTJSONErrorCodes.MissingPermissions:
        return { outcome: 'forbidden', detail };
    }
  }
  return { outcome: 'failed', detail, isPassing: isPassing(error) };
}
