import { generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createCallers } from '../../src/identity/callers.ts';
import { createHostTokens } from '../../src/identity/host-tokens.ts';
import { createSessions, isSessionToken } from '../../src/identity/sessions.ts';
import { AUDIENCE, claimsOf, forged, HOST_SECRET, ISSUER, secretToken } from '../support/host-application.ts';
import { after, noon, openStores } from '../support/stores.ts';

const SECRET = 'a secret of at least thirty-two characters';
const OWN = { issuer: 'http://localhost:3000', audience: 'rolewright:session', typ: 'rolewright-session+jwt' };

const anna = { accountId: 'anna', discordId: '200000000000000001', linkedAt: noon };

async function startWorld() {
  const stores = await openStores();
  await stores.link('anna', '200000000000000001');
  const clock = { now: new Date() };
  let ids = 0;
  const newId = () => `id-${(ids += 1)}`;
  const now = () => clock.now;
  const sessions = createSessions({ store: stores.sessions, jwtSecret: SECRET, issuer: OWN.issuer, now, newId });
  const host = { jwksUrl: null, jwtSecret: HOST_SECRET, issuer: ISSUER, audience: AUDIENCE };
  const hostTokens = createHostTokens(host, { now });
  const callers = createCallers({
    sessions,
    hostTokens,
    links: stores.links,
    operatorIds: ['200000000000000009'],
    now,
    newId,
  });
  const { token } = await sessions.start(anna);
  return {
    ...stores,
    store: stores.sessions,
    clock,
    sessions,
    callers,
    token,
    bearer: (text: string) => callers.of({ bearer: text, cookie: null }),
  };
}

/** A token that is a session in every respect but what is said. */
function almost({
  typ = OWN.typ,
  alg = 'HS256',
  secret = SECRET,
  ...claims
}: { typ?: string; alg?: string; secret?: string } & Record<string, unknown>) {
  const seconds = Math.floor(Date.now() / 1000);
  const own = { iss: OWN.issuer, aud: OWN.audience, sub: 'anna', jti: 'j', iat: seconds, exp: seconds + 60 };
  const login = { discord_id: anna.discordId, linked_ms: noon.getTime() };
  return new SignJWT({ ...own, ...login, ...claims })
    .setProtectedHeader({ alg, typ })
    .sign(new TextEncoder().encode(secret));
}

const minutes = (count: number) => Math.floor(Date.now() / 1000) + count * 60;

