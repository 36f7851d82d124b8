import { and, count, desc, eq, gte, isNull, lt, type SQL } from 'drizzle-orm';
import type { Database } from './database.ts';
import { configChanges } from './schema.ts';

/** What a person changed in the configuration: of a guild, a mapping, a group, or who is in it. Never a secret. */
export interface ConfigChange {
  /** Rises with time. */
  id: number;
  /** null: a global group. */
  guildId: string | null;
  subject: 'guild' | 'mapping' | 'group' | 'membership';
  subjectId: string;
  action: 'create' | 'update' | 'delete';
  /** Discord id of who did it, or the account of one who has none; null: Rolewright itself. */
  actor: string | null;
  /** In the API's names; for an update only what changed. null: it was not there. */
  before: Record<string, unknown> | null;
  /** null: it is no more. */
  after: Record<string, unknown> | null;
  at: Date;
}

export type NewConfigChange = Omit<ConfigChange, 'id'>;

export interface ConfigChangeFilter {
  /** null: the changes of global groups. */
  guildId: string | null;
  actor?: string | undefined;
  subject?: ConfigChange['subject'] | undefined;
  subjectId?: string | undefined;
  /** From then on, and before then. */
  since?: Date | undefined;
  until?: Date | undefined;
}

export type ConfigChangeStore = ReturnType<typeof createConfigChangeStore>;

/** Who changed the configuration, what, and how it was before. */
export function createConfigChangeStore({ orm }: Pick<Database, 'orm'>) {
  return {
    async record(change: NewConfigChange): Promise<void> {
      orm.insert(configChanges).values(change).run();
    },

    /** One page (from 1), the newest first, and how many there are on all of them. */
    async search(
      filter: ConfigChangeFilter,
      page: number,
      limit: number,
    ): Promise<{ changes: ConfigChange[]; total: number }> {
      const isMeant = matching(filter);
      return orm.transaction((tx) => {
        const rows = tx
          .select()
          .from(configChanges)
          .where(isMeant)
          .orderBy(desc(configChanges.id))
          .limit(limit)
          .offset((page - 1) * limit)
          .all();
        const counted = tx.select({ total: count() }).from(configChanges).where(isMeant).get();
        return { changes: rows, total: counted?.total ?? 0 };
      });
    },

    /** Forgets what was changed before that date. */
    async purgeBefore(date: Date): Promise<void> {
      orm.delete(configChanges).where(lt(configChanges.at, date)).run();
    },
  };
}

function matching({ guildId, actor, subject, subjectId, since, until }: ConfigChangeFilter): SQL | undefined {
  return and(
    guildId === null ? isNull(configChanges.guildId) : eq(configChanges.guildId, guildId),
    actor === undefined ? undefined : eq(configChanges.actor, actor),
    subject === undefined ? undefined : eq(configChanges.subject, subject),
    subjectId === undefined ? undefined : eq(configChanges.subjectId, subjectId),
    since && gte(configChanges.at, since),
    until && lt(configChanges.at, until),
  );
}
