import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import type { SessionStore } from '../db/session-store.ts';
import type { Link } from './links.ts';

/** The link that a session begins with: when that ends, it is over as well. */
type Login = Pick<Link, 'accountId' | 'discordId' | 'linkedAt'>;

/** A session as its token tells it. */
interface Session extends Login {
  jti: string;
  startedAt: Date;
  expiresAt: Date;
}

/** Sessions as JWTs; which of them were ended early stands in the database. */
export interface Sessions {
  start(login: Login): Promise<{ token: string; expiresAt: Date }>;
  /** null: it is no session of ours, or it is over. */
  read(token: string): Promise<Session | null>;
  /** Ends one. */
  end(session: Pick<Session, 'jti' | 'accountId' | 'expiresAt'>): Promise<void>;
  /**
   * Ends all that the account has now.
   * @param keptJti the one that stays; null: none does
   * @returns whether there is such an account
   */
  endAll(accountId: string, keptJti: string | null): Promise<boolean>;
}

const SESSION_DAYS = 7;
const DAY_MS = 86_400_000;
/** RFC 8725, 3.11: a type of its own keeps any other token of ours from being taken for a session. */
const TYPE = 'rolewright-session+jwt';
const AUDIENCE = 'rolewright:session';
const TOLERANCE_SECONDS = 5;
/** Far more than a token of ours is long. */
const LONGEST = 2048;

/** Whether a token says that it is a session of ours: to be told before anything decides which key it is verified with. */
export function isSessionToken(token: string): boolean {
  try {
    return token.length <= LONGEST && decodeProtectedHeader(token).typ === TYPE;
  } catch {
    return false;
  }
}

/** @param issuer our own address: tokens of another Rolewright are strangers' here */
export function createSessions(options: {
  store: Pick<SessionStore, 'revoke' | 'revokeAll' | 'isValid'>;
  jwtSecret: string;
  issuer: string;
  now: () => Date;
  newId: () => string;
}): Sessions {
  const { store, issuer, now, newId } = options;
  const key = new TextEncoder().encode(options.jwtSecret);

  async function verify(token: string): Promise<Session | null> {
    if (token.length > LONGEST) return null;
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['HS256'],
        typ: TYPE,
        audience: AUDIENCE,
        issuer,
        requiredClaims: ['sub', 'jti', 'iat', 'exp', 'discord_id', 'linked_ms'],
        clockTolerance: TOLERANCE_SECONDS,
        currentDate: now(),
      });
      const { sub = '', jti = '', iat = 0, exp = 0, discord_id: discordId, linked_ms: linkedMs } = payload;
      if (typeof discordId !== 'string' || typeof linkedMs !== 'number') return null;
      // Milliseconds, which `iat` has not: whoever logs in right after all sessions were ended is let in.
      const startedMs = typeof payload['iat_ms'] === 'number' ? payload['iat_ms'] : iat * 1000;
      const linkedAt = new Date(linkedMs);
      return {
        accountId: sub,
        discordId,
        linkedAt,
        jti,
        startedAt: new Date(startedMs),
        expiresAt: new Date(exp * 1000),
      };
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }

  return {
    async start({ accountId, discordId, linkedAt }) {
      const at = now();
      const expiresAt = new Date(Math.floor(at.getTime() / 1000) * 1000 + SESSION_DAYS * DAY_MS);
      const token = await new SignJWT({ iat_ms: at.getTime(), discord_id: discordId, linked_ms: linkedAt.getTime() })
        .setProtectedHeader({ alg: 'HS256', typ: TYPE })
        .setIssuer(issuer)
        .setAudience(AUDIENCE)
        .setSubject(accountId)
        .setJti(newId())
        .setIssuedAt(at)
        .setExpirationTime(expiresAt)
        .sign(key);
      return { token, expiresAt };
    },

    async read(token) {
      const session = await verify(token);
      return session && (await store.isValid(session)) ? session : null;
    },

    end: (session) => store.revoke(session),
    endAll: (accountId, keptJti) => store.revokeAll(accountId, keptJti, now()),
  };
}
