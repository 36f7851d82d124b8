import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { OAuthGuild } from './access.ts';
import { createDiscordHttp, type DiscordAnswer, type HttpObserver } from './discord-http.ts';

/** What Discord gives for a code. */
export interface OAuthTokens {
  accessToken: string;
  refreshToken: string | null;
  expiresAt: Date;
  scopes: string[];
}

/** What Discord said to a refresh token, which works once only. */
export type RefreshAnswer =
  | { result: 'refreshed'; tokens: OAuthTokens }
  /** It is spent or revoked; only linking again mends that. */
  | { result: 'invalid_grant' }
  /** Discord refuses the application itself; the cause says which setting to check. */
  | { result: 'application_refused'; cause: Error }
  /** Discord did not act: it asks for a longer pause. */
  | { result: 'rate_limited' }
  /** Whether Discord acted is not known. */
  | { result: 'unavailable'; cause: unknown };

interface OAuthUser {
  id: string;
  username: string;
  globalName: string | null;
}

/** What stands behind an access token. */
interface OAuthAuthorization {
  /** Whom it was given to. */
  applicationId: string;
  scopes: string[];
  expiresAt: Date;
  /** null: it has not the scope `identify`. */
  user: OAuthUser | null;
}

/** OAuth2 with Discord on behalf of people. Never through the bot's own client: one 401 there would drop the bot's token. */
export interface DiscordOAuth {
  /** Where a browser goes to consent. Without `codeChallenge` there is no PKCE. */
  authorizeUrl(request: { state: string; codeChallenge: string | null; prompt?: 'none' | 'consent' }): string;
  /** AppError link_expired for a code that Discord does not take, discord_unavailable when it does not answer. */
  exchangeCode(code: string, verifier: string | null): Promise<OAuthTokens>;
  /** A new pair for a refresh token. What Discord answers is data; it is asked once. */
  refresh(refreshToken: string): Promise<RefreshAnswer>;
  /** Whose token it is; AppError discord_unavailable. */
  userOf(accessToken: string): Promise<OAuthUser>;
  /** What an access token is worth; null: Discord does not take it. AppError discord_unavailable. */
  authorizationOf(accessToken: string): Promise<OAuthAuthorization | null>;
  /** The guilds of whom the token is of; null: Discord does not take it, or it has not the scope `guilds`. AppError discord_unavailable. */
  guildsOf(accessToken: string): Promise<OAuthGuild[] | null>;
  /** Ends a token and everything that came with it; AppError discord_unavailable. */
  revoke(token: string): Promise<void>;
}

export interface DiscordOAuthOptions {
  /** `DISCORD_API_URL`, without version. */
  apiUrl: string;
  authorizeUrl: string;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  scopes: readonly string[];
  /** Rolewright's version, for the User-Agent that Discord asks for. */
  version: string;
  now: () => Date;
  timeoutMs?: number;
  /** Waits before a retry. */
  pause?: (ms: number) => Promise<void>;
  observer?: HttpObserver;
}

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().positive(),
  refresh_token: z.string().min(1).nullish(),
  scope: z.string(),
});
const userAnswer = z.object({
  id: z.string().regex(/^\d{17,20}$/),
  username: z.string().min(1),
  global_name: z.string().nullish(),
});
const authorizationAnswer = z.object({
  application: z.object({ id: z.string() }),
  scopes: z.array(z.string()),
  expires: z.iso.datetime({ offset: true }).transform((iso) => new Date(iso)),
  user: userAnswer.optional(),
});
const guildsAnswer = z.array(
  z.object({
    id: z.string().regex(/^\d{17,20}$/),
    name: z.string(),
    owner: z.boolean(),
    permissions: z
      .string()
      .regex(/^\d{1,20}$/)
      .transform(BigInt),
  }),
);
const oauthError = z.object({ error: z.string(), error_description: z.string().optional() });

