import { AppError } from '../errors.ts';
import type { OAuthGuild } from './access.ts';
import type { DiscordOAuth } from './discord-oauth.ts';
import type { TokenRefresh } from './token-refresh.ts';

/**
 * The guilds of a Discord user by his own stored token; null: there is none that works, or he did not agree to
 * `guilds`. AppError discord_unavailable: what is not known is not nothing.
 */
export function createOAuthGuilds({
  tokens,
  oauth,
}: {
  tokens: Pick<TokenRefresh, 'accessTokenOf'>;
  oauth: Pick<DiscordOAuth, 'guildsOf'>;
}): (discordId: string) => Promise<OAuthGuild[] | null> {
  return async (discordId) => {
    const answer = await tokens.accessTokenOf(discordId, 'guilds');
    if (answer.result === 'token') return oauth.guildsOf(answer.accessToken);
    if (answer.result !== 'unavailable') return null;
    throw new AppError('discord_unavailable', "Discord doesn't answer at the moment. Wait a minute, then try again.");
  };
}
