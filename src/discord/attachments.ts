import { readAtMost, utf8Of } from '../bounded-body.ts';
import { AppError } from '../errors.ts';

/** A file that somebody attached, as Discord tells of it in the interaction. */
interface Attached {
  name: string;
  url: string;
  /** Bytes. */
  size: number;
}

export interface Attachments {
  /** The file's text, without a byte order mark. AppError invalid_input (too large, no UTF-8), discord_unavailable. */
  read(file: Attached, maxBytes: number): Promise<string>;
}

/** Where Discord keeps what people attach. */
const HOSTS: ReadonlySet<string> = new Set(['cdn.discordapp.com', 'media.discordapp.net']);
const TIMEOUT_MS = 10_000;

/**
 * Fetches files from Discord, and from nowhere else: an address leads to its CDN over https, or (a local Discord, never
 * in production) to the host of its API. A redirect is not followed.
 */
export function createAttachments(options: {
  apiUrl: string;
  isProduction: boolean;
  fetch?: typeof globalThis.fetch;
}): Attachments {
  const { apiUrl, isProduction, fetch = globalThis.fetch } = options;
  const localOrigin = isProduction ? null : new URL(apiUrl).origin;

  function isOfDiscord(address: string): boolean {
    const url = URL.parse(address);
    if (!url || url.username !== '' || url.password !== '') return false;
    return url.origin === localOrigin || (url.protocol === 'https:' && url.port === '' && HOSTS.has(url.hostname));
  }

  async function load(url: string, maxBytes: number): Promise<Uint8Array | null> {
    try {
      const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (response.status !== 200) throw new Error(`the file's address answered ${response.status}`);
      return await readAtMost(response, maxBytes);
    } catch (cause) {
      throw new AppError('discord_unavailable', 'Discord does not hand out this file right now. Try again.', { cause });
    }
  }

  return {
    async read({ url, size }, maxBytes) {
      if (!isOfDiscord(url)) {
        throw new AppError('invalid_input', 'This file is not kept by Discord. Attach it to the command itself.');
      }
      const bytes = size > maxBytes ? null : await load(url, maxBytes);
      if (!bytes) throw new AppError('invalid_input', `This file is too large: at most ${kib(maxBytes)} KiB.`);
      const text = utf8Of(bytes);
      if (text === null) {
        throw new AppError('invalid_input', 'This file is not text in UTF-8. Save it as “CSV UTF-8” or as JSON.');
      }
      return text;
    },
  };
}

function kib(bytes: number): number {
  return Math.floor(bytes / 1024);
}
