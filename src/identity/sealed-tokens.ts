import { setImmediate } from 'node:timers/promises';
import { decodeProtectedHeader } from 'jose';
import type { GuildStore } from '../db/guild-store.ts';
import type { LinkStore, SealedTokens } from '../db/link-store.ts';
import type { Logger } from '../log.ts';
import { createTokenVault, TokenUnreadable, type VaultKey } from './token-vault.ts';

/** What is stored under one key. */
interface KeyUse {
  kid: string;
  tokens: number;
  /** null: the key opens them; else why not, in a sentence. */
  trouble: string | null;
}

/** Whether these keys open what is sealed: tokens are counted by the name of their key, and one of each name is tried. */
export async function usesOf(
  sealed: Iterable<string> | AsyncIterable<string>,
  keys: readonly VaultKey[],
): Promise<KeyUse[]> {
  const vault = createTokenVault(keys);
  const counts = new Map<string, { tokens: number; sample: string; row: string }>();
  for await (const jwe of sealed) {
    const { kid, row } = headerOf(jwe);
    const known = counts.get(kid);
    if (known) known.tokens += 1;
    else counts.set(kid, { tokens: 1, sample: jwe, row });
  }
  const troubleOf = async (sample: string, row: string): Promise<string | null> => {
    try {
      await vault.open(sample, row);
      return null;
    } catch (error) {
      if (error instanceof TokenUnreadable) return error.message;
      throw error;
    }
  };
  return Promise.all(
    [...counts].map(async ([kid, { tokens, sample, row }]) => ({ kid, tokens, trouble: await troubleOf(sample, row) })),
  );
}

/** What to do about tokens that no key opens. */
export const PUT_KEY_BACK = 'Put the key back; else those people have to link again.';

/** Says in the log, at the start, that stored tokens do not open. Looks in portions, and keeps nobody waiting. */
export async function tellLostKeys(parts: {
  links: Pick<LinkStore, 'sealedTokens'>;
  guilds: Pick<GuildStore, 'botTokens'>;
  keys: readonly VaultKey[];
  signal: AbortSignal;
  log: Pick<Logger, 'warn'>;
}): Promise<void> {
  for (const { tokens, trouble } of await usesOf(storedTokens(parts), parts.keys)) {
    if (trouble !== null) parts.log.warn({ tokens, why: `${trouble} ${PUT_KEY_BACK}` }, 'stored tokens do not open');
  }
}

const PORTION = 500;

async function* storedTokens({ links, guilds, signal }: Omit<Parameters<typeof tellLostKeys>[0], 'keys' | 'log'>) {
  for (const { botToken } of await guilds.botTokens()) yield botToken;
  let after: string | undefined = '';
  while (after !== undefined) {
    await setImmediate();
    signal.throwIfAborted();
    const portion: SealedTokens[] = await links.sealedTokens(PORTION, after);
    for (const { accessToken, refreshToken } of portion) {
      if (accessToken !== null) yield accessToken;
      if (refreshToken !== null) yield refreshToken;
    }
    after = portion.at(-1)?.discordId;
  }
}

function headerOf(jwe: string): { kid: string; row: string } {
  try {
    const { kid, row } = decodeProtectedHeader(jwe);
    return { kid: String(kid), row: String(row) };
  } catch {
    return { kid: '?', row: '' };
  }
}
