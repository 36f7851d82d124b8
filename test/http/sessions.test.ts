import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { codeOf, startApi, type Sent } from '../support/api-world.ts';
import { createBrowser, type Browser } from '../support/browser.ts';
import { at, until } from '../support/local-discord.ts';

const started = z.object({ auth_url: z.string() });

/** Mallory's Discord user has come to be linked to Ada's account. */
async function startShared({ now = () => new Date() } = {}) {
  const api = await startApi({ now, env: (local) => ({ OPERATOR_IDS: local.owner.id }) });
  const [ada, mallory] = [at(api.local.members, 0).id, at(api.local.members, 1).id];
  const browser = createBrowser(api);
  await browser.logIn(ada);
  await linkIn(browser, mallory);
  const asMallory = createBrowser(api);
  await asMallory.logIn(mallory);
  const accountId = await api.link(ada);
  expect(await api.link(mallory)).toBe(accountId);
  return { ...api, ada, mallory, browser, asMallory, accountId };
}

const askIn = async (browser: Browser, line: string): Promise<Response> => {
  const [method = 'GET', path = ''] = line.split(' ');
  return browser.send(path, { method, headers: { accept: 'application/json' } });
};

/** The way to Discord, to link another Discord user to the account that is logged in there. */
async function beginLink(browser: Browser): Promise<string> {
  return started.parse(await (await askIn(browser, 'POST /api/discord/auth/link')).json()).auth_url;
}

async function linkIn(browser: Browser, discordId: string): Promise<Response> {
  return browser.send(await browser.consent(await beginLink(browser), discordId));
}

const statusIn = async (browser: Browser) => (await askIn(browser, 'GET /api/me')).status;

describe('a session', () => {
  it('is over as soon as the Discord user that it began with is unlinked, and no other is', async () => {
    const { browser, asMallory, mallory, bot, ada } = await startShared();
    const old = asMallory.cookies.get('session') ?? '';
    for (const one of [browser, asMallory]) expect(await statusIn(one)).toBe(200);
    expect((await askIn(browser, `DELETE /api/discord/auth/unlink/${mallory}`)).status).toBe(204);
    expect(await statusIn(asMallory)).toBe(401);
    expect((await askIn(asMallory, 'GET /api/me/export')).status).toBe(401);
    expect((await askIn(asMallory, 'POST /api/discord/auth/link')).status).toBe(401);
    expect((await askIn(asMallory, `DELETE /api/discord/auth/unlink/${ada}`)).status).toBe(401);
    expect(await statusIn(browser)).toBe(200);
    expect(await bot.app.links.find(ada)).not.toBeNull();

    // Linked again, he has to log in again.
    await linkIn(browser, mallory);
    expect(await bot.sessions.read(old)).toBeNull();
    await asMallory.logIn(mallory);
    expect(await statusIn(asMallory)).toBe(200);
  });

  it.each([
    { name: 'by an operator', unlink: 'over HTTP' },
    { name: 'by himself in Discord', unlink: 'in Discord' },
  ])('is over when its link is ended $name', async ({ unlink }) => {
    const { send, login, asMallory, browser, mallory, bot, ownerId } = await startShared();
    expect(await statusIn(asMallory)).toBe(200);
    if (unlink === 'in Discord') await bot.app.links.unlink(mallory, mallory);
    else await send(`DELETE /api/discord/auth/unlink/${mallory}`, { as: await login(ownerId) });
    expect(await statusIn(asMallory)).toBe(401);
    expect(await statusIn(browser)).toBe(200);
  });

  it('ends itself when its own Discord user is unlinked, and the cookie goes', async () => {
    const { asMallory, mallory, browser } = await startShared();
    const answer = await askIn(asMallory, `DELETE /api/discord/auth/unlink/${mallory}`);
    expect(answer.status).toBe(204);
    expect(asMallory.cookies.has('session')).toBe(false);
    expect(await statusIn(browser)).toBe(200);
  });

  it('stays when another Discord user of the account is unlinked', async () => {
    const { asMallory, ada, browser } = await startShared();
    expect((await askIn(asMallory, `DELETE /api/discord/auth/unlink/${ada}`)).status).toBe(204);
    expect(asMallory.cookies.has('session')).toBe(true);
    expect(await statusIn(asMallory)).toBe(200);
    expect(await statusIn(browser)).toBe(401);
  });
});

