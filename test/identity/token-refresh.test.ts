import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTokenVault } from '../../src/identity/token-vault.ts';
import { anna, ben, mallory } from '../support/linking.ts';
import { dayMs, hourMs, startRefreshing } from '../support/refreshing.ts';

let world: Awaited<ReturnType<typeof startRefreshing>>;
beforeEach(async () => {
  world = await startRefreshing();
});
afterEach(async () => {
  for (const secret of world.discord.issuedSecrets) expect(world.captured.text()).not.toContain(secret);
  await world.close();
});

const goOn = new AbortController().signal;
const nothing = { refreshed: 0, failed: 0, needsRelink: 0 };
const manyIds = (count: number) =>
  Array.from({ length: count }, (_, index) => String(300_000_000_000_000_000n + BigInt(index)));
const works = async (accessToken: string | null, { id }: { id: string }) =>
  accessToken !== null && (await world.discord.oauth.userOf(accessToken)).id === id;

/** Links them all; their tokens are due. */
async function dueLinks(...discordIds: string[]): Promise<void> {
  for (const discordId of discordIds) await world.link(discordId);
  world.pass(6 * dayMs + hourMs);
}

describe('a pass', () => {
  it('replaces the pairs that expire within a day, and leaves the others', async () => {
    await dueLinks(anna.id);
    await world.link(ben.id);
    const [old, fresh] = [await world.store.tokensOf(anna.id), await world.store.tokensOf(ben.id)];

    expect(await world.refresh.refreshDue(goOn)).toEqual({ ...nothing, refreshed: 1 });
    const renewed = await world.store.tokensOf(anna.id);
    expect(renewed?.refreshToken).not.toBe(old?.refreshToken);
    expect(renewed?.scopes).toEqual(['identify', 'guilds.join']);
    expect((renewed?.expiresAt?.getTime() ?? 0) - world.clock.now.getTime()).toBeGreaterThan(6 * dayMs);
    expect(await works(await world.accessTokenIn(anna.id), anna)).toBe(true);
    expect(await world.store.tokensOf(ben.id)).toEqual(fresh);

    expect(await world.refresh.refreshDue(goOn)).toEqual(nothing);
    world.pass(6 * dayMs + hourMs);
    expect(await world.refresh.refreshDue(goOn)).toEqual({ ...nothing, refreshed: 2 });
  });

  it('takes every link once, over the bounds of its batches, even if tokens live shorter than the threshold', async () => {
    const ids = manyIds(101);
    await dueLinks(...ids);
    const all = world.aRefresh({ thresholdMs: 30 * dayMs });
    expect(await all.refreshDue(goOn)).toEqual({ ...nothing, refreshed: 101 });
    expect(world.refreshes()).toBe(101);
  });

  it('keeps the new pair though the keys were rotated in the meantime', async () => {
    await dueLinks(anna.id);
    const rotated = createTokenVault([
      { kid: 'k2', key: new Uint8Array(32).fill(8) },
      { kid: 'k1', key: new Uint8Array(32).fill(7) },
    ]);
    world.happensAfterAnswer(async () => {
      for (const from of await world.store.sealedTokens(10)) {
        const again = async (sealed: string | null) =>
          sealed && rotated.seal(await world.vault.open(sealed, anna.id), anna.id);
        const to = { accessToken: await again(from.accessToken), refreshToken: await again(from.refreshToken) };
        expect(await world.store.replaceSealed(from, to)).toBe(true);
      }
    });
    expect(await world.aRefresh({ vault: rotated }).refreshDue(goOn)).toEqual({ ...nothing, refreshed: 1 });
    const stored = await world.store.tokensOf(anna.id);
    expect(await works(stored && (await rotated.open(stored.accessToken, anna.id)), anna)).toBe(true);
    expect((await world.store.find(anna.id))?.needsRelink).toBe(false);
  });

  it('marks a link whose refresh token is of no use, keeps all the rest of it, and does not ask again', async () => {
    await dueLinks(anna.id, ben.id);
    const before = await world.store.find(anna.id);
    world.discord.takeConsentBack(anna.id);
    expect(await world.refresh.refreshDue(goOn)).toEqual({ refreshed: 1, failed: 0, needsRelink: 1 });
    expect(await world.store.find(anna.id)).toEqual({ ...before, needsRelink: true });
    expect(await world.store.find(ben.id)).toMatchObject({ needsRelink: false });
    expect(await world.refresh.refreshDue(goOn)).toEqual(nothing);
    expect(world.refreshes()).toBe(2);
  });

  it.each([
    { name: 'a 500', fault: { kind: 'status', status: 500 } },
    { name: 'a broken connection', fault: { kind: 'drop', when: 'before' } },
    { name: 'a long 429', fault: { kind: 'rate_limit', scope: 'user', retryAfterMs: 60_000 } },
    { name: 'a 401 without a reason', fault: { kind: 'status', status: 401 } },
  ] as const)('marks nothing after $name, and succeeds at the next turn', async ({ fault }) => {
    await dueLinks(anna.id);
    world.discord.failNext('/oauth2/token', fault);
    expect(await world.refresh.refreshDue(goOn)).toEqual({ ...nothing, failed: 1 });
    expect(await world.store.find(anna.id)).toMatchObject({ needsRelink: false });
    world.pass(hourMs / 2);
    expect(await world.refresh.refreshDue(goOn)).toEqual({ ...nothing, refreshed: 1 });
  });

  it('is not ended by one link that fails', async () => {
    await dueLinks(anna.id, ben.id, mallory.id);
    world.discord.failNext('/oauth2/token', { kind: 'status', status: 500 });
    expect(await world.refresh.refreshDue(goOn)).toEqual({ ...nothing, refreshed: 2, failed: 1 });
  });

  it('ends at the third silence in a row, lets Discord be for a minute, and then goes on', async () => {
    await dueLinks(...manyIds(60));
    world.discord.failNext('/oauth2/token', { kind: 'drop', when: 'before' }, 3);
    expect(await world.refresh.refreshDue(goOn)).toEqual({ ...nothing, failed: 3 });
    world.pass(59_000);
    expect(await world.refresh.refreshDue(goOn)).toEqual(nothing);
    expect(world.refreshes()).toBe(3);
    world.pass(1000);
    expect(await world.refresh.refreshDue(goOn)).toEqual({ ...nothing, refreshed: 60 });
  });

  it('ends at once when Discord asks for a long pause', async () => {
    await dueLinks(anna.id, ben.id);
    world.discord.failNext('/oauth2/token', { kind: 'rate_limit', scope: 'user', retryAfterMs: 60_000 });
    expect(await world.refresh.refreshDue(goOn)).toEqual({ ...nothing, failed: 1 });
    expect(world.refreshes()).toBe(1);
  });

  it('ends at once when Discord refuses the application, tells which setting to check, and marks nobody', async () => {
    await dueLinks(anna.id, ben.id);
    world.discord.application.clientSecret = 'another secret';
    expect(await world.refresh.refreshDue(goOn)).toEqual({ ...nothing, failed: 1 });
    expect(world.refreshes()).toBe(1);
    expect(world.captured.text()).toContain('Check DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET.');
    expect(await world.store.find(anna.id)).toMatchObject({ needsRelink: false });
  });

  it('ends between two links when it is aborted', async () => {
    await dueLinks(anna.id, ben.id);
    const stopping = new AbortController();
    world.happensAfterAnswer(async () => stopping.abort());
    expect(await world.refresh.refreshDue(stopping.signal)).toEqual({ ...nothing, refreshed: 1 });
    expect(await works(await world.accessTokenIn(anna.id), anna)).toBe(true);
    expect(world.refreshes()).toBe(1);
  });

  it('says once of a token whose key is gone that it cannot be read, and leaves it for the day the key is back', async () => {
    await dueLinks(anna.id);
    const before = await world.store.tokensOf(anna.id);
    const keyless = world.aRefresh({ vault: createTokenVault([{ kid: 'k2', key: new Uint8Array(32) }]) });
    expect(await keyless.refreshDue(goOn)).toEqual({ ...nothing, failed: 1 });
    expect(await keyless.refreshDue(goOn)).toEqual({ ...nothing, failed: 1 });
    const told = world.captured.records().filter(({ msg }) => msg === 'a token of a link cannot be read');
    expect(told).toMatchObject([{ discordId: anna.id }]);
    expect(await world.store.tokensOf(anna.id)).toEqual(before);
    expect(await world.store.find(anna.id)).toMatchObject({ needsRelink: false });
    expect(world.refreshes()).toBe(0);
    expect(await world.refresh.refreshDue(goOn)).toEqual({ ...nothing, refreshed: 1 });
  });
});

