import type { Request, Response } from 'express';
import { notImplemented } from '../rest/errors.ts';
import type { Wire } from '../rest/wire.ts';
import {
  authorizationsOf,
  challengeOf,
  type Authorizations,
  type CodeGrant,
  type TokenPair,
} from './authorizations.ts';
import { clientOf } from './client.ts';
import { OAuthError } from './errors.ts';

/** `POST /oauth2/token`: a code or a refresh token becomes a pair of tokens. */
export function token({ world }: Wire) {
  const authorizations = authorizationsOf(world);
  return (request: Request, response: Response): void => {
    const form = formOf(request);
    const grantType = form?.get('grant_type');
    if (grantType === 'client_credentials') throw notImplemented('grant_type=client_credentials');
    if (!form || (grantType !== 'authorization_code' && grantType !== 'refresh_token')) {
      throw new OAuthError(400, 'unsupported_grant_type');
    }
    const { id } = clientOf(world, request.get('Authorization'), form);
    const pair =
      grantType === 'authorization_code' ? exchange(authorizations, form, id) : renew(authorizations, form, id);
    response.set('Cache-Control', 'no-store').json({
      token_type: 'Bearer',
      access_token: pair.access.token,
      expires_in: Math.floor((pair.access.expiresAt - world.now()) / 1_000),
      refresh_token: pair.refreshToken,
      scope: pair.access.scopes.join(' '),
    });
  };
}

/** `POST /oauth2/token/revoke`: ends the whole authorization, whichever of its tokens is given. An unknown one is no error. */
export function revoke({ world }: Wire) {
  const authorizations = authorizationsOf(world);
  return (request: Request, response: Response): void => {
    const form = formOf(request) ?? new URLSearchParams();
    const { id } = clientOf(world, request.get('Authorization'), form);
    const given = form.get('token');
    if (!given) throw new OAuthError(400, 'invalid_request', 'Missing "token" in request.');
    const owner = authorizations.ownerOf(given);
    if (owner?.applicationId === id) authorizations.revoke(id, owner.userId);
    response.json({});
  };
}

function exchange(authorizations: Authorizations, form: URLSearchParams, applicationId: string): TokenPair {
  const code = form.get('code');
  if (!code) throw new OAuthError(400, 'invalid_request', 'Missing "code" in request.');
  const grant = authorizations.takeCode(code, applicationId);
  if (!grant) throw new OAuthError(400, 'invalid_grant', 'Invalid "code" in request.');
  if (form.get('redirect_uri') !== grant.redirectUri) {
    throw new OAuthError(400, 'invalid_request', 'Invalid "redirect_uri" in request.');
  }
  checkVerifier(grant, form.get('code_verifier'));
  return authorizations.issue(applicationId, grant.userId, grant.scopes);
}

function checkVerifier({ codeChallenge }: CodeGrant, verifier: string | null): void {
  if (codeChallenge === null) return;
  if (!verifier) throw new OAuthError(400, 'invalid_request', 'Missing "code_verifier"');
  const isGood = /^[\w.~-]{43,128}$/.test(verifier) && challengeOf(verifier) === codeChallenge;
  if (!isGood) throw new OAuthError(400, 'invalid_request', 'Invalid "code_verifier"');
}

function renew(authorizations: Authorizations, form: URLSearchParams, applicationId: string): TokenPair {
  const refreshToken = form.get('refresh_token');
  if (!refreshToken) throw new OAuthError(400, 'invalid_request', 'Missing "refresh_token" in request.');
  const pair = authorizations.refresh(refreshToken, applicationId);
  if (!pair) throw new OAuthError(400, 'invalid_grant');
  return pair;
}

/** Only a form is read; JSON counts as no body at all, as at Discord. */
function formOf(request: Request): URLSearchParams | null {
  if (!request.is('application/x-www-form-urlencoded')) return null;
  return new URLSearchParams(typeof request.body === 'string' ? request.body : '');
}
