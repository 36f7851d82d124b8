import { readFileSync, readdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashSecret, newSecret } from '../../src/identity/oauth-state.ts';
import { anna, ben, startLinking } from '../support/linking.ts';

let world: Awaited<ReturnType<typeof startLinking>>;
beforeEach(async () => {
  world = await startLinking();
});
afterEach(() => world.close());

const tokenOf = ({ url }: { url: string }) => url.split('/').at(-1) ?? '';

describe('a login', () => {
  it('syncs the Discord user when it links him, and not each time that he logs in again', async () => {
    for (const isNew of [true, false]) {
      const browser = { browserId: null, redirectUrl: undefined };
      const { authorizeUrl, browserId } = await world.links.startLogin(browser);
      const back = await world.discord.consent(authorizeUrl, anna);
      expect(await world.links.finish({ ...back, browserId, accountId: null })).toMatchObject({ isNew });
    }
    expect(world.followed).toEqual([`linked ${anna.id}`]);
  });
});

describe('a link asked for in Discord', () => {
  it('ties the Discord user to a new account, and syncs him', async () => {
    const finished = await world.links.finish(await world.reachCallback(anna));
    expect(finished).toMatchObject({ isNew: true, redirectUrl: null, synced: [] });
    expect(finished.link).toMatchObject({
      discordId: anna.id,
      username: 'anna',
      globalName: 'Anna',
      needsRelink: false,
    });
    expect(await world.links.find(anna.id)).toEqual(finished.link);
    expect(await world.links.siblings(anna.id)).toEqual([finished.link]);
    expect(world.followed).toEqual([`linked ${anna.id}`]);
  });

  it('is good for the time that it says', async () => {
    const link = await world.links.startFromDiscord(anna.id);
    expect(link.expiresAt).toEqual(new Date('2026-03-01T12:10:00Z'));
    world.clock.now = link.expiresAt;
    await expect(world.links.open(tokenOf(link), null)).rejects.toMatchObject({ code: 'link_expired' });
  });

  it('may be opened again by the browser that opened it first, and by no other', async () => {
    const token = tokenOf(await world.links.startFromDiscord(anna.id));
    const { browserId, authorizeUrl } = await world.links.open(token, null);
    expect(await world.links.open(token, browserId)).toEqual({ browserId, authorizeUrl });
    await expect(world.links.open(token, null)).rejects.toMatchObject({ code: 'link_other_browser' });
    await expect(world.links.open(token, newSecret())).rejects.toMatchObject({ code: 'link_other_browser' });
  });

  it('gives a browser with a made-up cookie an id of its own', async () => {
    const token = tokenOf(await world.links.startFromDiscord(anna.id));
    expect((await world.links.open(token, 'short')).browserId).toMatch(/^[\w-]{43}$/);
  });

  it.each(['', 'unknown', '../x', 'a'.repeat(43)])('is not found under %j', async (token) => {
    await expect(world.links.open(token, null)).rejects.toMatchObject({ code: 'link_expired' });
  });

  it('is not one that was made for another purpose', async () => {
    const token = newSecret();
    const { now } = world.clock;
    const nobody = { accountId: null, sessionJti: null, startedBy: null, browserHash: null };
    const row = { ...nobody, discordId: anna.id, redirectUrl: null, createdAt: now };
    const expiresAt = new Date(now.getTime() + 1000);
    await world.states.save({ ...row, stateHash: hashSecret(token), purpose: 'login', expiresAt });
    await expect(world.links.open(token, null)).rejects.toMatchObject({ code: 'link_expired' });
  });

  it('refreshes the tokens of somebody who is linked, on the same account', async () => {
    const first = await world.links.finish(await world.reachCallback(anna));
    const tokens = await world.store.tokensOf(anna.id);
    await world.store.markNeedsRelink(anna.id, world.clock.now);
    const second = await world.links.finish(await world.reachCallback(anna));
    expect(second).toMatchObject({ isNew: false, link: { accountId: first.link.accountId, needsRelink: false } });
    expect(await world.store.tokensOf(anna.id)).not.toEqual(tokens);
  });

  it('leaves PKCE out when the scopes hold role_connections.write, and works', async () => {
    const plain = await startLinking({ scopes: ['identify', 'role_connections.write'] });
    const { authorizeUrl } = await plain.links.open(tokenOf(await plain.links.startFromDiscord(ben.id)), null);
    expect(authorizeUrl).not.toContain('code_challenge');
    expect((await plain.links.finish(await plain.reachCallback(anna))).link.discordId).toBe(anna.id);
    await plain.close();
  });
});

