import { asc, eq, lt, type SQL } from 'drizzle-orm';
import type { Database } from './database.ts';
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
  /** When the bot left; null while it is there. */
  leftAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

export type GuildStore = ReturnType<typeof createGuildStore>;

/** Guilds and their settings. */
export function createGuildStore({ orm }: Pick<Database, 'orm'>) {
  return {
    /** The bot is in the guild: a new one gets the default settings, one that it comes back to goes on with its own. */
    async joined(guildId: string, name: string, now: Date): Promise<StoredGuild> {
      return orm
        .insert(guilds)
        .values({ guildId, name, createdAt: now, updatedAt: now })
        .onConflictDoUpdate({ target: guilds.guildId, set: { name, leftAt: null } })
        .returning()
        .get();
    },

    /** The bot is no longer in the guild; everything is kept for a while. A second call does not move the date. */
    async left(guildId: string, now: Date): Promise<void> {
      orm.transaction((tx) => {
        const row = tx.select({ leftAt: guilds.leftAt }).from(guilds).where(byId(guildId)).get();
        if (row && row.leftAt === null) tx.update(guilds).set({ leftAt: now }).where(byId(guildId)).run();
      });
    },

    async find(guildId: string): Promise<StoredGuild | null> {
      return orm.select().from(guilds).where(byId(guildId)).get() ?? null;
    },

    /** Every guild, those that the bot left included, ordered by id. */
    async all(): Promise<StoredGuild[]> {
      return orm.select().from(guilds).orderBy(asc(guilds.guildId)).all();
    },

    /** null: there is no such guild. */
    async update(guildId: string, patch: Partial<GuildSettings>, now: Date): Promise<StoredGuild | null> {
      const row = orm
        .update(guilds)
        .set({ ...patch, updatedAt: now })
        .where(byId(guildId))
        .returning()
        .get();
      return row ?? null;
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
