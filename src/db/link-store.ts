import { and, asc, eq, inArray, isNotNull, lt, sql, type SQL } from 'drizzle-orm';
import type { Link } from '../identity/links.ts';
import type { Database, Transaction } from './database.ts';
import { isAnyOf } from './lists.ts';
import { accounts, discordUsers, formerLinks, grants, guilds, oauthStates } from './schema.ts';
import { createStoredTokens, toColumns, toTokens, type StoredTokens } from './stored-tokens.ts';

export type { Link };
export type { SealedTokens, StoredTokens } from './stored-tokens.ts';

/** A person in Rolewright. */
export interface Account {
  id: string;
  /** The host application's name for him. */
  externalId: string | null;
  createdAt: Date;
}

export interface LinkInput {
  discordUser: { id: string; username: string; globalName: string | null };
  /** The account to tie the Discord user to; null: the one he has already or had to himself, else a new one. */
  accountId: string | null;
  /** The Discord user who asked for it in the name of that account: he has to be linked to it still. */
  startedBy?: string | null;
  /** null leaves the tokens as they are. */
  tokens: StoredTokens | null;
  /** The id that a new account gets, where one is needed. */
  newAccountId: string;
  now: Date;
}

export type LinkResult =
  { result: 'linked'; link: Link; isNew: boolean } | { result: 'belongs_to_other_account' | 'account_gone' };

export type LinkStore = ReturnType<typeof createLinkStore>;

/** Accounts, and the Discord users that are linked to them. */
export function createLinkStore({ orm }: Pick<Database, 'orm'>) {
  return {
    ...createStoredTokens({ orm }),

    async find(discordId: string): Promise<Link | null> {
      const row = orm.select().from(discordUsers).where(byDiscordId(discordId)).get();
      return row ? toLink(row) : null;
    },

    /** All Discord users of an account, the oldest link first. */
    async ofAccount(accountId: string): Promise<Link[]> {
      const rows = orm
        .select()
        .from(discordUsers)
        .where(eq(discordUsers.accountId, accountId))
        .orderBy(asc(discordUsers.linkedAt), asc(discordUsers.discordId))
        .all();
      return rows.map(toLink);
    },

    /** How many Discord users are linked. */
    async count(): Promise<number> {
      return orm.$count(discordUsers);
    },

    /** The accounts of those of these Discord users that are linked. */
    async accountsOf(discordIds: readonly string[]): Promise<Map<string, string>> {
      // For every member of a guild at each sync: drizzle's own mapping of columns would be most of the work.
      const rows = orm.values<[discordId: string, accountId: string]>(
        sql`select ${discordUsers.discordId}, ${discordUsers.accountId} from ${discordUsers} where ${isAnyOf(discordUsers.discordId, discordIds)}`,
      );
      return new Map(rows);
    },

    /** What the host application calls those of these accounts that it knows. */
    async externalIdsOf(accountIds: readonly string[]): Promise<Map<string, string>> {
      const rows = orm
        .select({ id: accounts.id, externalId: accounts.externalId })
        .from(accounts)
        .where(and(isAnyOf(accounts.id, accountIds), isNotNull(accounts.externalId)))
        .all();
      return new Map(rows.flatMap(({ id, externalId }) => (externalId === null ? [] : [[id, externalId]])));
    },

    /**
     * Ties a Discord user to an account. Linking again refreshes his name and tokens; one who belongs to another
     * account is refused and nothing changes. Who comes back gets the account that was his alone; for any other the
     * Discord user is no former one any more.
     */
    async link({
      discordUser,
      accountId,
      startedBy = null,
      tokens,
      newAccountId,
      now,
    }: LinkInput): Promise<LinkResult> {
      return orm.transaction(
        (tx) => {
          const existing = tx.select().from(discordUsers).where(byDiscordId(discordUser.id)).get();
          if (existing && accountId !== null && existing.accountId !== accountId) {
            return { result: 'belongs_to_other_account' };
          }
          const isGone = (id: string) =>
            !tx.select({ id: accounts.id }).from(accounts).where(eq(accounts.id, id)).get();
          if (accountId !== null && isGone(accountId)) return { result: 'account_gone' };
          if (startedBy !== null && accountOf(tx, startedBy) !== accountId) return { result: 'account_gone' };
          const known = accountId ?? existing?.accountId ?? leftByHimAlone(tx, discordUser.id);
          const owner = known ?? newAccountId;
          if (known === null) {
            tx.insert(accounts).values({ id: owner, createdAt: now }).run();
          }
          tx.delete(formerLinks).where(eq(formerLinks.discordId, discordUser.id)).run();
          const seen = {
            username: discordUser.username,
            globalName: discordUser.globalName,
            updatedAt: now,
            ...(tokens && { ...toColumns(tokens), needsRelink: false }),
          };
          const row = tx
            .insert(discordUsers)
            .values({ discordId: discordUser.id, accountId: owner, linkedAt: now, scopes: [], ...seen })
            .onConflictDoUpdate({ target: discordUsers.discordId, set: seen })
            .returning()
            .get();
          return { result: 'linked', link: toLink(row), isNew: !existing };
        },
        { behavior: 'immediate' },
      );
    },

    /** The account of somebody whom the host application knows by that id; it is made at first sight. */
    async accountOfExternal(externalId: string, { newAccountId, now }: { newAccountId: string; now: Date }) {
      const known = () => orm.select(accountColumns).from(accounts).where(eq(accounts.externalId, externalId)).get();
      const make = () => {
        const made = { id: newAccountId, externalId, createdAt: now };
        return orm.insert(accounts).values(made).onConflictDoNothing().returning(accountColumns).get() ?? known();
      };
      const account: Account | undefined = known() ?? make();
      if (!account) throw new Error('an account was made and is gone at once');
      return account;
    },

    /**
     * Ends a link; returns what it was, with its tokens, so that they can be revoked. The account stays, the sessions
     * that began with this link and what was begun in them don't. Where a guild keeps roles on unlink, they are no
     * longer ours.
     */
    async unlink(discordId: string, now: Date): Promise<{ link: Link; tokens: StoredTokens | null } | null> {
      return orm.transaction(
        (tx) => {
          const row = tx.delete(discordUsers).where(byDiscordId(discordId)).returning().get();
          const keeping = tx.select({ id: guilds.guildId }).from(guilds).where(eq(guilds.onUnlink, 'keep'));
          tx.delete(grants)
            .where(and(eq(grants.discordId, discordId), inArray(grants.guildId, keeping)))
            .run();
          tx.delete(oauthStates).where(eq(oauthStates.startedBy, discordId)).run();
          if (!row) return null;
          noteFormer(tx, [row], { isEnding: false, now });
          return { link: toLink(row), tokens: toTokens(row) };
        },
        { behavior: 'immediate' },
      );
    },

    /** Former links that ended before that date are known no more. Returns how many there were. */
    async purgeFormerBefore(date: Date): Promise<number> {
      const gone = orm.delete(formerLinks).where(lt(formerLinks.unlinkedAt, date));
      return gone.returning({ discordId: formerLinks.discordId }).all().length;
    },

    async createAccount(account: Account): Promise<Account> {
      return orm.insert(accounts).values(account).returning(accountColumns).get();
    },

    async findAccount(accountId: string): Promise<Account | null> {
      return orm.select(accountColumns).from(accounts).where(eq(accounts.id, accountId)).get() ?? null;
    },

    async findByExternalId(externalId: string): Promise<Account | null> {
      return orm.select(accountColumns).from(accounts).where(eq(accounts.externalId, externalId)).get() ?? null;
    },
  };
}

