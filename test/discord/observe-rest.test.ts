import { describe, expect, it } from 'vitest';
import { createRest } from '../../src/discord/rest.ts';
import { routeTemplate } from '../../src/discord/route-template.ts';
import { at, startGuild } from '../support/local-discord.ts';

function recorder() {
  const answers: string[] = [];
  const refusals: string[] = [];
  const waits: { scope: string; ms: number }[] = [];
  return {
    answers,
    refusals,
    held: waits,
    answered: ({ method, route }: { method: string; route: string }, status: number | null) =>
      void answers.push(`${method} ${route} ${status}`),
    refused: (scope: string) => void refusals.push(scope),
    waits: (scope: string, ms: number) => void waits.push({ scope, ms }),
  };
}

describe('requests to Discord', () => {
  it('are told by their route, without ids', async () => {
    const local = await startGuild();
    const observer = recorder();
    const rest = createRest({ apiUrl: local.discord.apiUrl, botToken: local.token }, { observer });
    await rest.put(`/guilds/${local.guild.id}/members/${at(local.members, 0).id}/roles/${at(local.roles, 1).id}`);
    await rest.get('/guilds/100000000000000009').catch(() => undefined);
    expect(observer.answers).toEqual(['PUT /guilds/:id/members/:id/roles/:id 204', 'GET /guilds/:id 404']);
  });

  it.each(['user', 'shared', 'global'] as const)('tell of a refusal for a rate limit: %s', async (scope) => {
    const local = await startGuild();
    const observer = recorder();
    const rest = createRest({ apiUrl: local.discord.apiUrl, botToken: local.token }, { observer });
    local.discord.faults.rest({ times: 1, fault: { kind: 'rate_limit', scope, retryAfterMs: 20 } });
    await rest.get('/gateway/bot');
    expect(observer.answers).toEqual(['GET /gateway/bot 429', 'GET /gateway/bot 200']);
    expect(observer.refusals).toEqual([scope]);
    expect(observer.held[0]?.scope).toBe(scope);
    expect(observer.held[0]?.ms).toBeGreaterThan(0);
  });

  it('are told too when no answer comes', async () => {
    const local = await startGuild();
    const observer = recorder();
    const rest = createRest({ apiUrl: local.discord.apiUrl, botToken: local.token }, { observer });
    local.discord.faults.rest({ times: 1, fault: { kind: 'drop', when: 'before' } });
    await rest.get('/gateway/bot').catch(() => undefined);
    expect(observer.answers[0]).toBe('GET /gateway/bot null');
  });
});

describe('the route of a request', () => {
  it.each([
    ['https://discord.com/api/v10/guilds/175928847299117063?with_counts=true', '/guilds/:id'],
    [
      'https://discord.com/api/v10/interactions/175928847299117063/aW50ZXJhY3Rpb24/callback',
      '/interactions/:id/:token/callback',
    ],
    [
      'https://discord.com/api/v10/webhooks/175928847299117063/abcDEF-123/messages/@original',
      '/webhooks/:id/:token/messages/@original',
    ],
    ['https://discord.com/api/v10/guilds/175928847299117063/audit-logs', '/guilds/:id/audit-logs'],
    ['https://discord.com/api/v10/users/@me', '/users/@me'],
    ['/oauth2/token/revoke', '/oauth2/token/revoke'],
  ])('of %s is %s', (url, template) => {
    expect(routeTemplate(url)).toBe(template);
  });
});
