import { parseCookie } from 'cookie';
import type { CookieOptions, Request, Response } from 'express';
import type { SentCredentials } from '../identity/callers.ts';

/** What a request proves itself with, and the cookie of a browser's session. */
export interface Credentials {
  /** The name of the session's cookie. */
  readonly cookieName: string;
  read(req: Request): SentCredentials;
  writeSession(res: Response, token: string, expiresAt: Date): void;
  clearSession(res: Response): void;
}

/** `__Host-` binds the cookie to this host and to https; a browser takes it in production only. */
export function createCredentials({ isProduction }: { isProduction: boolean }): Credentials {
  const name = isProduction ? '__Host-session' : 'session';
  const options: CookieOptions = { httpOnly: true, sameSite: 'lax', path: '/', secure: isProduction };
  return {
    cookieName: name,
    read(req) {
      const { authorization, cookie } = req.headers;
      return {
        // A scheme that is not ours is no session either: whoever sends one is not taken for nobody.
        bearer: authorization === undefined ? null : (/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? ''),
        cookie: parseCookie(cookie ?? '')[name] ?? null,
      };
    },
    writeSession(res, token, expires) {
      res.cookie(name, token, { ...options, expires });
    },
    clearSession(res) {
      res.clearCookie(name, options);
    },
  };
}
