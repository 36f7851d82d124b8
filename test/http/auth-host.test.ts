import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { authorizationsOf } from '../../sandbox/oauth/authorizations.ts';
import { codeOf, startApi } from '../support/api-world.ts';
import { AUDIENCE, HOST_SECRET, ISSUER, secretToken, startHost } from '../support/host-application.ts';
import { at, until } from '../support/local-discord.ts';

const path = 'POST /api/discord/auth/link';
const someoneElse = '00000000-0000-4000-8000-000000000000';
const linked = z.object({ user_id: z.string() });
const hostSettings = { HOST_JWT_ISSUER: ISSUER, HOST_JWT_AUDIENCE: AUDIENCE };

/** A bot with a host application, whose backend has tokens of Discord's. */
async function startWorld(env: Record<string, string> = { HOST_JWT_SECRET: HOST_SECRET, ...hostSettings }) {
  const api = await startApi({ env: (local) => ({ OPERATOR_IDS: local.owner.id, ...env }) });
  const { world } = api.local.discord;
  const issue = (userId: string, scopes = ['identify', 'guilds'], applicationId = api.local.application.id) => {
    const { access, refreshToken } = authorizationsOf(world).issue(applicationId, userId, scopes);
    return { access_token: access.token, refresh_token: refreshToken };
  };
  const backend = await secretToken({ sub: 'backend', scope: 'rolewright:operator' });
  return { ...api, world, issue, backend, anna: at(api.local.members, 0).id, ben: at(api.local.members, 1).id };
}

describe('the host application over HTTP', () => {
  it('lets its users in as accounts of their own', async () => {
    const { send } = await startWorld();
    const first = await send('GET /api/me', { as: await secretToken({ sub: 'anna@host' }) });
    expect(first.body).toMatchObject({ external_id: 'anna@host', is_operator: false, discord_users: [] });
    const again = await send('GET /api/me', { as: await secretToken({ sub: 'anna@host' }) });
    expect(again.body).toEqual(first.body);
    const expired = await secretToken({ exp: Math.floor(Date.now() / 1000) - 60 });
    expect(codeOf(await send('GET /api/me', { as: expired }))).toBe('unauthenticated');
    expect((await send('GET /api/me', { cookie: await secretToken() })).status).toBe(401);
  });

  it('are told why a token of theirs is refused, and so is the log; without any of it', async () => {
    const { send, bot } = await startWorld();
    const token = await secretToken({ aud: 'zebra' });
    const answer = await send('GET /api/me', { as: token });
    const detail = expect.stringContaining('claim aud is not the one that is accepted here');
    expect([answer.status, answer.body]).toEqual([401, expect.objectContaining({ code: 'unauthenticated', detail })]);
    expect(answer.text).not.toContain('Log in again');
    expect(answer.headers.get('www-authenticate')).toMatch(
      /^Bearer realm="rolewright", error="invalid_token", error_description="This token is for [^"\\]+"$/,
    );
    const told = bot.log.filter((line) => line.includes('claim aud'));
    expect(told).toHaveLength(1);
    expect(bot.log.join()).not.toMatch(new RegExp(`zebra|${token}`));
    const nobody = await send('GET /api/me');
    expect(nobody.headers.get('www-authenticate')).toBe('Bearer realm="rolewright"');
  });

  it('makes operators', async () => {
    const { send, backend } = await startWorld();
    expect((await send('GET /api/discord/users', { as: backend })).status).toBe(200);
    expect(codeOf(await send('GET /api/discord/users', { as: await secretToken() }))).toBe('forbidden');
  });

  it('is said to be out of reach while its keys are: nobody is taken for nobody', async () => {
    const host = await startHost();
    const { send } = await startWorld({ HOST_JWKS_URL: host.jwksUrl, ...hostSettings });
    host.answer.status = 500;
    for (const line of ['GET /api/me', 'GET /api/discord/auth/status']) {
      const refused = await send(line, { as: await host.token() });
      expect([refused.status, codeOf(refused)]).toEqual([503, 'host_unavailable']);
    }
    host.answer.status = 200;
    expect((await send('GET /api/me', { as: await host.token() })).status).toBe(200);
    expect((await send('GET /api/me', { as: await secretToken() })).status).toBe(401);
  });

  it('keeps its own way to an account open, whichever Discord user is unlinked', async () => {
    const { send, issue, backend, anna, login } = await startWorld();
    const tied = { external_id: 'anna@host', ...issue(anna) };
    expect((await send(path, { as: backend, body: tied })).status).toBe(201);
    const [session, token] = [await login(anna), await secretToken({ sub: 'anna@host' })];
    expect((await send(`DELETE /api/discord/auth/unlink/${anna}`, { as: token })).status).toBe(204);
    expect(codeOf(await send('GET /api/me', { as: session }))).toBe('unauthenticated');
    expect((await send('GET /api/me', { as: token })).body).toMatchObject({ external_id: 'anna@host' });
    // Nor does it come back to whom the host has not said that it is his.
    const { user_id } = linked.parse((await send('GET /api/me', { as: token })).body);
    expect(linked.parse((await send('GET /api/me', { as: await login(anna) })).body).user_id).not.toBe(user_id);
  });

  it('logs its users out itself', async () => {
    const { send } = await startWorld();
    expect(codeOf(await send('POST /api/auth/logout', { as: await secretToken() }))).toBe('forbidden');
  });
});

