import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import * as refusal from './host-token-refusals.ts';

/** Whom the host application says that somebody is. */
interface HostUser {
  externalId: string;
  /** He, or the host itself, has the scope `rolewright:operator`. */
  isOperator: boolean;
}

export interface HostTokens {
  /** `why` it is refused, in words that hold nothing of it. AppError host_unavailable while the host's keys are out of reach. */
  read(token: string): Promise<HostUser | { why: string }>;
}

export interface HostApplication {
  jwksUrl: string | null;
  jwtSecret: string | null;
  issuer: string | null;
  audience: string | null;
}

const OPERATOR_SCOPE = 'rolewright:operator';
/** Access tokens and plain JWTs (RFC 9068, RFC 7519); a logout token or another kind is none, whoever signed it. */
const TYPES = new Set(['jwt', 'at+jwt', 'application/at+jwt']);
const ASYMMETRIC = ['RS256', 'ES256', 'PS256', 'EdDSA'];
const TOLERANCE_SECONDS = 5;
const LONGEST = 8192;

const claims = z.object({
  sub: z
    .string()
    .regex(/^[^\p{Cc}]+$/u)
    .max(255),
  scope: z.union([z.string(), z.array(z.string())]).optional(),
});

/** JWTs of the host application; null: there is none. */
export function createHostTokens(host: HostApplication, { now }: { now: () => Date }): HostTokens | null {
  const { issuer, audience } = host;
  const proof = proofOf(host);
  if (!proof || issuer === null || audience === null) return null;

  return {
    async read(token) {
      const why = whyNotWorthVerifying(token, issuer);
      if (why !== null) return { why };
      try {
        const { payload } = await jwtVerify(token, proof.getKey, {
          algorithms: proof.algorithms,
          issuer,
          audience,
          requiredClaims: ['sub', 'iss', 'aud', 'exp'],
          clockTolerance: TOLERANCE_SECONDS,
          currentDate: now(),
        });
        const { data, error } = claims.safeParse(payload);
        if (error) return { why: error.issues[0]?.path[0] === 'sub' ? refusal.WRONG_SUBJECT : refusal.WRONG_SCOPE };
        return { externalId: data.sub, isOperator: scopesOf(data.scope).includes(OPERATOR_SCOPE) };
      } catch (error) {
        if (error instanceof errors.JOSEError) return { why: refusal.whyRefused(error, proof.algorithms) };
        throw error;
      }
    },
  };
}

function proofOf({ jwksUrl, jwtSecret }: HostApplication): { algorithms: string[]; getKey: JWTVerifyGetKey } | null {
  // A public key must never verify as a secret: each kind of key has algorithms of its own (RFC 8725, 2.1).
  if (jwksUrl !== null) return { algorithms: ASYMMETRIC, getKey: remoteKeys(new URL(jwksUrl)) };
  if (jwtSecret === null) return null;
  const secret = new TextEncoder().encode(jwtSecret);
  return { algorithms: ['HS256'], getKey: async () => secret };
}

function remoteKeys(url: URL): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(url, { timeoutDuration: 5000, cooldownDuration: 30_000, cacheMaxAge: 600_000 });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (cause) {
      if (cause instanceof errors.JWKSNoMatchingKey || cause instanceof errors.JWKSMultipleMatchingKeys) throw cause;
      throw new AppError(
        'host_unavailable',
        'The host application does not give out its keys at the moment, so nobody can tell who you are. Try again in a minute.',
        { cause },
      );
    }
  };
}

/** null: it is. The host is asked for its keys only about a token that says to be the host's. */
function whyNotWorthVerifying(token: string, issuer: string): string | null {
  if (token.length > LONGEST) return refusal.TOO_LONG;
  try {
    const { typ } = decodeProtectedHeader(token);
    if (typ !== undefined && !TYPES.has(typ.toLowerCase())) return refusal.WRONG_TYPE;
    return decodeJwt(token).iss === issuer ? null : refusal.WRONG_ISSUER;
  } catch {
    return refusal.NO_JWT;
  }
}

function scopesOf(scope: string | string[] | undefined): string[] {
  return typeof scope === 'string' ? scope.split(' ') : (scope ?? []);
}
