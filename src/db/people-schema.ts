import { index, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { flag, instant, texts } from './columns.ts';

/** A person in Rolewright. */
export const accounts = sqliteTable('accounts', {
  id: text().primaryKey(),
  externalId: text('external_id').unique(),
  /** Sessions that began before are over; null: none was ended in that way. */
  sessionsValidAfter: instant('sessions_valid_after'),
  /** The one session (its `jti`) that stayed when they ended. */
  keptSession: text('kept_session'),
  createdAt: instant('created_at').notNull(),
});

/** Discord users that are linked to an account. A row is the link; tokens are JWE. */
export const discordUsers = sqliteTable(
  'discord_users',
  {
    discordId: text('discord_id').primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    username: text().notNull(),
    globalName: text('global_name'),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    tokenExpiresAt: instant('token_expires_at'),
    scopes: texts('scopes').notNull(),
    needsRelink: flag('needs_relink').notNull().default(false),
    linkedAt: instant('linked_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [index('discord_users_account').on(table.accountId)],
);

/** Discord users who were linked to an account last and are linked to none now. */
export const formerLinks = sqliteTable(
  'former_links',
  {
    discordId: text('discord_id').primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    unlinkedAt: instant('unlinked_at').notNull(),
    /**
     * What happened to him is still the account's own: nobody else was linked to it by then or is known to have been, or
     * the account was ended with him.
     */
    isOwn: flag('is_own').notNull(),
  },
  (table) => [index('former_links_account').on(table.accountId)],
);

/** OAuth2 states that wait for their callback; single-use, known by their hash only. */
export const oauthStates = sqliteTable(
  'oauth_states',
  {
    stateHash: text('state_hash').primaryKey(),
    purpose: text({ enum: ['login', 'link', 'link_from_discord'] }).notNull(),
    accountId: text('account_id').references(() => accounts.id, { onDelete: 'cascade' }),
    discordId: text('discord_id'),
    /** The session (its `jti`) that began it, and the Discord user whose that was; null: it was none. */
    sessionJti: text('session_jti'),
    startedBy: text('started_by'),
    /** Hash of the browser's cookie; null until a browser opens the link. */
    browserHash: text('browser_hash'),
    redirectUrl: text('redirect_url'),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [index('oauth_states_expires').on(table.expiresAt), index('oauth_states_account').on(table.accountId)],
);

/** Sessions that were logged out before their end. */
export const revokedSessions = sqliteTable(
  'revoked_sessions',
  {
    jti: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    index('revoked_sessions_expires').on(table.expiresAt),
    index('revoked_sessions_account').on(table.accountId),
  ],
);

/** Webhooks that came already; each counts once. */
export const seenWebhooks = sqliteTable(
  'seen_webhooks',
  {
    id: text().primaryKey(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [index('seen_webhooks_expires').on(table.expiresAt)],
);
