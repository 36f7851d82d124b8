import { DiscordAPIError, HTTPError } from '@discordjs/rest';
import { RESTJSONErrorCodes, Routes } from 'discord-api-types/v10';
import type { Member } from '../core/guild.ts';
import type { AccessAnswer } from '../identity/token-refresh.ts';
import { readMember } from './member.ts';
import { isPassing, type DiscordRest } from './rest.ts';

/** Why somebody was not brought in. */
type JoinRefusal =
  /** He is not linked, did not agree to `guilds.join`, or has to link again. */
  | 'not_linked'
  | 'scope_missing'
  | 'needs_relink'
  /** Discord does not take his token: he took the consent back. */
  | 'token_refused'
  | 'banned'
  | 'too_many_guilds'
  | 'user_gone'
  /** The bot lacks Create Invite, or may not give one of the roles or the nickname. */
  | 'forbidden'
  | 'role_gone'
  | 'guild_gone'
  | 'failed';

/** `isPassing`: the same call may work in a moment. */
export type JoinAnswer =
  /** He came in, with the roles and the nickname; `member` is what Discord shows. */
  | { outcome: 'joined'; member: Member }
  /** He was in before: neither roles nor nickname were changed. */
  | { outcome: 'already_member' }
  | { outcome: JoinRefusal; detail: string; isPassing: boolean };

export interface GuildJoiner {
  /**
   * Brings a linked Discord user into a guild, with these roles in the one call. Discord refuses the whole call for one
   * role or nickname that the bot may not write. Never throws for what Discord answered.
   */
  join(
    guildId: string,
    discordId: string,
    wish: { roleIds: readonly string[]; nick: string | null; reason: string },
  ): Promise<JoinAnswer>;
}

/** Auto-join over OAuth2's scope `guilds.join`. */
export function createGuildJoiner({
  rest,
  accessTokenOf,
}: {
  rest: Pick<DiscordRest, 'put'>;
  accessTokenOf(discordId: string, scope: string): Promise<AccessAnswer>;
}): GuildJoiner {
  return {
    async join(guildId, discordId, { roleIds, nick, reason }) {
      const access = await accessTokenOf(discordId, 'guilds.join');
      if (access.result !== 'token') return withoutToken(access.result);
      const body = {
        access_token: access.accessToken,
        ...(roleIds.length > 0 && { roles: roleIds }),
        ...(nick !== null && { nick }),
      };
      try {
        const answer = await rest.put(Routes.guildMember(guildId, discordId), { body, reason });
        // 204 has no body.
        if (answer instanceof ArrayBuffer) return { outcome: 'already_member' };
        return { outcome: 'joined', member: readMember(answer) };
      } catch (error) {
        return refusal(error);
      }
    },
  };
}

function withoutToken(why: Exclude<AccessAnswer['result'], 'token'>): JoinAnswer {
  if (why === 'unavailable') return { outcome: 'failed', detail: 'no access token at the moment', isPassing: true };
  return { outcome: why, detail: NO_TOKEN[why], isPassing: false };
}

const NO_TOKEN = {
  not_linked: 'the Discord user is not linked',
  scope_missing: 'the link was made without the scope guilds.join',
  needs_relink: 'Discord no longer takes the tokens of the link',
};

const REFUSALS = new Map<number | string, JoinRefusal>([
  [RESTJSONErrorCodes.UserBannedFromThisGuild, 'banned'],
  [RESTJSONErrorCodes.InvalidOAuth2AccessToken, 'token_refused'],
  [RESTJSONErrorCodes.MaximumNumberOfGuildsReached, 'too_many_guilds'],
  [RESTJSONErrorCodes.UnknownUser, 'user_gone'],
  [RESTJSONErrorCodes.MissingPermissions, 'forbidden'],
  [RESTJSONErrorCodes.UnknownRole, 'role_gone'],
  [RESTJSONErrorCodes.UnknownGuild, 'guild_gone'],
  [RESTJSONErrorCodes.MissingAccess, 'guild_gone'],
]);

/** The error itself holds the request with the token in it, so only Discord's own words go on. */
function refusal(error: unknown): JoinAnswer {
  if (error instanceof DiscordAPIError) {
    const outcome = REFUSALS.get(error.code) ?? 'failed';
    return { outcome, detail: error.message, isPassing: isPassing(error) };
  }
  const name = error instanceof Error ? error.name : 'no error';
  const detail = error instanceof HTTPError ? `Discord answered ${error.status}` : `the call broke off (${name})`;
  return { outcome: 'failed', detail, isPassing: isPassing(error) };
}
