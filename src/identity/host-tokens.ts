import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { AppError } from '../errors.ts';

/** Whom the host application says that somebody is. */
interface HostUser {
  externalId: string;
  /** He, or the host itself, has the scope `rolewright:operator`. */
  isOperator: boolean;
}

export interface HostTokens {
  /** null: it is no token of the host's, or it is over. AppError host_unavailable while the host's keys are out of reach. */
  read(token: string): Promise<HostUser | null>;
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
      if (!isWorthVerifying(token, issuer)) return null;
      try {
        const { payload } = await jwtVerify(token, proof.getKey, {
          algorithms: proof.algorithms,
          issuer,
          audience,
          requiredClaims: ['sub', 'iss', 'aud', 'exp'],
          clockTolerance: TOLERANCE_SECONDS,
          currentDate: now(),
        });
        const { success, data } = claims.safeParse(payload);
        return success ? { externalId: data.sub, isOperator: scopesOf(data.scope).includes(OPERATOR_SCOPE) } : null;
      } catch (error) {
        if (error instanceof errors.JOSEError) return null;
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

/** The host is asked for its keys only about a token that says to be the host's. */
function isWorthVerifying(token: string, issuer: string): boolean {
  if (token.length > LONGEST) return false;
  try {
    const { typ } = decodeProtectedHeader(token);
    return (typ === undefined || TYPES.has(typ.toLowerCase())) && decodeJwt(token).iss === issuer;
  } catch {
    return false;
  }
}

function scopesOf(scope: string | string[] | undefined): string[] {
  return typeof scope === 'string' ? scope.split(' ') : (scope ?? []);
}