export function createDiscordOAuth(options: DiscordOAuthOptions): DiscordOAuth {
  const { clientId, clientSecret, redirectUri, scopes, now } = options;
  const http = createDiscordHttp({ ...options, baseUrl: `${options.apiUrl}/v10` });
  const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;

  return {
    authorizeUrl({ state, codeChallenge, prompt }) {
      const url = new URL(options.authorizeUrl);
      const query = new URLSearchParams(url.search);
      query.set('client_id', clientId);
      query.set('response_type', 'code');
      query.set('redirect_uri', redirectUri);
      query.set('scope', scopes.join(' '));
      query.set('state', state);
      if (codeChallenge !== null) {
        query.set('code_challenge', codeChallenge);
        query.set('code_challenge_method', 'S256');
      }
      if (prompt) query.set('prompt', prompt);
      // Discord documents %20 between scopes, URLSearchParams writes +.
      url.search = query.toString().replaceAll('+', '%20');
      return url.href;
    },

    async exchangeCode(code, verifier) {
      const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri };
      const answer = await http.postForm(
        '/oauth2/token',
        verifier === null ? form : { ...form, code_verifier: verifier },
        basic,
      );
      if (!answer.isOk) throw codeRefused(answer);
      return tokensIn(answer, now());
    },

    async refresh(refreshToken) {
      const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
      try {
        const answer = await http.postForm('/oauth2/token', form, basic);
        return answer.isOk ? { result: 'refreshed', tokens: tokensIn(answer, now()) } : refreshRefused(answer);
      } catch (error) {
        if (error instanceof AppError) return { result: 'unavailable', cause: error.cause };
        throw error;
      }
    },

    async userOf(accessToken) {
      const answer = await http.get('/users/@me', `Bearer ${accessToken}`);
      if (!answer.isOk) throw unavailable(`GET /users/@me answered ${answer.status}`);
      return toUser(read(userAnswer, answer, 'the user'));
    },

    async authorizationOf(accessToken) {
      const answer = await http.get('/oauth2/@me', `Bearer ${accessToken}`);
      if (answer.status === 401) return null;
      if (!answer.isOk) throw unavailable(`GET /oauth2/@me answered ${answer.status}`);
      const { application, scopes: given, expires, user } = read(authorizationAnswer, answer, 'the authorization');
      return { applicationId: application.id, scopes: given, expiresAt: expires, user: user ? toUser(user) : null };
    },

    async guildsOf(accessToken) {
      const answer = await http.get('/users/@me/guilds?limit=200', `Bearer ${accessToken}`);
      if (answer.status === 401 || answer.status === 403) return null;
      if (!answer.isOk) throw unavailable(`GET /users/@me/guilds answered ${answer.status}`);
      return read(guildsAnswer, answer, 'the guilds').map(({ id, name, owner, permissions }) => ({
        id,
        name,
        isOwner: owner,
        permissions,
      }));
    },

    async revoke(token) {
      const answer = await http.postForm('/oauth2/token/revoke', { token }, basic);
      if (!answer.isOk) throw unavailable(`POST /oauth2/token/revoke answered ${answer.status}`);
    },
  };
}

function toUser({ id, username, global_name }: z.output<typeof userAnswer>): OAuthUser {
  return { id, username, globalName: global_name ?? null };
}

/** An answer that has not the documented shape counts as none. Its content is not told: it may hold a token. */
function read<T>(schema: z.ZodType<T>, { json }: DiscordAnswer, what: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'the whole answer');
  throw unavailable(`Discord's answer with ${what} is malformed: ${fields.join(', ')}`);
}

function tokensIn(answer: DiscordAnswer, now: Date): OAuthTokens {
  const tokens = read(tokenAnswer, answer, 'the token');
  return {
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? null,
    expiresAt: new Date(now.getTime() + tokens.expires_in * 1000),
    scopes: tokens.scope.split(' ').filter((scope) => scope !== ''),
  };
}

function refreshRefused({ json, status }: DiscordAnswer): RefreshAnswer {
  const error = oauthError.safeParse(json).data?.error;
  if (status === 429) return { result: 'rate_limited' };
  if (error === 'invalid_grant') return { result: 'invalid_grant' };
  if (error === 'invalid_client' || error === 'unauthorized_client') {
    return { result: 'application_refused', cause: applicationRefused(error) };
  }
  const cause = new Error(`POST /oauth2/token answered ${status}${error === undefined ? '' : ` ${error}`}`);
  return { result: 'unavailable', cause };
}

/** Why a code was not taken: it is spent, or the operator has to mend the application's settings. */
function codeRefused(answer: DiscordAnswer): Error {
  const parsed = oauthError.safeParse(answer.json);
  const error = parsed.success ? parsed.data.error : null;
  const description = parsed.success ? (parsed.data.error_description ?? '') : '';
  if (
    error === 'invalid_grant' ||
    (error === 'invalid_request' && /\b(code|code_verifier|redirect_uri)\b/.test(description))
  ) {
    return new AppError('link_expired', "Discord doesn't accept this sign-in any more. Begin again.", {
      cause: new Error(`POST /oauth2/token answered ${error}: the code is spent, or of another way to Discord`),
    });
  }
  if (error === null || answer.status === 429) return unavailable(`POST /oauth2/token answered ${answer.status}`);
  return new AppError(
    'not_set_up',
    'Rolewright is not set up correctly here, so this cannot work. Trying again will not help; give the request number to whoever runs it.',
    { cause: applicationRefused(error) },
  );
}

function applicationRefused(error: string): Error {
  return new Error(`Discord refuses this application (${error}). ${settingToCheck(error)}`);
}

function settingToCheck(error: string): string {
  if (error === 'invalid_client') return 'Check DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET.';
  if (error === 'invalid_request')
    return 'Check that DISCORD_REDIRECT_URI is listed under OAuth2 in the Developer Portal.';
  return 'Check DISCORD_SCOPES and the OAuth2 page of the Developer Portal.';
}

function unavailable(why: string): AppError {
  return new AppError(
    'discord_unavailable',
    "Discord doesn't answer properly at the moment. Wait a minute, then try again.",
    { cause: new Error(why) },
  );
}