describe('the callback', () => {
  it('takes a state once, however many ask at the same moment', async () => {
    const callback = await world.reachCallback(anna);
    const all = await Promise.allSettled(Array.from({ length: 100 }, () => world.links.finish(callback)));
    const refused = all.filter((one) => one.status === 'rejected');
    expect(refused).toHaveLength(99);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'link_expired' });
    expect(world.followed).toEqual([`linked ${anna.id}`]);
    await expect(world.links.finish(callback)).rejects.toMatchObject({ code: 'link_expired' });
  });

  it.each([
    { name: 'is missing', state: undefined },
    { name: 'is not one of ours', state: 'abc' },
    { name: 'was altered', state: newSecret() },
  ])('is refused when the state $name, and the real one still works', async ({ state }) => {
    const callback = await world.reachCallback(anna);
    await expect(world.links.finish({ ...callback, state })).rejects.toMatchObject({ code: 'link_expired' });
    expect((await world.links.finish(callback)).isNew).toBe(true);
  });

  it('is refused when the state has expired', async () => {
    const callback = await world.reachCallback(anna);
    world.clock.now = new Date('2026-03-01T12:10:00Z');
    await expect(world.links.finish(callback)).rejects.toMatchObject({ code: 'link_expired' });
    expect(await world.links.find(anna.id)).toBeNull();
  });

  it('is refused in another browser, which does not use the state up', async () => {
    const callback = await world.reachCallback(anna);
    for (const browserId of [null, newSecret(), 'made up']) {
      await expect(world.links.finish({ ...callback, browserId })).rejects.toMatchObject({
        code: 'link_other_browser',
      });
    }
    expect((await world.links.finish(callback)).isNew).toBe(true);
  });

  it('is refused when no browser ever opened the link', async () => {
    const state = tokenOf(await world.links.startFromDiscord(anna.id));
    await expect(world.links.finish({ code: 'x', state, browserId: null, accountId: null })).rejects.toMatchObject({
      code: 'link_other_browser',
    });
    expect(world.discord.callsTo('/oauth2/token')).toBe(0);
  });

  it('links nobody when another Discord user says yes, and ends the tokens that he gave', async () => {
    const callback = await world.reachCallback(anna, ben);
    await expect(world.links.finish(callback)).rejects.toMatchObject({ code: 'link_other_user' });
    expect(await world.links.find(anna.id)).toBeNull();
    expect(await world.links.find(ben.id)).toBeNull();
    expect(world.discord.liveTokensOf(ben)).toEqual([]);
    expect(world.followed).toEqual([]);
    await expect(world.links.finish(callback)).rejects.toMatchObject({ code: 'link_expired' });
  });

  it("spares the other user's own link when he opens somebody else's", async () => {
    await world.links.finish(await world.reachCallback(ben));
    const live = world.discord.liveTokensOf(ben);
    await expect(world.links.finish(await world.reachCallback(anna, ben))).rejects.toMatchObject({
      code: 'link_other_user',
    });
    expect(world.discord.liveTokensOf(ben)).toEqual(expect.arrayContaining(live));
  });

  it('still refuses the other user when his tokens cannot be ended', async () => {
    world.discord.failNext('/oauth2/token/revoke', { kind: 'status', status: 500 });
    await expect(world.links.finish(await world.reachCallback(anna, ben))).rejects.toMatchObject({
      code: 'link_other_user',
    });
    expect(world.captured.text()).toContain('could not revoke the tokens of a refused link');
  });

  it('changes nothing when the Discord user belongs to another account', async () => {
    const { link } = await world.links.finish(await world.reachCallback(anna));
    const taken = { result: 'belongs_to_other_account' as const };
    const torn = await startLinking({ links: { ...world.store, link: async () => taken } });
    const live = world.discord.liveTokensOf(anna);
    await expect(torn.links.finish(await torn.reachCallback(anna))).rejects.toMatchObject({ code: 'account_conflict' });
    expect(await world.links.find(anna.id)).toEqual(link);
    expect(world.discord.liveTokensOf(anna)).toEqual(live);
    await torn.close();
  });

  it('says that nothing was linked when the user says no, and uses the state up', async () => {
    const { code: _, ...callback } = await world.reachCallback(anna);
    const denied = { ...callback, error: 'access_denied' };
    await expect(world.links.finish(denied)).rejects.toMatchObject({ code: 'link_denied' });
    await expect(world.links.finish(denied)).rejects.toMatchObject({ code: 'link_expired' });
  });

  it("tells trouble of Discord's from settings of ours on the consent page's other errors", async () => {
    const trouble = { ...(await world.reachCallback(anna)), error: 'temporarily_unavailable' };
    await expect(world.links.finish(trouble)).rejects.toMatchObject({ code: 'discord_unavailable' });
    const wrong = { ...(await world.reachCallback(anna)), error: 'invalid_scope' };
    await expect(world.links.finish(wrong)).rejects.toMatchObject({ code: 'link_denied' });
    expect(world.captured.text()).toContain('invalid_scope. If that happens again, check DISCORD_CLIENT_ID');
  });

  it('is refused without a code', async () => {
    const { code: _, ...callback } = await world.reachCallback(anna);
    await expect(world.links.finish(callback)).rejects.toMatchObject({ code: 'link_expired' });
  });

  it('is refused when the code was given for another link', async () => {
    const [mine, other] = [await world.reachCallback(anna), await world.reachCallback(anna)];
    await expect(world.links.finish({ ...mine, code: other.code })).rejects.toMatchObject({ code: 'link_expired' });
    expect(await world.links.find(anna.id)).toBeNull();
  });

  it.each(['/oauth2/token', '/users/@me'])('links nothing while Discord answers 500 to %s', async (path) => {
    world.discord.failNext(path, { kind: 'status', status: 500 }, 3);
    await expect(world.links.finish(await world.reachCallback(anna))).rejects.toMatchObject({
      code: 'discord_unavailable',
    });
    expect(await world.links.find(anna.id)).toBeNull();
    expect(world.discord.liveTokensOf(anna)).toEqual([]);
  });
});