describe('a refresh token', () => {
  it('is used once, however many want it at the same moment', async () => {
    await dueLinks(anna.id);
    world.pass(dayMs);
    const [pass, otherPass, ...answers] = await Promise.all([
      world.refresh.refreshDue(goOn),
      world.refresh.refreshDue(goOn),
      ...Array.from({ length: 20 }, () => world.refresh.accessTokenOf(anna.id, 'guilds.join')),
    ]);
    expect(world.refreshes()).toBe(1);
    expect([pass, otherPass]).toContainEqual({ ...nothing, refreshed: 1 });
    const accessToken = await world.accessTokenIn(anna.id);
    for (const answer of answers) expect(answer).toEqual({ result: 'token', accessToken });
  });

  it('loses to one who links again at the same moment, whose tokens keep working', async () => {
    await dueLinks(anna.id);
    world.happensAfterAnswer(() => world.link(anna.id));
    expect(await world.refresh.refreshDue(goOn)).toEqual(nothing);
    expect(await world.store.find(anna.id)).toMatchObject({ needsRelink: false });
    expect(await works(await world.accessTokenIn(anna.id), anna)).toBe(true);
    world.pass(6 * dayMs + hourMs);
    expect(await world.refresh.refreshDue(goOn)).toEqual({ ...nothing, refreshed: 1 });
  });

  it('that is of no use any more marks nobody who links again at the same moment', async () => {
    await dueLinks(anna.id);
    world.discord.takeConsentBack(anna.id);
    world.happensAfterAnswer(() => world.link(anna.id));
    expect(await world.refresh.refreshDue(goOn)).toEqual(nothing);
    expect(await world.store.find(anna.id)).toMatchObject({ needsRelink: false });
  });

  it('brings nothing to one who unlinks at the same moment: the new pair ends at Discord too', async () => {
    await dueLinks(anna.id);
    world.happensAfterAnswer(() => world.links.unlink(anna.id, anna.id));
    expect(await world.refresh.refreshDue(goOn)).toEqual(nothing);
    expect(await world.store.find(anna.id)).toBeNull();
    expect(world.discord.liveTokensOf(anna)).toEqual([]);
  });

  it('whose answer was lost is spent, so that the next turn marks the link', async () => {
    await dueLinks(anna.id);
    world.discord.failNext('/oauth2/token', { kind: 'drop', when: 'after' });
    expect(await world.refresh.refreshDue(goOn)).toEqual({ ...nothing, failed: 1 });
    expect(await world.store.find(anna.id)).toMatchObject({ needsRelink: false });
    expect(await world.refresh.refreshDue(goOn)).toEqual({ ...nothing, needsRelink: 1 });
  });

  it('is not lost when the database fails: the pair is stored later, and no other is used up meanwhile', async () => {
    await dueLinks(anna.id, ben.id);
    let isFull = true;
    const links: typeof world.store = {
      ...world.store,
      async replaceTokens(...pair) {
        if (isFull) throw new Error('database or disk is full');
        return world.store.replaceTokens(...pair);
      },
    };
    const refresh = world.aRefresh({ links });
    await expect(refresh.refreshDue(goOn)).rejects.toThrow('disk is full');
    await expect(refresh.refreshDue(goOn)).rejects.toThrow('disk is full');
    expect(world.refreshes()).toBe(1);
    isFull = false;
    expect(await refresh.refreshDue(goOn)).toEqual({ ...nothing, refreshed: 2 });
    expect(world.refreshes()).toBe(2);
    expect(await works(await world.accessTokenIn(anna.id), anna)).toBe(true);
  });

  it('on its way is waited for at the end, and none is sent after that', async () => {
    await dueLinks(anna.id, ben.id);
    const before = await world.store.tokensOf(anna.id);
    let storedAtEnd: Promise<unknown> = Promise.resolve(null);
    world.happensAfterAnswer(async () => {
      storedAtEnd = world.refresh.stop().then(() => world.store.tokensOf(anna.id));
    });
    expect(await world.refresh.refreshDue(goOn)).toEqual({ ...nothing, refreshed: 1, failed: 1 });
    const after = await world.store.tokensOf(anna.id);
    expect(after).not.toEqual(before);
    expect(await storedAtEnd).toEqual(after);
    expect(world.refreshes()).toBe(1);
  });
});

