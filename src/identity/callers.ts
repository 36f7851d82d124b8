import type { LinkStore } from '../db/link-store.ts';
import { AppError } from '../errors.ts';
import type { Sessions } from './sessions.ts';

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
  isOperator: boolean;
  /** The session that he came with; null: a token of the host application. */
  session: { jti: string; expiresAt: Date } | null;
}

export interface Callers {
  /** null: nothing was sent. AppError unauthenticated for a Bearer that is not valid; an old cookie is nobody. */
  of(sent: SentCredentials): Promise<Caller | null>;
}

export function createCallers(options: {
  sessions: Pick<Sessions, 'read'>;
  links: Pick<LinkStore, 'ofAccount'>;
  /** Discord ids of the operators. */
  operatorIds: readonly string[];
}): Callers {
  const { sessions, links } = options;
  const operatorIds = new Set(options.operatorIds);

  async function ofSession(token: string): Promise<Caller | null> {
    const session = await sessions.read(token);
    if (!session) return null;
    const { accountId, jti, expiresAt } = session;
    const discordIds = (await links.ofAccount(accountId)).map(({ discordId }) => discordId);
    const isOperator = discordIds.some((discordId) => operatorIds.has(discordId));
    return { accountId, discordIds, isOperator, session: { jti, expiresAt } };
  }

  return {
    async of({ bearer, cookie }) {
      if (bearer === null) return cookie === null ? null : ofSession(cookie);
      const caller = await ofSession(bearer);
      if (!caller) throw new AppError('unauthenticated', 'This token is not valid, or it is over. Log in again.');
      return caller;
    },
  };
}
