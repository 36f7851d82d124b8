import type { DiscordOAuth } from '../identity/discord-oauth.ts';
import type { Metrics } from './metrics.ts';

/** The same OAuth2, counting what became of refreshes. */
export function observeOAuth(oauth: DiscordOAuth, metrics: Pick<Metrics, 'oauthEnded'>): DiscordOAuth {
  return {
    ...oauth,
    async refresh(refreshToken) {
      const answer = await oauth.refresh(refreshToken);
      metrics.oauthEnded('refresh', answer.result === 'refreshed' ? 'ok' : answer.result);
      return answer;
    },
  };
}
