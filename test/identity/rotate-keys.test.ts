import { describe, expect, it } from 'vitest';
import { createTokenVault } from '../../src/identity/token-vault.ts';
import { rotateKeys } from '../../src/identity/rotate-keys.ts';
import { noon, openStores } from '../support/stores.ts';

const key = (kid: string, byte: number) => ({ kid, key: new Uint8Array(32).fill(byte) });
const [old, fresh, lost] = [key('old', 1), key('fresh', 2), key('lost', 3)];
const botTokenRow = (guildId: string) => `guild:${guildId}`;
const ids = Array.from({ length: 250 }, (_, index) => String(200_000_000_000_000_000n + BigInt(index)));

/** So many links whose tokens an old key has sealed, and a guild with a bot of its own. */
async function startWorld(count = 3) {
  const stores = await openStores();
  const sealing = createTokenVault([old]);
  for (const discordId of ids.slice(0, count)) await linkWith(stores, sealing, discordId);
  await stores.guilds.edit('guild', { botToken: await sealing.seal('bot token', botTokenRow('guild')) }, noon);
  const vault = createTokenVault([fresh, old]);
  const rotate = (links = stores.links) => rotateKeys({ links, guilds: stores.guilds, vault, botTokenRow });
  return { ...stores, vault, rotate };
}

async function linkWith(
  { links }: Pick<Awaited<ReturnType<typeof openStores>>, 'links'>,
  vault: ReturnType<typeof createTokenVault>,
  discordId: string,
) {
  const tokens = {
    accessToken: await vault.seal(`access ${discordId}`, discordId),
    refreshToken: await vault.seal(`refresh ${discordId}`, discordId),
    expiresAt: noon,
    scopes: ['identify'],
  };
  const discordUser = { id: discordId, username: 'somebody', globalName: null };
  await links.link({ discordUser, accountId: null, tokens, newAccountId: `account-${discordId}`, now: noon });
}

describe('rotating the keys', () => {
  it('seals every token under the first key, in portions, and finds nothing to do after that', async () => {
    const { links, guilds, rotate } = await startWorld(250);
    expect(await rotate()).toEqual({ resealed: 501, current: 0, unreadable: [] });
    const alone = createTokenVault([fresh]);
    for (const discordId of ids) {
      const stored = await links.tokensOf(discordId);
      expect(await alone.open(stored?.accessToken ?? '', discordId)).toBe(`access ${discordId}`);
      expect(await alone.open(stored?.refreshToken ?? '', discordId)).toBe(`refresh ${discordId}`);
    }
    const [bot] = await guilds.botTokens();
    expect(await alone.open(bot?.botToken ?? '', botTokenRow('guild'))).toBe('bot token');
    expect(await rotate()).toEqual({ resealed: 0, current: 501, unreadable: [] });
  });

  it('names what no key opens, and seals the rest', async () => {
    const world = await startWorld(1);
    await linkWith(world, createTokenVault([lost]), ids[1] ?? '');
    const { resealed, unreadable } = await world.rotate();
    expect(resealed).toBe(3);
    expect(unreadable).toEqual([
      expect.stringContaining(`the access token of Discord user ${ids[1]}: The key lost`),
      expect.stringContaining(`the refresh token of Discord user ${ids[1]}`),
    ]);
    expect(unreadable.join()).not.toContain('eyJ');
  });

  it('never overwrites what is stored meanwhile, and seals that as well', async () => {
    const world = await startWorld(1);
    const discordId = ids[0] ?? '';
    let isFirst = true;
    const links: typeof world.links = {
      ...world.links,
      async replaceSealed(from, to) {
        // Somebody links again in this very moment, with a process that has the old key first.
        if (isFirst) await linkWith(world, createTokenVault([old, fresh]), discordId);
        isFirst = false;
        return world.links.replaceSealed(from, to);
      },
    };
    const before = await world.links.tokensOf(discordId);
    expect(await world.rotate(links)).toEqual({ resealed: 3, current: 0, unreadable: [] });
    const stored = await world.links.tokensOf(discordId);
    expect(stored).not.toEqual(before);
    expect(await createTokenVault([fresh]).open(stored?.accessToken ?? '', discordId)).toBe(`access ${discordId}`);
  });
});