describe('a link that is under way', () => {
  it('does not come about when the Discord user whose session began it was unlinked meanwhile', async () => {
    const { asMallory, browser, mallory, bot, accountId } = await startShared();
    const back = await asMallory.consent(await beginLink(asMallory), mallory);
    await askIn(browser, `DELETE /api/discord/auth/unlink/${mallory}`);
    const answer = await asMallory.send(back);
    expect(answer.status).toBe(400);
    expect((await bot.app.links.find(mallory))?.accountId).not.toBe(accountId);
  });

  it('does not come about either when that happens while Discord is asked', async () => {
    const { asMallory, local, mallory, bot, ada } = await startShared();
    const back = await asMallory.consent(await beginLink(asMallory), local.owner.id);
    const fault = { kind: 'latency', ms: 300 } as const;
    local.discord.faults.rest({ when: ({ path }) => path === '/oauth2/token', fault, times: 1 });
    const asked = () => local.discord.requests.all.filter(({ path }) => path === '/oauth2/token').length;
    const before = asked();
    const finishing = asMallory.send(back);
    await until(() => asked() > before);
    await bot.app.links.unlink(mallory, ada);
    expect((await finishing).status).toBe(400);
    expect(await bot.app.links.find(local.owner.id)).toBeNull();
  });

  it('goes on when another browser of the account logs out', async () => {
    const { browser, asMallory, local, bot, accountId } = await startShared();
    const back = await browser.consent(await beginLink(browser), local.owner.id);
    expect((await askIn(asMallory, 'POST /api/auth/logout')).status).toBe(200);
    expect((await browser.send(back)).status).toBe(302);
    expect((await bot.app.links.find(local.owner.id))?.accountId).toBe(accountId);
  });

  it('ends when its own browser logs out', async () => {
    const { browser, local, bot } = await startShared();
    const back = await browser.consent(await beginLink(browser), local.owner.id);
    expect((await askIn(browser, 'POST /api/auth/logout')).status).toBe(200);
    expect((await browser.send(back)).status).toBe(400);
    expect(await bot.app.links.find(local.owner.id)).toBeNull();
  });
});

describe('DELETE /api/me/sessions', () => {
  it('ends every session of the account but the one that asks', async () => {
    const { send, browser, asMallory, login, ada, local } = await startShared();
    const [own, other] = [browser.cookies.get('session') ?? '', await login(ada)];
    const stranger = await login(at(local.members, 2).id);
    const ask: Sent = { cookie: own };
    expect((await send('DELETE /api/me/sessions', ask)).status).toBe(204);
    expect(await statusIn(asMallory)).toBe(401);
    expect(codeOf(await send('GET /api/me', { as: other }))).toBe('unauthenticated');
    for (const as of [own, stranger]) expect((await send('GET /api/me', { as })).status).toBe(200);
  });

  it('ends the one that asked before, when another asks', async () => {
    const clock = { now: new Date() };
    const { send, login, ada } = await startShared({ now: () => clock.now });
    const first = await login(ada);
    expect((await send('DELETE /api/me/sessions', { as: first })).status).toBe(204);
    clock.now = new Date(clock.now.getTime() + 1);
    const second = await login(ada);
    expect((await send('DELETE /api/me/sessions', { as: second })).status).toBe(204);
    expect(codeOf(await send('GET /api/me', { as: first }))).toBe('unauthenticated');
    expect((await send('GET /api/me', { as: second })).status).toBe(200);
  });

  it('is overruled by an operator who ends all of them', async () => {
    const { send, login, ada, ownerId, accountId } = await startShared();
    const own = await login(ada);
    expect((await send('DELETE /api/me/sessions', { as: own })).status).toBe(204);
    const boss = await login(ownerId);
    expect((await send(`DELETE /api/discord/users/${accountId}/sessions`, { as: boss })).status).toBe(204);
    expect(codeOf(await send('GET /api/me', { as: own }))).toBe('unauthenticated');
  });

  it('ends the links that the others have begun, and not its own', async () => {
    const { browser, asMallory, local, send, bot, accountId } = await startShared();
    const [mine, theirs] = [await beginLink(browser), await beginLink(asMallory)];
    await send('DELETE /api/me/sessions', { cookie: browser.cookies.get('session') ?? '' });
    const someone = at(local.members, 2).id;
    expect((await asMallory.send(await asMallory.consent(theirs, someone))).status).toBe(400);
    expect(await bot.app.links.find(someone)).toBeNull();
    expect((await browser.send(await browser.consent(mine, someone))).status).toBe(302);
    expect((await bot.app.links.find(someone))?.accountId).toBe(accountId);
  });
});
