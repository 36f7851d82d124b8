import type { Request } from 'express';
import { RequestRefused } from './problem.ts';

/** Throws for a write that a foreign page made a browser send. */
export type OriginCheck = (req: Request) => void;

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * A browser attaches the session cookie to what other pages make it send, and says where that came from: in `Origin`,
 * or in `Sec-Fetch-Site` (W3C Fetch Metadata), which no page can set.
 */
export function createOriginCheck(allowed: readonly string[]): OriginCheck {
  const origins = new Set(allowed);
  return (req) => {
    if (SAFE.has(req.method)) return;
    const { origin, 'sec-fetch-site': site } = req.headers;
    const isOurs = origin === undefined ? site === 'same-origin' : origins.has(origin);
    if (isOurs) return;
    throw new RequestRefused(
      'cross_origin',
      'This request did not come from a page of Rolewright. Send Origin, or use Authorization: Bearer instead of the cookie.',
    );
  };
}
