import type { LinkStore } from '../db/link-store.ts';
import { AppError } from '../errors.ts';
import { NO_HOST } from './host-token-refusals.ts';
import type { HostTokens } from './host-tokens.ts';
import { isSessionToken, type Sessions } from './sessions.ts';

/** What a request brought along: a token of the Authorization header ('' for one that is no Bearer), and the cookie's. */
export interface SentCredentials {
  bearer: string | null;
  cookie: string | null;
}

/** Somebody who proved who he is. */
export interface Caller {
  accountId: string;
  /** His linked Discord users, the oldest link first. */
  discordIds: readonly string[];
  /** Who did something, for the records: the Discord user that he logged in with, else his oldest, else his account. */
  actor: string;
  isOperator: boolean;
  /** The host application said itself, by the scope of its token, that this is an operator. */
  isHostOperator: boolean;
  /** The session that he came with, and the Discord user that it began with; null: a token of the host application. */
  session: { jti: string; discordId: string; expiresAt: Date } | null;
}

export interface Callers {
  /** null: nothing was sent. AppError unauthenticated says why a Bearer is refused; an old cookie is nobody. AppError host_unavailable. */
  of(sent: SentCredentials): Promise<Caller | null>;
}

export function createCallers(options: {
  sessions: Pick<Sessions, 'read'>;
  /** null: there is no host application. */
  hostTokens: HostTokens | null;
  links: Pick<LinkStore, 'ofAccount' | 'accountOfExternal'>;
  /** Discord ids of the operators. */
  operatorIds: readonly string[];
  now: () => Date;
  newId: () => string;
}): Callers {
  const { sessions, hostTokens, links, now, newId } = options;
  const operatorIds = new Set(options.operatorIds);

  async function caller(accountId: string, how: Pick<Caller, 'session' | 'isHostOperator'>): Promise<Caller> {
    const discordIds = (await links.ofAccount(accountId)).map(({ discordId }) => discordId);
    const isOperator = how.isHostOperator || discordIds.some((discordId) => operatorIds.has(discordId));
    const actor = how.session?.discordId ?? discordIds[0] ?? accountId;
    return { accountId, discordIds, actor, isOperator, ...how };
  }

  async function ofSession(token: string): Promise<Caller | null> {
    const session = await sessions.read(token);
    if (!session) return null;
    const { accountId, jti, discordId, expiresAt } = session;
    return caller(accountId, { session: { jti, discordId, expiresAt }, isHostOperator: false });
  }

  async function ofHost(token: string): Promise<Caller> {
    const user = hostTokens ? await hostTokens.read(token) : { why: NO_HOST };
    if ('why' in user) throw new AppError('unauthenticated', user.why);
    const account = await links.accountOfExternal(user.externalId, { newAccountId: newId(), now: now() });
    return caller(account.id, { session: null, isHostOperator: user.isOperator });
  }

  return {
    async of({ bearer, cookie }) {
      if (bearer === null) return cookie === null ? null : ofSession(cookie);
      // What a token says to be decides which key it has to verify with; neither key is tried for the other kind.
      if (!isSessionToken(bearer)) return ofHost(bearer);
      const found = await ofSession(bearer);
      if (!found) throw new AppError('unauthenticated', 'This session is not valid, or it is over. Log in again.');
      return found;
    },
  };
}
