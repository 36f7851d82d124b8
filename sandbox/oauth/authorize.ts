import type { Request, Response } from 'express';
import type { User } from '../records.ts';
import { DiscordError } from '../rest/errors.ts';
import type { Wire } from '../rest/wire.ts';
import { meetPageFault } from './page-faults.ts';
import { authorizationsOf, type CodeGrant } from './authorizations.ts';
import { readAsked, readRequest, type Asked, type AuthorizeRequest } from './authorize-request.ts';
import { consentPage, problemPage } from './consent-page.ts';
import { OAuthError } from './errors.ts';

/** Not HttpOnly: the page at the control port sets it too, so that who is acted as is who is asked. */
const cookieName = 'sandbox_user';

/**
 * `GET /oauth2/authorize`: asks the user, or (prompt=none) answers at once for what he has allowed before.
 * Who is logged in stands in the cookie `sandbox_user` (a user id).
 */
export function authorize(wire: Wire) {
  return page(wire, (request, response, asking, asked) => {
    const user = wire.world.users.get(cookieOf(request) ?? '');
    const authorizations = authorizationsOf(wire.world);
    const isKnown = user && authorizations.hasAllowed(asking.application.id, user.id, asked.scopes);
    if (isKnown && asked.prompt === 'none') response.redirect(allow(wire, asking, asked, user));
    else response.send(consentPage(wire.world, asking, asked, user ?? null));
  });
}

/** `POST /oauth2/authorize`, same address: `decision=authorize` or `deny`, as `user_id` or whom the cookie names. */
export function decide(wire: Wire) {
  return page(wire, (request, response, asking, asked) => {
    const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
    if (form.get('decision') !== 'authorize') {
      throw new OAuthError(400, 'access_denied', 'The resource owner or authorization server denied the request');
    }
    const userId = form.get('user_id') ?? cookieOf(request) ?? '';
    const user = wire.world.users.get(userId);
    if (!user || user.bot) throw new DiscordError(400, 10013, 'Choose who you are first: there is no such person');
    response.cookie(cookieName, user.id, { path: '/oauth2', sameSite: 'lax' });
    response.redirect(allow(wire, asking, asked, user));
  });
}

type PageHandler = (request: Request, response: Response, asking: AuthorizeRequest, asked: Asked) => void;

/** Reads the address, and turns what is wrong into a redirect to the application, or into a page where there is none. */
function page(wire: Wire, handle: PageHandler) {
  return async (request: Request, response: Response): Promise<void> => {
    if (await meetPageFault(wire, request, response)) return;
    response.set({
      'Cache-Control': 'no-store',
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
    });
    let asking: AuthorizeRequest | null = null;
    try {
      asking = readRequest(wire.world, new URL(request.originalUrl, wire.world.baseUrl).searchParams);
      handle(request, response, asking, readAsked(asking));
    } catch (error) {
      if (asking && error instanceof OAuthError) response.redirect(backTo(asking, error.body()));
      else if (error instanceof DiscordError) response.status(error.status).send(problemPage(error.message));
      else throw error;
    }
  };
}

function allow({ world }: Wire, asking: AuthorizeRequest, { scopes, codeChallenge }: Asked, user: User): string {
  const { application, redirectUri } = asking;
  const grant: CodeGrant = { applicationId: application.id, userId: user.id, scopes, redirectUri, codeChallenge };
  return backTo(asking, { code: authorizationsOf(world).allow(grant) });
}

function backTo({ redirectUri, state }: AuthorizeRequest, answer: Record<string, string>): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value);
  if (state !== null) url.searchParams.set('state', state);
  return url.href;
}

function cookieOf(request: Request): string | null {
  const pattern = new RegExp(`(?:^|; )${cookieName}=(\\d+)`);
  return pattern.exec(request.get('Cookie') ?? '')?.[1] ?? null;
}