describe('a session', () => {
  it('is told by its token', async () => {
    const { sessions, token, bearer } = await startWorld();
    expect(await sessions.read(token)).toMatchObject({ accountId: 'anna' });
    expect(await bearer(token)).toMatchObject({
      accountId: 'anna',
      discordIds: ['200000000000000001'],
      isOperator: false,
    });
    expect(await bearer(await almost({}))).toMatchObject({ accountId: 'anna' });
  });

  it.each([
    { name: 'of another secret', how: { secret: 'another secret of thirty-two characters!' } },
    { name: 'of another algorithm', how: { alg: 'HS512' } },
    { name: 'of another Rolewright', how: { iss: 'https://other.example' } },
    { name: 'of nobody', how: { iss: undefined } },
    { name: 'for something else', how: { aud: 'rolewright:state' } },
    { name: 'of another type', how: { typ: 'JWT' } },
    { name: 'of a type of the host', how: { typ: 'at+jwt' } },
    { name: 'about nobody', how: { sub: undefined } },
    { name: 'about somebody unknown', how: { sub: 'mallory' } },
    { name: 'without the Discord user that it began with', how: { discord_id: undefined } },
    { name: 'of a Discord user of somebody else', how: { discord_id: '200000000000000009' } },
    { name: 'that does not say which link it began with', how: { linked_ms: undefined } },
    { name: 'of an earlier link', how: { linked_ms: noon.getTime() - 1 } },
    { name: 'without an id', how: { jti: undefined } },
    { name: 'without a beginning', how: { iat: undefined } },
    { name: 'without an end', how: { exp: undefined } },
    { name: 'that is over', how: { exp: minutes(-1) } },
    { name: 'that does not hold yet', how: { nbf: minutes(1) } },
    { name: 'that is huge', how: { fill: 'x'.repeat(4000) } },
  ])('is not a token $name', async ({ how }) => {
    const { sessions, callers, bearer } = await startWorld();
    const token = await almost(how);
    expect(await sessions.read(token)).toBeNull();
    expect(await callers.of({ bearer: null, cookie: token })).toBeNull();
    await expect(bearer(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('is not one without a signature, or with a key of its own', async () => {
    const { sessions, bearer } = await startWorld();
    const own = { iss: OWN.issuer, aud: OWN.audience, sub: 'anna', jti: 'j' };
    const { privateKey } = await generateKeyPair('ES256');
    const signed = new SignJWT({ ...claimsOf(own) })
      .setProtectedHeader({ alg: 'ES256', typ: OWN.typ })
      .sign(privateKey);
    for (const token of [forged({ alg: 'none', typ: OWN.typ }, own), await signed, '', 'x', 'a.b.c']) {
      expect(await sessions.read(token)).toBeNull();
      await expect(bearer(token)).rejects.toMatchObject({ code: 'unauthenticated' });
    }
  });

  it('says which of the account’s Discord users acts', async () => {
    const { links, sessions, bearer } = await startWorld();
    const discordUser = { id: '200000000000000002', username: 'annas-other', globalName: null };
    const linked = await links.link({ discordUser, accountId: 'anna', tokens: null, newAccountId: 'x', now: after(1) });
    if (linked.result !== 'linked') throw new Error(linked.result);
    const { token } = await sessions.start(linked.link);
    expect(await bearer(token)).toMatchObject({
      actor: '200000000000000002',
      discordIds: ['200000000000000001', '200000000000000002'],
    });
  });

  it('is over when its link is, also when the same is linked again', async () => {
    const { links, sessions, token, bearer, link } = await startWorld();
    await links.unlink(anna.discordId, noon);
    await expect(bearer(token)).rejects.toMatchObject({ code: 'unauthenticated' });
    await link('bob', anna.discordId);
    await expect(bearer(token)).rejects.toMatchObject({ code: 'unauthenticated' });
    await links.unlink(anna.discordId, noon);
    const discordUser = { id: anna.discordId, username: 'anna', globalName: null };
    await links.link({ discordUser, accountId: 'anna', tokens: null, newAccountId: 'x', now: after(60) });
    expect(await sessions.read(token)).toBeNull();
  });

  it('is over once it was ended, and only that one', async () => {
    const { sessions, token, bearer } = await startWorld();
    const other = await sessions.start(anna);
    const session = await sessions.read(token);
    if (!session) throw new Error('there is no session');
    await sessions.end(session);
    await expect(bearer(token)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await bearer(other.token)).toMatchObject({ accountId: 'anna' });
  });

  it('is over once all were ended; one that begins after that is not', async () => {
    const { sessions, token, clock, bearer } = await startWorld();
    clock.now = new Date(clock.now.getTime() + 5);
    expect(await sessions.endAll('anna', null)).toBe(true);
    expect(await sessions.endAll('mallory', null)).toBe(false);
    clock.now = new Date(clock.now.getTime() + 5);
    const fresh = await sessions.start(anna);
    await expect(bearer(token)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await bearer(fresh.token)).toMatchObject({ accountId: 'anna' });
  });

  it('stays over until its token has run out, whatever is purged', async () => {
    const world = await startWorld();
    const session = await world.sessions.read(world.token);
    if (!session) throw new Error('there is no session');
    await world.sessions.end(session);
    world.clock.now = new Date(session.expiresAt.getTime() - 1000);
    expect(await world.store.purgeExpired(world.clock.now)).toBe(0);
    expect(await world.sessions.read(world.token)).toBeNull();
    expect(await world.store.purgeExpired(session.expiresAt)).toBe(1);
  });
});

describe('a token of one kind', () => {
  it('is not taken in the place of another', async () => {
    const { callers, bearer, token } = await startWorld();
    const host = await secretToken();
    expect(await bearer(host)).toMatchObject({ session: null });
    expect(await callers.of({ bearer: null, cookie: host })).toBeNull();
    // What says to be a session is one or nothing, and the other way round.
    const asSession = new SignJWT(claimsOf({ sub: 'anna' })).setProtectedHeader({ alg: 'HS256', typ: OWN.typ });
    const asHost = new SignJWT(claimsOf({})).setProtectedHeader({ alg: 'HS256', typ: 'JWT' });
    const [hostKey, ownKey] = [HOST_SECRET, SECRET].map((text) => new TextEncoder().encode(text));
    if (!hostKey || !ownKey) throw new Error('there are two keys');
    for (const wrong of [await asSession.sign(hostKey), await asSession.sign(ownKey), await asHost.sign(ownKey)]) {
      await expect(bearer(wrong)).rejects.toMatchObject({ code: 'unauthenticated' });
    }
    expect([isSessionToken(token), isSessionToken(host)]).toEqual([true, false]);
  });

  it('of the host makes an account at first sight, and finds it again', async () => {
    const { bearer, links } = await startWorld();
    const token = await secretToken({ sub: 'new@host' });
    const callers = await Promise.all(Array.from({ length: 20 }, () => bearer(token)));
    expect(new Set(callers.map((caller) => caller?.accountId)).size).toBe(1);
    expect(await links.findByExternalId('new@host')).toMatchObject({ id: callers[0]?.accountId });
  });

  it('makes an operator by scope or by Discord id; only the scope makes it a host', async () => {
    const { bearer, link, sessions } = await startWorld();
    await link('boss', '200000000000000009');
    const { token } = await sessions.start({ accountId: 'boss', discordId: '200000000000000009', linkedAt: noon });
    expect(await bearer(token)).toMatchObject({ isOperator: true, isHostOperator: false });
    const scope = 'rolewright:operator';
    expect(await bearer(await secretToken({ scope }))).toMatchObject({ isOperator: true, isHostOperator: true });
    expect(await bearer(await secretToken())).toMatchObject({ isOperator: false, isHostOperator: false });
  });

  it('of the host means nothing where there is no host application', async () => {
    const { links, sessions } = await startWorld();
    const none = { sessions, hostTokens: null, links, operatorIds: [], now: () => new Date(), newId: () => 'id' };
    const asked = createCallers(none).of({ bearer: await secretToken(), cookie: null });
    await expect(asked).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});
