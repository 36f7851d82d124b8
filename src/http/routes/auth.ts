import type { Request, Response } from 'express';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { Accounts } from '../../identity/accounts.ts';
import type { Caller } from '../../identity/callers.ts';
import type { Links } from '../../identity/links.ts';
import type { Sessions } from '../../identity/sessions.ts';
import { discordUser, discordUserView } from '../account-body.ts';
import { startedAuth, redirectUrl } from '../auth-body.ts';
import type { BrowserCookie } from '../browser-cookie.ts';
import type { Credentials } from '../credentials.ts';
import { flagFor, uuid } from '../fields.ts';
import { operation, type Operation } from '../operation.ts';

const tag = 'Accounts';

const status = z.object({
  authenticated: z.boolean(),
  is_linked: z.boolean(),
  user_id: uuid.optional(),
  discord_users: z.array(discordUser).optional(),
});

/** Logging in, in a browser or for a page of one's own; logging out; who is logged in. */
export function authOperations(parts: {
  links: Pick<Links, 'startLogin' | 'startLink'>;
  accounts: Pick<Accounts, 'find'>;
  sessions: Pick<Sessions, 'end'>;
  browserCookie: BrowserCookie;
  credentials: Pick<Credentials, 'clearSession'>;
}): Operation[] {
  const { links, accounts, sessions, browserCookie, credentials } = parts;

  /** The way to Discord, for this browser. */
  async function start(req: Request, res: Response, redirectTo: string | undefined, linkTo: Caller | null) {
    const browser = { browserId: browserCookie.read(req), redirectUrl: redirectTo };
    const started = await (linkTo === null ? links.startLogin(browser) : links.startLink(linkTo, browser));
    browserCookie.write(res, started.browserId);
    return started;
  }

  return [
    operation({
      method: 'get',
      path: '/api/auth/discord/login',
      id: 'logIn',
      tag,
      summary: 'Log in with Discord',
      description: 'For browsers. Goes on to Discord, and from there to the callback.',
      who: 'all',
      isPage: true,
      isAuth: true,
      problems: ['redirect_not_allowed'],
      query: z.strictObject({ redirect_url: redirectUrl }),
      answers: { 302: null },
      async handle({ query, req, res }) {
        const { authorizeUrl } = await start(req, res, query.redirect_url, null);
        return { status: 302, headers: { Location: authorizeUrl } };
      },
    }),
    operation({
      method: 'get',
      path: '/api/discord/auth/login',
      id: 'startLogin',
      tag,
      summary: 'The way to Discord, to log in or to link another Discord user',
      description:
        'Send the browser that gets this answer, with its cookie, to `auth_url`. `link=true` links to the account of the caller.',
      who: 'all',
      isAuth: true,
      problems: ['redirect_not_allowed', 'unauthenticated'],
      query: z.strictObject({ link: flagFor('true: link to the account of the caller.'), redirect_url: redirectUrl }),
      answers: { 200: startedAuth },
      async handle({ caller, query, req, res }) {
        if (query.link && !caller) throw new AppError('unauthenticated', 'Log in first, then link.');
        const linkTo = query.link ? caller : null;
        const { authorizeUrl, state } = await start(req, res, query.redirect_url, linkTo);
        return { status: 200, headers: NOT_KEPT, body: { auth_url: authorizeUrl, state } };
      },
    }),
    operation({
      method: 'post',
      path: '/api/auth/logout',
      id: 'logOut',
      tag,
      summary: 'Log out',
      description: 'Ends this session. A token of the host application is the host application’s to end.',
      who: 'self',
      problems: ['forbidden'],
      answers: { 200: z.object({ message: z.literal('Logged out') }) },
      async handle({ caller, res }) {
        await sessions.end({ ...sessionOf(caller), accountId: caller.accountId });
        credentials.clearSession(res);
        return { status: 200, body: { message: 'Logged out' } };
      },
    }),
    operation({
      method: 'get',
      path: '/api/discord/auth/status',
      id: 'getAuthStatus',
      tag,
      summary: 'Who is logged in, and his Discord users',
      who: 'all',
      problems: ['user_not_found'],
      answers: { 200: status },
      async handle({ caller }) {
        if (!caller) return { status: 200, headers: NOT_KEPT, body: { authenticated: false, is_linked: false } };
        const { account, links: own } = await accounts.find(caller.accountId);
        const discordUsers = own.map(discordUserView);
        const body = {
          authenticated: true,
          is_linked: own.length > 0,
          user_id: account.id,
          discord_users: discordUsers,
        };
        return { status: 200, headers: NOT_KEPT, body };
      },
    }),
  ];
}

const NOT_KEPT = { 'Cache-Control': 'no-store' };

function sessionOf({ session }: Caller): NonNullable<Caller['session']> {
  if (session) return session;
  throw new AppError('forbidden', 'This token is the host application’s: log out there.');
}
