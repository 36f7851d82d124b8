import type { GuildStore } from '../db/guild-store.ts';
import type { LinkStore, SealedTokens } from '../db/link-store.ts';
import { TokenUnreadable, type TokenVault } from './token-vault.ts';

export interface Rotation {
  /** Tokens that were sealed under the first key just now. */
  resealed: number;
  /** Tokens that stood under it before. */
  current: number;
  /** Tokens that no key opens, by their rows, in words. */
  unreadable: string[];
}

interface RotationParts {
  links: Pick<LinkStore, 'sealedTokens' | 'replaceSealed'>;
  guilds: Pick<GuildStore, 'botTokens' | 'replaceBotToken'>;
  vault: TokenVault;
  /** The row that a guild's own bot token is sealed for. */
  botTokenRow(guildId: string): string;
}

const PORTION = 100;
/** Rolewright may store new tokens in the moment between; in the next pass they are looked at. */
const PASSES = 5;

/**
 * Seals all stored tokens under the first key. Rolewright may run meanwhile: what it stores itself is not overwritten.
 * Run again after a stop, it goes on.
 */
export async function rotateKeys(parts: RotationParts): Promise<Rotation> {
  let resealed = 0;
  for (let passes = 1; ; passes++) {
    const pass = await onePass(parts);
    // What an earlier pass has sealed counts once.
    const current = pass.current - resealed;
    resealed += pass.resealed;
    if (pass.overtaken === 0) return { resealed, current, unreadable: pass.unreadable };
    if (passes === PASSES) throw new Error('Tokens change faster than they can be sealed anew. Run this again.');
  }
}

async function onePass({ links, guilds, vault, botTokenRow }: RotationParts) {
  const pass = { resealed: 0, current: 0, overtaken: 0, unreadable: Array.of<string>() };

  /** The token under the first key; null: it is that already, or cannot be read. */
  async function reseal(sealed: string | null, rowId: string, where: string): Promise<string | null> {
    if (sealed === null) return null;
    try {
      const token = await vault.open(sealed, rowId);
      if (!vault.isCurrent(sealed)) return await vault.seal(token, rowId);
      pass.current += 1;
    } catch (error) {
      if (!(error instanceof TokenUnreadable)) throw error;
      pass.unreadable.push(`${where}: ${error.message}`);
    }
    return null;
  }

  function note(isReplaced: boolean, tokens: number): void {
    if (isReplaced) pass.resealed += tokens;
    else pass.overtaken += 1;
  }

  async function rotateLink(from: SealedTokens): Promise<void> {
    const { discordId } = from;
    const access = await reseal(from.accessToken, discordId, `the access token of Discord user ${discordId}`);
    const refresh = await reseal(from.refreshToken, discordId, `the refresh token of Discord user ${discordId}`);
    if (access === null && refresh === null) return;
    const to = { accessToken: access ?? from.accessToken, refreshToken: refresh ?? from.refreshToken };
    note(await links.replaceSealed(from, to), [access, refresh].filter((token) => token !== null).length);
  }

  let after: string | undefined = '';
  while (after !== undefined) {
    const portion: SealedTokens[] = await links.sealedTokens(PORTION, after);
    for (const link of portion) await rotateLink(link);
    after = portion.at(-1)?.discordId;
  }
  for (const { guildId, botToken } of await guilds.botTokens()) {
    const to = await reseal(botToken, botTokenRow(guildId), `the bot token of server ${guildId}`);
    if (to !== null) note(await guilds.replaceBotToken(guildId, botToken, to), 1);
  }
  return pass;
}
