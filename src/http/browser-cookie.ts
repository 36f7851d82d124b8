import type { CookieOptions, Request, Response } from 'express';

/** The cookie that ties an OAuth2 state to the browser that opened it. */
export interface BrowserCookie {
  read(req: Request): string | null;
  write(res: Response, browserId: string): void;
}

/** `Lax`, as a `Strict` cookie would not come back with Discord's redirect. */
export function createBrowserCookie({
  isProduction,
  maxAgeMs,
}: {
  isProduction: boolean;
  maxAgeMs: number;
}): BrowserCookie {
  const name = isProduction ? '__Host-browser' : 'browser';
  const options: CookieOptions = { httpOnly: true, sameSite: 'lax', path: '/', secure: isProduction, maxAge: maxAgeMs };
  return {
    read(req) {
      for (const pair of (req.headers.cookie ?? '').split(';')) {
        const [key, value] = pair.trim().split('=', 2);
        if (key === name && value) return value;
      }
      return null;
    },
    write(res, browserId) {
      res.cookie(name, browserId, options);
    },
  };
}
