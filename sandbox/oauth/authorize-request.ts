import { OAuth2Scopes } from 'discord-api-types/v10';
import { DiscordError, notImplemented } from '../rest/errors.ts';
import type { Application } from '../records.ts';
import type { World } from '../world.ts';
import { OAuthError } from './errors.ts';

/** What stands in the address of the authorize page. */
export interface AuthorizeRequest {
  readonly application: Application;
  readonly redirectUri: string;
  readonly state: string | null;
  readonly query: URLSearchParams;
}

export interface Asked {
  readonly scopes: readonly string[];
  readonly codeChallenge: string | null;
  /** `none`: don't ask for what has been allowed before. */
  readonly prompt: 'none' | 'consent';
}

const knownScopes = new Set<string>(Object.values(OAuth2Scopes));

/** Who asks, and where the answer goes. What is wrong here is said on the page: there is nowhere to redirect to. */
export function readRequest(world: World, query: URLSearchParams): AuthorizeRequest {
  const application = world.applications.get(query.get('client_id') ?? '');
  if (!application) throw new DiscordError(400, 10002, 'Unknown Application');
  if (scopesOf(query).includes(OAuth2Scopes.Bot)) throw notImplemented('adding a bot on the authorize page');
  if (query.size === 1) throw notImplemented('the default install settings of an application');
  const redirectUri = query.get('redirect_uri');
  if (redirectUri === null || !application.redirectUris.includes(redirectUri)) {
    throw new DiscordError(400, 50035, 'Invalid OAuth2 redirect_uri');
  }
  return { application, redirectUri, state: query.get('state'), query };
}

/** What is asked of the user. What is wrong here goes back to the application as an error. */
export function readAsked({ query }: AuthorizeRequest): Asked {
  const responseType = query.get('response_type');
  if (responseType === 'token') throw notImplemented('response_type=token');
  if (responseType !== 'code') throw new OAuthError(400, 'unsupported_response_type');
  const scopes = scopesOf(query);
  if (scopes.length === 0 || scopes.some((scope) => !knownScopes.has(scope))) {
    throw new OAuthError(400, 'invalid_scope', 'The requested scope is invalid, unknown, or malformed.');
  }
  const codeChallenge = readChallenge(query);
  if (codeChallenge !== null && scopes.includes(OAuth2Scopes.RoleConnectionsWrite)) {
    throw new OAuthError(400, 'invalid_scope', 'role_connections.write cannot be combined with PKCE.');
  }
  const prompt = query.get('prompt') ?? 'consent';
  if (prompt !== 'none' && prompt !== 'consent') throw new OAuthError(400, 'invalid_request', 'Invalid "prompt"');
  return { scopes, codeChallenge, prompt };
}

function readChallenge(query: URLSearchParams): string | null {
  const challenge = query.get('code_challenge');
  const method = query.get('code_challenge_method');
  if (challenge === null && method === null) return null;
  if (challenge === null) throw new OAuthError(400, 'invalid_request', 'Missing "code_challenge"');
  if (method !== 'S256') throw new OAuthError(400, 'invalid_request', 'Unsupported "code_challenge_method"');
  if (!/^[\w-]{43}$/.test(challenge)) throw new OAuthError(400, 'invalid_request', 'Invalid "code_challenge"');
  return challenge;
}

function scopesOf(query: URLSearchParams): string[] {
  return [...new Set((query.get('scope') ?? '').split(' ').filter((scope) => scope !== ''))];
}