describe('the sync after linking', () => {
  it('never undoes the link by failing', async () => {
    const failing = await startLinking({ onLinked: async () => Promise.reject(new Error('no guild answers')) });
    expect(await failing.links.finish(await failing.reachCallback(anna))).toMatchObject({ isNew: true, synced: null });
    expect(failing.captured.text()).toContain('the sync after linking failed');
    await failing.close();
  });

  it('keeps nobody waiting when it takes long', async () => {
    const slow = await startLinking({ onLinked: () => new Promise(() => {}), syncWaitMs: 20 });
    expect(await slow.links.finish(await slow.reachCallback(anna))).toMatchObject({ isNew: true, synced: null });
    await slow.close();
  });
});

describe('unlinking', () => {
  it('ends the link and the tokens, and lets the roles follow', async () => {
    await world.links.finish(await world.reachCallback(anna));
    await world.links.unlink(anna.id, anna.id);
    expect(await world.links.find(anna.id)).toBeNull();
    expect(await world.links.siblings(anna.id)).toEqual([]);
    expect(world.discord.liveTokensOf(anna)).toEqual([]);
    expect(world.followed).toEqual([`linked ${anna.id}`, `unlinked ${anna.id} by ${anna.id}`]);
  });

  it('says so when there is no link', async () => {
    await expect(world.links.unlink(anna.id, anna.id)).rejects.toMatchObject({ code: 'not_linked' });
    expect(world.followed).toEqual([]);
  });

  it('works while Discord is down', async () => {
    await world.links.finish(await world.reachCallback(anna));
    world.discord.failNext('/oauth2/token/revoke', { kind: 'status', status: 503 });
    await world.links.unlink(anna.id, anna.id);
    expect(await world.links.find(anna.id)).toBeNull();
    expect(world.captured.text()).toContain('could not revoke the tokens of an ended link');
  });

  it('stands when the sync after it fails', async () => {
    const failing = await startLinking({ onUnlinked: async () => Promise.reject(new Error('no guild answers')) });
    await failing.links.finish(await failing.reachCallback(anna));
    await failing.links.unlink(anna.id, anna.id);
    expect(failing.discord.liveTokensOf(anna)).toEqual([]);
    await failing.close();
  });
});

describe('secrets', () => {
  it('stand nowhere in the database file, nor in the log', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rolewright-'));
    const onDisk = await startLinking({ databaseUrl: `file:${join(folder, 'test.db')}` });
    const waiting = await onDisk.reachCallback(ben);
    const done = await onDisk.reachCallback(anna);
    await onDisk.links.finish(done);
    onDisk.discord.failNext('/oauth2/token', { kind: 'status', status: 500 });
    await onDisk.links.finish(waiting).catch(() => {});
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'));
    const kept = files.join('') + onDisk.captured.text();
    for (const { state, browserId } of [waiting, done]) {
      expect(kept).not.toContain(state);
      expect(kept).not.toContain(browserId);
    }
    expect(onDisk.discord.issuedSecrets.length).toBeGreaterThan(3);
    for (const secret of onDisk.discord.issuedSecrets) expect(kept).not.toContain(secret);
    expect(files.join('')).toContain('eyJ');
    await onDisk.close();
    rmSync(folder, { recursive: true });
  });

  it('open for their own row only', async () => {
    await world.links.finish(await world.reachCallback(anna));
    const tokens = await world.store.tokensOf(anna.id);
    const live = world.discord.liveTokensOf(anna);
    expect(live).toContain(await world.vault.open(tokens?.accessToken ?? '', anna.id));
    await expect(world.vault.open(tokens?.accessToken ?? '', ben.id)).rejects.toThrow('a row that it was not made for');
  });

  it('are known to the store by their hash', async () => {
    const token = tokenOf(await world.links.startFromDiscord(anna.id));
    expect(await world.states.open(token, 'browser', world.clock.now)).toEqual({ state: 'unknown' });
    const opened = await world.states.open(hashSecret(token), 'browser', world.clock.now);
    expect(opened).toMatchObject({ state: 'ok', row: { purpose: 'link_from_discord' } });
  });
});
