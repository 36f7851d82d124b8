import type { Logger } from 'pino';
import type { LinkStore } from '../db/link-store.ts';
import { AppError } from '../errors.ts';
import type { DiscordOAuth } from './discord-oauth.ts';
import type { LinkTokens } from './link-tokens.ts';
import type { Link } from './links.ts';

/** Whom the host application means: by its own id for him, or by ours. */
export type HostSubject = { externalId: string } | { accountId: string };

/** Links that the host application's own backend makes, with tokens that Discord gave it for this application. */
export interface HostLinks {
  /** AppError token_refused, user_not_found, account_conflict, discord_unavailable. */
  link(subject: HostSubject, tokens: { accessToken: string; refreshToken: string | null }): Promise<HostLinked>;
}

interface HostLinked {
  link: Link;
  isNew: boolean;
}

export function createHostLinks(options: {
  links: Pick<LinkStore, 'find' | 'link' | 'findAccount' | 'findByExternalId' | 'accountOfExternal'>;
  linkTokens: Pick<LinkTokens, 'seal'>;
  oauth: Pick<DiscordOAuth, 'authorizationOf'>;
  /** Our application: a token that was given to another one says nothing. */
  clientId: string;
  onLinked(discordId: string): void;
  now: () => Date;
  newId: () => string;
  log: Logger;
}): HostLinks {
  const { links, linkTokens, oauth, clientId, now, newId, log } = options;

  /** The account's id; null: it is to be made. */
  async function find(subject: HostSubject): Promise<string | null> {
    if ('externalId' in subject) return (await links.findByExternalId(subject.externalId))?.id ?? null;
    if (await links.findAccount(subject.accountId)) return subject.accountId;
    throw gone();
  }

  async function make(subject: HostSubject): Promise<string> {
    if ('accountId' in subject) return subject.accountId;
    return (await links.accountOfExternal(subject.externalId, { newAccountId: newId(), now: now() })).id;
  }

  return {
    async link(subject, { accessToken, refreshToken }) {
      const known = await find(subject);
      const authorization = await oauth.authorizationOf(accessToken);
      if (authorization?.applicationId !== clientId) throw refused();
      const { user, expiresAt, scopes } = authorization;
      if (!user) throw refused();
      const present = await links.find(user.id);
      if (present && present.accountId !== known) throw conflict();
      const tokens = await linkTokens.seal({ accessToken, refreshToken, expiresAt, scopes }, user.id);
      const accountId = known ?? (await make(subject));
      const result = await links.link({ discordUser: user, accountId, tokens, newAccountId: accountId, now: now() });
      if (result.result === 'account_gone') throw gone();
      if (result.result !== 'linked') throw conflict();
      log.info({ discordId: user.id, accountId, isNew: result.isNew }, 'the host application linked a Discord user');
      options.onLinked(user.id);
      return result;
    },
  };
}

function gone(): AppError {
  return new AppError('user_not_found', 'There is no account with this user_id.');
}

function refused(): AppError {
  return new AppError(
    'token_refused',
    'Discord does not take this access token, or it was not given to this application with the scope identify.',
  );
}

function conflict(): AppError {
  return new AppError(
    'account_conflict',
    'This Discord user already belongs to another account. Accounts are not merged and nothing was changed: unlink him there first.',
  );
}
