import { AppError } from '../errors.ts';

/** Where browsers may be sent after Discord. */
export interface Redirects {
  /** The address as it may be used; null: none was asked for. AppError redirect_not_allowed. */
  check(asked: string | undefined): string | null;
}

const LONGEST = 2000;
/** Browsers forgive much in an address that other readers do not: what could be read in two ways is refused. */
const PLAIN = /^[\x21-\x5b\x5d-\x7e]+$/;

/** @param addresses of pages; every page on their origins is allowed */
export function createRedirects(addresses: readonly string[]): Redirects {
  const origins = new Set(addresses.map((address) => new URL(address).origin));

  function isAllowed(asked: string, url: URL): boolean {
    const { origin, username, password } = url;
    const rest = asked.slice(origin.length);
    const isWritten = asked.startsWith(origin) && (rest === '' || /^[/?#]/.test(rest));
    return origins.has(origin) && isWritten && username === '' && password === '';
  }

  return {
    check(asked) {
      if (asked === undefined) return null;
      const url = asked.length <= LONGEST && PLAIN.test(asked) ? URL.parse(asked) : null;
      if (url && isAllowed(asked, url)) return url.href;
      throw new AppError(
        'redirect_not_allowed',
        `redirect_url must be a full address that begins with ${[...origins].join(' or ')}.`,
      );
    },
  };
}