const accountColumns = { id: accounts.id, externalId: accounts.externalId, createdAt: accounts.createdAt };

type Row = typeof discordUsers.$inferSelect;

export function toLink({ discordId, accountId, username, globalName, scopes, needsRelink, linkedAt }: Row): Link {
  return { discordId, accountId, username, globalName, scopes, needsRelink, linkedAt };
}

function byDiscordId(discordId: string): SQL {
  return eq(discordUsers.discordId, discordId);
}

function accountOf(tx: Transaction, discordId: string): string | null {
  return tx.select().from(discordUsers).where(byDiscordId(discordId)).get()?.accountId ?? null;
}

/** Notes links of one account that have just ended. */
export function noteFormer(
  tx: Transaction,
  ended: readonly Pick<Row, 'discordId' | 'accountId'>[],
  { isEnding, now }: { isEnding: boolean; now: Date },
): void {
  const [first] = ended;
  if (!first) return;
  const { accountId } = first;
  const former = tx.select().from(formerLinks).where(eq(formerLinks.accountId, accountId)).all();
  const linked = tx.select().from(discordUsers).where(eq(discordUsers.accountId, accountId)).all();
  const isOwn = isEnding || former.length + linked.length + ended.length === 1;
  const rows = ended.map(({ discordId }) => ({ discordId, accountId, unlinkedAt: now, isOwn }));
  tx.insert(formerLinks).values(rows).run();
}

/**
 * The account that this Discord user has left, if it was his alone: nobody else was linked to it by then or is known to
 * have been, nobody has come to it since, and no host knows it. Whoever was sent away by others does not get it.
 */
function leftByHimAlone(tx: Transaction, discordId: string): string | null {
  const left = tx.select().from(formerLinks).where(eq(formerLinks.discordId, discordId)).get();
  if (!left?.isOwn) return null;
  const { accountId } = left;
  const former = tx.select().from(formerLinks).where(eq(formerLinks.accountId, accountId)).all();
  const linked = tx.select().from(discordUsers).where(eq(discordUsers.accountId, accountId)).all();
  const isOfHost = and(eq(accounts.id, accountId), isNotNull(accounts.externalId));
  const ofHost = tx.select({ id: accounts.id }).from(accounts).where(isOfHost).all();
  return former.length === 1 && linked.length === 0 && ofHost.length === 0 ? accountId : null;
}
