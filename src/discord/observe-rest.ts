import type { REST } from '@discordjs/rest';
import { routeTemplate } from './route-template.ts';

/** Hears of every request to Discord. Never throws. */
export interface DiscordObserver {
  /** @param status null: there was no answer */
  answered(request: { method: string; route: string }, status: number | null): void;
  refused(scope: string): void;
  /** Something waits so long for a rate limit. */
  waits(scope: string, ms: number): void;
}

/** Tells of every request that this client sends, the refused ones as well, and of its waits for rate limits. */
export function observeRest(rest: REST, observer: DiscordObserver): void {
  const { makeRequest } = rest.options;
  rest.options.makeRequest = async (url, init) => {
    const request = { method: init.method ?? 'GET', route: routeTemplate(url) };
    try {
      const answer = await makeRequest(url, init);
      observer.answered(request, answer.status);
      if (answer.status === 429) {
        const scope = scopeIn(answer.headers);
        observer.refused(scope);
        observer.waits(scope, Number(answer.headers.get('Retry-After') ?? 0) * 1000);
      }
      return answer;
    } catch (error) {
      observer.answered(request, null);
      throw error;
    }
  };
  rest.on('rateLimited', ({ scope, timeToReset }) => observer.waits(scope, timeToReset));
}

/** `user`, `shared` or `global`, as Discord tells it. */
function scopeIn(headers: { get(name: string): string | null; has(name: string): boolean }): string {
  const scope = headers.get('X-RateLimit-Scope');
  if (scope === 'global' || headers.has('X-RateLimit-Global')) return 'global';
  return scope === 'shared' ? 'shared' : 'user';
}
