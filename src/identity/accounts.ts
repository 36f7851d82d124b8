import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { AccountFilter, AccountStore, AccountWithLinks, EndedLinks } from '../db/account-store.ts';
import type { PersonalPart, PersonalStore } from '../db/personal-store.ts';
import { AppError } from '../errors.ts';
import type { GuildReader } from '../sync/ports.ts';
import type { LinkTokens } from './link-tokens.ts';
import type { Sessions } from './sessions.ts';

export type { AccountWithLinks, PersonalPart };

/** Accounts: what is known of a person, and its end. */
export interface Accounts {
  /** AppError user_not_found. */
  find(accountId: string): Promise<AccountWithLinks>;
  list(
    filter: AccountFilter,
    page: { page: number; limit: number },
  ): Promise<{ found: AccountWithLinks[]; total: number }>;
  /** Everything that is stored about somebody, part by part, read as it is asked for. AppError user_not_found. */
  export(accountId: string): Promise<AsyncIterable<PersonalPart>>;
  /**
   * Ends an account: its links with their tokens, its sessions, its roles as the guilds have it, and all that is stored
   * about it and about the Discord users that were linked to it last. What was cut short is found when somebody logs in
   * again, or is asked for again. AppError user_not_found.
   */
  remove(accountId: string, actor: string): Promise<void>;
  /** Forgets accounts that nobody has come to for so long that their last links are forgotten. */
  forgetUnreachable(): Promise<void>;
  /**
   * Ends all its sessions. AppError user_not_found.
   * @param keptJti the one that stays; null: none does
   */
  endSessions(accountId: string, keptJti: string | null): Promise<void>;
}

const UNREACHABLE_AT_ONCE = 100;

export function createAccounts(options: {
  accounts: AccountStore;
  personal: PersonalStore;
  sessions: Pick<Sessions, 'endAll'>;
  linkTokens: Pick<LinkTokens, 'revoke'>;
  guilds: Pick<GuildReader, 'guild' | 'fetchMember'>;
  /** Roles follow the end of a link. */
  onUnlinked(discordId: string, actor: string): Promise<void>;
  now: () => Date;
  log: Logger;
  /** How long somebody waits for his roles to go; that goes on in the background after it. */
  syncWaitMs?: number;
}): Accounts {
  const { accounts, personal, sessions, linkTokens, guilds, now, log, syncWaitMs = 5000 } = options;
  const ending = new Set<string>();

  async function hasLeft({ guildId, discordId }: { guildId: string; discordId: string }): Promise<boolean> {
    return guilds.guild(guildId) !== null && (await guilds.fetchMember(guildId, discordId)) === null;
  }

  /** The account goes last: what was forgotten of it in part is still an account that can be ended. */
  async function forgetAll(accountId: string): Promise<EndedLinks | null> {
    const ended = await accounts.beginRemoval(accountId, now());
    if (!ended) return null;
    const revoked = Promise.all(
      ended.links.map(async ({ discordId, tokens }) => tokens && linkTokens.revoke(tokens, discordId)),
    );
    await personal.forget(accountId, ended.discordIds, now());
    await accounts.remove(accountId);
    await revoked;
    return ended;
  }

  /** Takes the roles away, then forgets what that has written as well. */
  async function followUp(accountId: string, discordIds: readonly string[], actor: string): Promise<void> {
    try {
      const followed = await Promise.allSettled(discordIds.map((discordId) => options.onUnlinked(discordId, actor)));
      for (const { reason: err } of followed.filter((one) => one.status === 'rejected')) {
        log.error({ err, accountId }, 'the sync after the end of an account failed');
      }
      const open = await personal.openGrants(discordIds);
      const left = await Promise.all(open.map((one) => hasLeft(one).catch(() => false)));
      await personal.forgetGrants(open.filter((_, index) => left[index]));
      await personal.forget(accountId, discordIds, now());
    } catch (err) {
      log.error({ err, accountId }, 'what an ended account has left could not be forgotten');
    }
  }

  async function orLate(work: Promise<void>): Promise<void> {
    const settled = new AbortController();
    await Promise.race([work, delay(syncWaitMs, undefined, { signal: settled.signal, ref: false }).catch(() => {})]);
    settled.abort();
  }

  async function find(accountId: string): Promise<AccountWithLinks> {
    const found = await accounts.find(accountId);
    if (!found) throw notFound();
    return found;
  }

  return {
    find,
    list: (filter, { page, limit }) => accounts.list(filter, page, limit),

    async export(accountId) {
      await find(accountId);
      return personal.parts(accountId);
    },

    async remove(accountId, actor) {
      if (ending.has(accountId)) throw notFound();
      ending.add(accountId);
      const ended = await forgetAll(accountId).finally(() => ending.delete(accountId));
      if (!ended) throw notFound();
      const { links, discordIds } = ended;
      log.info({ accountId, links: links.length }, 'an account has ended');
      await orLate(followUp(accountId, discordIds, actor));
    },

    async forgetUnreachable() {
      for (;;) {
        const found = await accounts.unreachable(UNREACHABLE_AT_ONCE);
        for (const accountId of found) await forgetAll(accountId);
        if (found.length > 0) log.info({ accounts: found.length }, 'forgot accounts that nobody can come to');
        if (found.length < UNREACHABLE_AT_ONCE) return;
      }
    },

    async endSessions(accountId, keptJti) {
      if (!(await sessions.endAll(accountId, keptJti))) throw notFound();
      log.info({ accountId, areAll: keptJti === null }, 'the sessions of an account were ended');
    },
  };
}

function notFound(): AppError {
  return new AppError('user_not_found', 'There is no such account, or it is not yours.');
}
