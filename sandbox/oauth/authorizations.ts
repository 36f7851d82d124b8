import { createHash, randomBytes } from 'node:crypto';
import type { AccessToken } from '../records.ts';
import type { World } from '../world.ts';

/** What a user allowed an application, waiting to be fetched with a code. */
export interface CodeGrant {
  readonly applicationId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  /** S256 challenge; null: no PKCE. */
  readonly codeChallenge: string | null;
}

export interface TokenPair {
  readonly access: AccessToken;
  readonly refreshToken: string;
}

interface RefreshToken {
  readonly applicationId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
}

export type Authorizations = ReturnType<typeof createAuthorizations>;

/** Fact 2.3: a code lives this long. Not scaled, it is the world's clock. */
const codeLifeMs = 100_000;

const ofWorlds = new WeakMap<World, Authorizations>();

/** Who allowed what to whom in this world. The same object at every call. */
export function authorizationsOf(world: World): Authorizations {
  const known = ofWorlds.get(world);
  if (known) return known;
  const made = createAuthorizations(world);
  ofWorlds.set(world, made);
  return made;
}

function createAuthorizations(world: World) {
  const codes = new Map<string, CodeGrant & { expiresAt: number }>();
  const refreshTokens = new Map<string, RefreshToken>();
  /** Application and user -> every scope allowed so far: what the settings page lists as one authorized app. */
  const allowed = new Map<string, Set<string>>();

  function issue(applicationId: string, userId: string, scopes: readonly string[]): TokenPair {
    const refreshToken = randomBytes(24).toString('base64url');
    refreshTokens.set(refreshToken, { applicationId, userId, scopes });
    return { access: accessFor(applicationId, userId, scopes), refreshToken };
  }

  function accessFor(applicationId: string, userId: string, scopes: readonly string[]): AccessToken {
    const living =
      world.settings.accessTokenOnRepeat === 'same'
        ? tokensOf(applicationId, userId).find(
            ({ token, scopes: have }) => world.accessToken(token) && isSameSet(have, scopes),
          )
        : undefined;
    return living ?? world.addAccessToken({ applicationId, userId, scopes });
  }

  function tokensOf(applicationId: string, userId: string): AccessToken[] {
    return [...world.accessTokens.values()].filter(
      (token) => token.applicationId === applicationId && token.userId === userId,
    );
  }

  return {
    /** The user consented: a code for the redirect. */
    allow(grant: CodeGrant): string {
      const key = keyOf(grant.applicationId, grant.userId);
      allowed.set(key, new Set([...(allowed.get(key) ?? []), ...grant.scopes]));
      const code = randomBytes(15).toString('hex');
      codes.set(code, { ...grant, expiresAt: world.now() + codeLifeMs });
      return code;
    },

    /** Whether the user has allowed all of this before, so that `prompt=none` need not ask. */
    hasAllowed(applicationId: string, userId: string, scopes: readonly string[]): boolean {
      const known = allowed.get(keyOf(applicationId, userId));
      return known !== undefined && scopes.every((scope) => known.has(scope));
    },

    /** What stands behind a code, which is spent by asking. null: unknown, spent, expired, or another application's. */
    takeCode(code: string, applicationId: string): CodeGrant | null {
      const grant = codes.get(code);
      if (grant?.applicationId !== applicationId) return null;
      codes.delete(code);
      return grant.expiresAt > world.now() ? grant : null;
    },

    issue,

    /** A new pair for a refresh token, which is spent. null: unknown, spent, revoked, or another application's. */
    refresh(refreshToken: string, applicationId: string): TokenPair | null {
      const found = refreshTokens.get(refreshToken);
      if (found?.applicationId !== applicationId) return null;
      refreshTokens.delete(refreshToken);
      return issue(applicationId, found.userId, found.scopes);
    },

    /** Whose token it is: access or refresh. */
    ownerOf(token: string): { applicationId: string; userId: string } | null {
      return world.accessTokens.get(token) ?? refreshTokens.get(token) ?? null;
    },

    /** Ends the user's authorization of the application: every code, access and refresh token of it. */
    revoke(applicationId: string, userId: string): void {
      allowed.delete(keyOf(applicationId, userId));
      for (const { token } of tokensOf(applicationId, userId)) world.accessTokens.delete(token);
      for (const known of [codes, refreshTokens] as Map<string, RefreshToken>[]) {
        for (const [text, entry] of known) {
          if (entry.applicationId === applicationId && entry.userId === userId) known.delete(text);
        }
      }
    },
  };
}

function keyOf(applicationId: string, userId: string): string {
  return `${applicationId} ${userId}`;
}

/** The S256 challenge of a verifier (RFC 7636). */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item));
}
