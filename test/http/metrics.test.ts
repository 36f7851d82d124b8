import { describe, expect, it, vi } from 'vitest';
import { codeOf, startApi } from '../support/api-world.ts';
import { send as respond, startGroupsHost } from '../support/groups-host.ts';
import { at } from '../support/local-discord.ts';
import { startWithPilots } from '../support/pilots.ts';

const token = 'a-token-for-the-scraper';

describe('GET /metrics', () => {
  it('tells what happened, in the text format of Prometheus', async () => {
    const { send, guildId } = await startApi();
    await send('GET /livez');
    await send(`GET /api/discord/guilds/${guildId}/role-mappings`);
    await send('GET /nowhere');
    const { status, headers, text } = await send('GET /metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    for (const line of [
      'rolewright_http_request_seconds_count{operation="isAlive",method="GET",status="200"} 1',
      'rolewright_http_request_seconds_count{operation="listRoleMappings",method="GET",status="401"} 1',
      'rolewright_http_request_seconds_count{operation="none",method="GET",status="404"} 1',
      'rolewright_discord_requests_total{method="GET",route="/gateway/bot",status="200"}',
      'rolewright_gateway_up 1',
      'rolewright_sync_queue_depth{lane="interactive"} 0',
      'rolewright_db_seconds_count{store="guilds"}',
    ]) {
      expect(text).toContain(line);
    }
  });

  it('counts links that came about, and those that did not, by what they were for', async () => {
    const { send, bot, ownerId, login } = await startApi();
    await login(ownerId);
    await send('GET /api/discord/auth/callback?state=nothing&code=nothing');
    const { url } = await bot.app.links.startFromDiscord(ownerId);
    const opened = await send(`GET ${new URL(url).pathname}`);
    const state = new URL(opened.headers.get('location') ?? '').searchParams.get('state') ?? '';
    const [cookie = ''] = (opened.headers.get('set-cookie') ?? '').split(';');
    await send(`GET /api/discord/auth/callback?state=${state}&error=access_denied`, { headers: { cookie } });
    const { text } = await send('GET /metrics');
    for (const line of [
      'rolewright_oauth_total{purpose="link_from_discord",code="ok"} 1',
      'rolewright_oauth_total{purpose="unknown",code="link_expired"} 1',
      'rolewright_oauth_total{purpose="link_from_discord",code="link_denied"} 1',
    ]) {
      expect(text).toContain(line);
    }
  });

  it('tells with the status that the source of groups does not answer, until it does again', async () => {
    const host = await startGroupsHost();
    host.instead = (_request, response) => respond(response, 503, {});
    const { send, bot, discordIds } = await startWithPilots(1, {
      groupId: 'http:pilots',
      env: { GROUPS_URL: host.url },
    });
    const ask = () => bot.app.sync.everywhere(at(discordIds, 0), { trigger: 'push', actor: null });
    const told = async () => [
      (await send('GET /api/discord/status')).body,
      /^rolewright_groups_source_up .*$/m.exec((await send('GET /metrics')).text)?.[0],
    ];
    const up = [expect.objectContaining({ status: 'healthy' }), 'rolewright_groups_source_up 1'];
    await ask();
    const message = expect.stringContaining('The source of groups does not answer');
    const degraded = expect.objectContaining({ status: 'degraded', message, discord_api_healthy: true });
    expect(await told()).toEqual([degraded, 'rolewright_groups_source_up 0']);
    expect((await send('GET /readyz')).status).toBe(200);
    host.instead = null;
    await vi.waitFor(async () => {
      await ask();
      expect(await told()).toEqual(up);
    }, 5_000);
  });

  it('has no id of anybody or anything in a label', async () => {
    const { send, ownerId, login } = await startApi();
    await login(ownerId);
    expect((await send('GET /metrics')).text).not.toMatch(/="[^"]*\d{17,20}[^"]*"/);
  });

  it.each([
    { name: 'nobody', headers: {} },
    { name: 'another token', headers: { authorization: `Bearer ${token}x` } },
    { name: 'the token in another scheme', headers: { authorization: `Basic ${token}` } },
  ])('answers $name with 401 when METRICS_TOKEN is set', async ({ headers }) => {
    const { send } = await startApi({ env: { METRICS_TOKEN: token } });
    expect(codeOf(await send('GET /metrics', { headers }))).toBe('unauthenticated');
  });

  it('opens with METRICS_TOKEN, which opens nothing else', async () => {
    const { send, guildId } = await startApi({ env: { METRICS_TOKEN: token } });
    expect((await send('GET /metrics', { as: token })).status).toBe(200);
    const path = `/api/discord/guilds/${guildId}/role-mappings`;
    expect(codeOf(await send(`GET ${path}`, { as: token }))).toBe('unauthenticated');
  });
});
