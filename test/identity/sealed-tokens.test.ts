import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tellLostKeys } from '../../src/identity/sealed-tokens.ts';
import { createTokenVault, type VaultKey } from '../../src/identity/token-vault.ts';
import { startApi } from '../support/api-world.ts';
import { until } from '../support/local-discord.ts';
import { captureLog } from '../support/log-lines.ts';
import { startBot } from '../support/running-bot.ts';

const keyOf = (kid: string, fill: number): VaultKey => ({ kid, key: new Uint8Array(32).fill(fill) });
const [first, second] = [keyOf('k1', 1), keyOf('k2', 2)];

/** What the start says of so many links and one guild, sealed under the first key. */
async function toldOf(keys: readonly VaultKey[], links = 1_200, signal = new AbortController().signal) {
  const vault = createTokenVault([first]);
  const rows = await Promise.all(
    Array.from({ length: links }, async (_, index) => {
      const discordId = String(100_000_000_000_000_000n + BigInt(index));
      return { discordId, accessToken: await vault.seal('access', discordId), refreshToken: null };
    }),
  );
  const botToken = await vault.seal('bot', 'guild');
  const { log, records } = captureLog();
  await tellLostKeys({
    links: {
      sealedTokens: async (limit, after) => rows.filter(({ discordId }) => discordId > (after ?? '')).slice(0, limit),
    },
    guilds: { botTokens: async () => [{ guildId: '1', botToken, botUserId: null }] },
    keys,
    signal,
    log,
  });
  return records();
}

describe('tokens that no key opens', () => {
  it('are told at the start, in one line for each key, with what to do', async () => {
    expect(await toldOf([second])).toEqual([
      expect.objectContaining({
        level: 40,
        tokens: 1_201,
        why: 'The key k1 of a stored token is not in ENCRYPTION_KEYS. Put the key back; else those people have to link again.',
        msg: 'stored tokens do not open',
      }),
    ]);
  });

  it('are told as well where another key has the name', async () => {
    expect(await toldOf([keyOf('k1', 3)], 3)).toEqual([
      expect.objectContaining({ tokens: 4, why: expect.stringContaining('replaced under the same name') }),
    ]);
  });

  it('are none where the key is there, whichever place it has', async () => {
    expect(await toldOf([second, first])).toEqual([]);
    expect(await toldOf([first], 0)).toEqual([]);
  });

  it('are told by the whole bot', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rolewright-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const DATABASE_URL = `file:${join(folder, 'rolewright.db')}`;
    const { bot, local, ownerId, link } = await startApi({ env: { DATABASE_URL } });
    await link(ownerId);
    await bot.stop();
    const ENCRYPTION_KEYS = `k2:${Buffer.alloc(32, 2).toString('base64')}`;
    const { log } = await startBot(local, { env: { DATABASE_URL, ENCRYPTION_KEYS } });
    await until(() => log.some((line) => line.includes('stored tokens do not open')));
  });

  it('are not looked for any more once Rolewright stops', async () => {
    await expect(toldOf([second], 1, AbortSignal.abort())).rejects.toThrow('aborted');
  });
});
