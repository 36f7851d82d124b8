import { and, asc, eq, getTableColumns, isNotNull, isNull, lt, type SQL } from 'drizzle-orm';
import { DEFAULT_SETTINGS } from '../sync/guild-settings.ts';
import { laterThan, saysAlready } from './columns.ts';
import type { Database, Transaction } from './database.ts';
import { guilds } from './schema.ts';

/** What a guild's admins decide. */
export interface GuildSettings {
  isEnabled: boolean;
  /** false: syncs only when a person asks. */
  autoSync: boolean;
  /** Seconds between two scheduled syncs; null = the operator's DISCORD_SYNC_INTERVAL. */
  syncIntervalSeconds: number | null;
  syncOnJoin: boolean;
  removeRolesOnLeave: boolean;
  syncPendingMembers: boolean;
  onUnlink: 'remove' | 'keep';
  bypassRoleId: string | null;
  auditChannelId: string | null;
  notificationChannelId: string | null;
  maxRoleChangesPerSync: number;
  maxRemovalsPercent: number;
  /** Whoever links joins the guild (needs the scope `guilds.join`). */
  autoJoin: boolean;
  /** '' = nicknames are left alone. */
  nicknameTemplate: string;
}

/** A bot of the guild's own; the token is sealed. Both null: the operator's bot works there. */
interface GuildBot {
  botToken: string | null;
  botUserId: string | null;
}

/** Whether Rolewright may write in a guild; `paused` after repeated refusals, until a probe goes through. */
export interface GuildHealth {
  healthStatus: 'healthy' | 'paused';
  /** In words; null when nothing is wrong. */
  lastError: string | null;
}