describe("a link by the host application's backend", () => {
  it('ties the Discord user of the token to the account that the host names, and syncs him', async () => {
    const { send, backend, issue, anna, bot } = await startWorld();
    const answer = await send(path, { as: backend, body: { external_id: 'anna@host', ...issue(anna) } });
    expect(answer.status).toBe(201);
    const link = await bot.app.links.find(anna);
    expect(answer.body).toMatchObject({ user_id: link?.accountId, discord_user: { discord_id: anna } });
    expect(answer.headers.get('location')).toBe(`/api/discord/users/${link?.accountId}`);
    const own = await send('GET /api/me', { as: await secretToken({ sub: 'anna@host' }) });
    expect(own.body).toMatchObject({ user_id: link?.accountId, discord_users: [{ discord_id: anna }] });
    await until(() => bot.log.some((line) => line.includes('the host application linked')));
    expect(bot.log.join()).not.toContain('access_token');
  });

  it('gives an account another Discord user, by its own id, and fresh tokens the second time', async () => {
    const { send, backend, issue, anna, ben, link } = await startWorld();
    const userId = await link(anna);
    expect((await send(path, { as: backend, body: { user_id: userId, ...issue(ben) } })).status).toBe(201);
    const again = await send(path, { as: backend, body: { user_id: userId, ...issue(ben) } });
    expect([again.status, linked.parse(again.body).user_id]).toEqual([200, userId]);
  });

  it('is refused to everybody else, whatever he sends: he could tie another’s Discord user to himself', async () => {
    const { send, login, issue, anna, ben, ownerId, bot } = await startWorld();
    const body = { external_id: 'mallory@host', ...issue(ben) };
    const callers = [
      await login(anna),
      await login(ownerId),
      await secretToken(),
      await secretToken({ scope: 'operator' }),
    ];
    for (const as of callers) {
      for (const sent of [
        body,
        { access_token: body.access_token },
        { user_id: someoneElse },
        { refresh_token: 'x' },
      ]) {
        expect(codeOf(await send(path, { as, body: sent }))).toBe('forbidden');
      }
    }
    expect(codeOf(await send(path, { body }))).toBe('unauthenticated');
    expect(await bot.app.links.find(ben)).toBeNull();
  });

  it.each([
    { name: 'was given to another application', other: true, scopes: ['identify'] },
    { name: 'does not tell whose it is', other: false, scopes: ['guilds'] },
  ])('is refused with a token that $name', async ({ other, scopes }) => {
    const { send, backend, issue, anna, bot, world } = await startWorld();
    const applicationId = other ? world.addApplication({}).id : undefined;
    const body = { external_id: 'anna@host', ...issue(anna, scopes, applicationId) };
    expect(codeOf(await send(path, { as: backend, body }))).toBe('token_refused');
    expect(await bot.app.links.find(anna)).toBeNull();
    const all = await send('GET /api/discord/users', { as: backend });
    expect(all.text).not.toContain('anna@host');
  });

  it.each(['no-token-of-discords', 'x'])('is refused with %j', async (accessToken) => {
    const { send, backend } = await startWorld();
    const body = { external_id: 'anna@host', access_token: accessToken };
    expect(codeOf(await send(path, { as: backend, body }))).toBe('token_refused');
  });

  it('is refused where the Discord user belongs to another account, and changes nothing', async () => {
    const { send, backend, issue, anna, ben, link, bot } = await startWorld();
    const [annasId, bensId] = [await link(anna), await link(ben)];
    for (const whom of [{ user_id: bensId }, { external_id: 'new@host' }]) {
      expect(codeOf(await send(path, { as: backend, body: { ...whom, ...issue(anna) } }))).toBe('account_conflict');
    }
    expect((await bot.app.links.find(anna))?.accountId).toBe(annasId);
    expect((await send('GET /api/discord/users', { as: backend })).text).not.toContain('new@host');
  });

  it('says what is missing, or wrong', async () => {
    const { send, backend, issue, anna, local } = await startWorld();
    const { access_token: accessToken } = issue(anna);
    const wrong = [
      { external_id: 'anna@host' },
      { access_token: accessToken },
      { external_id: 'anna@host', user_id: someoneElse, access_token: accessToken },
      { external_id: 'anna@host', access_token: 'two words' },
      { external_id: 'anna@host', access_token: 'a\r\nX-Injected: 1' },
      { external_id: '', access_token: accessToken },
      { user_id: 'anna', access_token: accessToken },
      { external_id: 'anna@host', access_token: accessToken, admin: true },
    ];
    for (const body of wrong) expect((await send(path, { as: backend, body })).status).toBe(422);
    const unknown = { user_id: someoneElse, access_token: accessToken };
    expect(codeOf(await send(path, { as: backend, body: unknown }))).toBe('user_not_found');
    local.discord.faults.rest({ when: () => true, fault: { kind: 'status', status: 500 } });
    const body = { external_id: 'anna@host', access_token: accessToken };
    expect(codeOf(await send(path, { as: backend, body }))).toBe('discord_unavailable');
  });

  it('ties one Discord user to one account, however many are asked for at the same moment', async () => {
    const { send, backend, issue, anna } = await startWorld();
    const tokens = issue(anna);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        send(path, { as: backend, body: { external_id: `user-${index}`, ...tokens } }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(29);
  });
});