const ask = async (scope = 'guilds.join') => world.refresh.accessTokenOf(anna.id, scope);

describe('an access token', () => {
  it('is the stored one while it lasts another minute, and a new one after that', async () => {
    await world.link(anna.id);
    const first = await world.accessTokenIn(anna.id);
    world.pass(7 * dayMs - 60_000);
    expect(await ask()).toEqual({ result: 'token', accessToken: first });
    expect(world.refreshes()).toBe(0);
    world.pass(1);
    const answer = await ask();
    expect(answer).toEqual({ result: 'token', accessToken: await world.accessTokenIn(anna.id) });
    expect(answer).not.toMatchObject({ accessToken: first });
  });

  it('is renewed in its last minute, however short the threshold', async () => {
    await world.link(anna.id);
    world.pass(7 * dayMs - 59_000);
    const answer = await world.aRefresh({ thresholdMs: 1000 }).accessTokenOf(anna.id, 'identify');
    expect(answer).toEqual({ result: 'token', accessToken: await world.accessTokenIn(anna.id) });
    expect(world.refreshes()).toBe(1);
  });

  it('is not there for a stranger, for another scope, or after Discord took the tokens back', async () => {
    expect(await ask()).toEqual({ result: 'not_linked' });
    await world.link(anna.id);
    expect(await ask('guilds')).toEqual({ result: 'scope_missing' });
    world.pass(8 * dayMs);
    world.discord.takeConsentBack(anna.id);
    expect(await ask()).toEqual({ result: 'needs_relink' });
    expect(await ask()).toEqual({ result: 'needs_relink' });
    expect(world.refreshes()).toBe(1);
  });

  it('is the new one of somebody who links again while the old one is refreshed', async () => {
    await world.link(anna.id);
    world.pass(8 * dayMs);
    world.happensAfterAnswer(() => world.link(anna.id));
    expect(await ask()).toEqual({ result: 'token', accessToken: await world.accessTokenIn(anna.id) });
  });

  it('is not there at the moment when Discord does not answer, which is asked no more than three times a minute', async () => {
    await world.link(anna.id);
    world.pass(8 * dayMs);
    world.discord.failNext('/oauth2/token', { kind: 'status', status: 502 }, 9);
    for (let time = 0; time < 5; time += 1) expect(await ask()).toEqual({ result: 'unavailable' });
    expect(world.refreshes()).toBe(3);
  });

  it('without a refresh token is good until it expires, and then only linking again helps', async () => {
    await world.link(anna.id);
    const stored = await world.store.tokensOf(anna.id);
    if (!stored) throw new Error('no tokens');
    const discordUser = { id: anna.id, username: 'anna', globalName: null };
    const tokens = { ...stored, refreshToken: null };
    await world.store.link({ discordUser, accountId: null, tokens, newAccountId: 'a', now: world.clock.now });
    expect(await ask()).toMatchObject({ result: 'token' });
    world.pass(8 * dayMs);
    expect(await ask()).toEqual({ result: 'needs_relink' });
    expect(await world.refresh.refreshDue(goOn)).toEqual(nothing);
  });

  it('that cannot be read is not there at the moment', async () => {
    await world.link(anna.id);
    const keyless = world.aRefresh({ vault: createTokenVault([{ kid: 'k2', key: new Uint8Array(32) }]) });
    expect(await keyless.accessTokenOf(anna.id, 'guilds.join')).toEqual({ result: 'unavailable' });
  });
});