/** A guild that the bot is, or was, in. */
export interface StoredGuild extends GuildSettings, GuildHealth {
  guildId: string;
  name: string;
  lastFullSyncAt: Date | null;
  lastHealthCheck: Date | null;
  /** The user of the guild's own bot; null: the operator's bot works there. */
  botUserId: string | null;
  /** When an admin removed the configuration; null: it stands. */
  removedAt: Date | null;
  /** When the bot left; null while it is there. */
  leftAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

export type GuildStore = ReturnType<typeof createGuildStore>;

/** Everything but the token: that one is read on purpose only. */
const { botToken: _, ...columns } = getTableColumns(guilds);

type GuildRow = Partial<typeof guilds.$inferInsert>;

/** What a configuration that an admin had removed begins with. */
function anew({ updatedAt }: StoredGuild, now: Date): GuildRow {
  return { removedAt: null, createdAt: now, updatedAt: laterThan(updatedAt, now), lastFullSyncAt: null };
}

function find(from: Pick<Transaction, 'select'>, guildId: string): StoredGuild | null {
  return from.select(columns).from(guilds).where(byId(guildId)).get() ?? null;
}

/** The row as it is when there is none yet, and what is set of one that is there. */
function put(tx: Transaction, fresh: typeof guilds.$inferInsert, set: GuildRow): StoredGuild {
  const target = guilds.guildId;
  return tx.insert(guilds).values(fresh).onConflictDoUpdate({ target, set }).returning(columns).get();
}

/** Guilds and their settings. */
export function createGuildStore({ orm }: Pick<Database, 'orm'>) {
  const atOnce = <T>(work: (tx: Transaction) => T): T => orm.transaction(work, { behavior: 'immediate' });

  /** Changes what stands; null: there is no such guild, or it was changed since `unchangedSince`. */
  function change(
    guildId: string,
    patch: (before: StoredGuild) => GuildRow | null,
    now: Date,
    unchangedSince: Date | null,
  ): { before: StoredGuild; after: StoredGuild } | null {
    return atOnce((tx) => {
      const before = find(tx, guildId);
      if (!before || (unchangedSince && before.updatedAt.getTime() !== unchangedSince.getTime())) return null;
      const set = patch(before);
      if (!set) return null;
      const row = tx.select().from(guilds).where(byId(guildId)).get();
      if (row && saysAlready(row, set)) return { before, after: before };
      const updatedAt = laterThan(before.updatedAt, now);
      return { before, after: put(tx, { ...before, ...set, updatedAt }, { ...set, updatedAt }) };
    });
  }

  return {
    /**
     * The bot is in the guild: a new one gets the default settings, one that it comes back to goes on with its own. A
     * configuration that was removed comes back only when the bot had left.
     */
    async joined(guildId: string, name: string, now: Date): Promise<StoredGuild> {
      return atOnce((tx) => {
        const before = find(tx, guildId);
        const comesBack = before?.removedAt && before.leftAt ? anew(before, now) : {};
        const fresh = { guildId, name, createdAt: now, updatedAt: now };
        return put(tx, fresh, { name, leftAt: null, ...comesBack });
      });
    },

    /** The guild has a configuration from now on, whether there was none or an admin had removed it. */
    async configure(guildId: string, name: string, now: Date): Promise<StoredGuild> {
      return atOnce((tx) => {
        const before = find(tx, guildId);
        if (before && !before.removedAt) return before;
        return put(tx, { guildId, name, createdAt: now, updatedAt: now }, before ? anew(before, now) : { name });
      });
    },

    /** As a person does it, of a guild that the bot is in. null: it has a configuration already. */
    async create(
      guildId: string,
      name: string,
      patch: Partial<GuildSettings & GuildBot>,
      now: Date,
    ): Promise<{ before: StoredGuild | null; after: StoredGuild } | null> {
      return atOnce((tx) => {
        const before = find(tx, guildId);
        if (before && !before.removedAt && !before.leftAt) return null;
        const fresh = { ...patch, guildId, name, createdAt: now, updatedAt: now };
        const updatedAt = before ? laterThan(before.updatedAt, now) : now;
        const comesBack = before?.removedAt ? anew(before, now) : { updatedAt };
        return { before, after: put(tx, fresh, { ...patch, name, leftAt: null, ...comesBack }) };
      });
    },

    /** The bot is no longer in the guild; everything is kept for a while. A second call does not move the date. */
    async left(guildId: string, now: Date): Promise<void> {
      orm.transaction((tx) => {
        const row = tx.select({ leftAt: guilds.leftAt }).from(guilds).where(byId(guildId)).get();
        if (row && row.leftAt === null) tx.update(guilds).set({ leftAt: now }).where(byId(guildId)).run();
      });
    },

    async find(guildId: string): Promise<StoredGuild | null> {
      return find(orm, guildId);
    },

    /** Every guild, those that the bot left included, ordered by id. */
    async all(): Promise<StoredGuild[]> {
      return orm.select(columns).from(guilds).orderBy(asc(guilds.guildId)).all();
    },

    /** null: there is no such guild. */
    async update(guildId: string, patch: Partial<GuildSettings>, now: Date): Promise<StoredGuild | null> {
      return change(guildId, () => patch, now, null)?.after ?? null;
    },

    /** As a person does it: a configuration that was removed comes back with it. null: see `change`. */
    async edit(
      guildId: string,
      patch: Partial<GuildSettings & GuildBot>,
      now: Date,
      unchangedSince: Date | null = null,
    ): Promise<{ before: StoredGuild; after: StoredGuild } | null> {
      const comesBack = (before: StoredGuild) => (before.removedAt ? anew(before, now) : {});
      return change(guildId, (before) => ({ ...patch, ...comesBack(before) }), now, unchangedSince);
    },

    /** Removes the configuration; the row stays with the defaults. null: there is none. */
    async remove(guildId: string, now: Date): Promise<StoredGuild | null> {
      const nothing = { ...DEFAULT_SETTINGS, botToken: null, botUserId: null, removedAt: now };
      return change(guildId, (before) => (before.removedAt ? null : nothing), now, null)?.before ?? null;
    },

    /** The tokens of the guilds' own bots, sealed (row `guild:<id>`), ordered by guild. */
    async botTokens(): Promise<{ guildId: string; botToken: string; botUserId: string | null }[]> {
      const { guildId, botToken, botUserId } = guilds;
      const rows = orm
        .select({ guildId, botToken, botUserId })
        .from(guilds)
        .where(and(isNotNull(botToken), isNull(guilds.removedAt)))
        .orderBy(asc(guildId))
        .all();
      return rows.flatMap((row) => (row.botToken === null ? [] : [{ ...row, botToken: row.botToken }]));
    },

    /** Puts the same token, sealed anew, in the place of the old; false: another one stands there by now. */
    async replaceBotToken(guildId: string, from: string, to: string): Promise<boolean> {
      const isSame = and(byId(guildId), eq(guilds.botToken, from));
      const replaced = orm.update(guilds).set({ botToken: to }).where(isSame).returning({ guildId: guilds.guildId });
      return replaced.all().length > 0;
    },

    async noteFullSync(guildId: string, now: Date): Promise<void> {
      orm.update(guilds).set({ lastFullSyncAt: now }).where(byId(guildId)).run();
    },

    /** What a look at the guild's health found. */
    async noteHealth(guildId: string, { healthStatus, lastError }: GuildHealth, now: Date): Promise<void> {
      orm.update(guilds).set({ healthStatus, lastError, lastHealthCheck: now }).where(byId(guildId)).run();
    },

    /** Forgets the guilds that the bot left before that date, with all that belongs to them; returns their ids. */
    async purgeLeftBefore(date: Date): Promise<string[]> {
      const gone = orm.delete(guilds).where(lt(guilds.leftAt, date)).returning({ guildId: guilds.guildId }).all();
      return gone.map(({ guildId }) => guildId);
    },
  };
}

function byId(guildId: string): SQL {
  return eq(guilds.guildId, guildId);
}
