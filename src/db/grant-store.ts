import { and, asc, count, eq, sql, type SQL } from 'drizzle-orm';
import type { Grant } from '../core/grant.ts';
import type { Database, Transaction } from './database.ts';
import { byMember, inPortions, isAnyOf, parseTexts, sharing } from './lists.ts';
import { grants, roleMappings } from './schema.ts';

export type GrantStore = ReturnType<typeof createGrantStore>;

/** The ledger: which roles Rolewright gave to whom. */
export function createGrantStore({ orm }: Pick<Database, 'orm'>) {
  return {
    /** A member's grants by role id. */
    async ofMember(guildId: string, discordId: string): Promise<Map<string, Grant>> {
      const rows = orm.select().from(grants).where(ofMember(guildId, discordId)).orderBy(asc(grants.roleId)).all();
      return new Map(rows.map((row) => [row.roleId, row]));
    },

    /** Every grant of a guild: by Discord user, then by role id. Members without a grant are absent. */
    async ofGuild(guildId: string): Promise<Map<string, Map<string, Grant>>> {
      // A hundred thousand rows at each sync: drizzle's own mapping of columns would be most of the work.
      const rows = orm.all<RawGrant>(
        sql`select ${RAW} from ${grants} where ${eq(grants.guildId, guildId)} order by ${grants.discordId}, ${grants.roleId}`,
      );
      return byMember(toGrants(guildId, rows));
    },

    /** Writes grants, all or none; one that is there already (same guild, member, role) takes the new values. */
    async save(rows: readonly Grant[]): Promise<void> {
      orm.transaction((tx) => insert(tx, rows));
    },

    /**
     * Writes grants whose role an active mapping still names, at this very moment; tells which do not. Whoever ends a
     * mapping settles the grants that exist, so none may come after that.
     */
    async saveNamed(rows: readonly Grant[]): Promise<Grant[]> {
      return orm.transaction(
        (tx) => {
          const isNamed = ({ guildId, roleId }: Grant): boolean =>
            tx
              .select({ id: roleMappings.id })
              .from(roleMappings)
              .where(
                and(
                  eq(roleMappings.guildId, guildId),
                  eq(roleMappings.roleId, roleId),
                  eq(roleMappings.isActive, true),
                ),
              )
              .limit(1)
              .get() !== undefined;
          const named = rows.filter(isNamed);
          insert(tx, named);
          return rows.filter((row) => !named.includes(row));
        },
        { behavior: 'immediate' },
      );
    },

    /** Brings grants up to date that still stand. One that ended meanwhile stays ended, one that was released stays so. */
    async renew(rows: readonly Grant[]): Promise<void> {
      orm.transaction((tx) => {
        for (const { guildId, discordId, roleId, isReleased: _, ...set } of rows) {
          tx.update(grants)
            .set(set)
            .where(and(ofMember(guildId, discordId), eq(grants.roleId, roleId)))
            .run();
        }
      });
    },

    async forget(guildId: string, discordId: string, roleIds: readonly string[]): Promise<void> {
      orm
        .delete(grants)
        .where(and(ofMember(guildId, discordId), isAnyOf(grants.roleId, roleIds)))
        .run();
    },

    /** Whether anybody holds anything by our grant in this guild. */
    async hasAny(guildId: string): Promise<boolean> {
      return (
        orm.select({ roleId: grants.roleId }).from(grants).where(eq(grants.guildId, guildId)).limit(1).get() !==
        undefined
      );
    },

    /** He left. */
    async forgetMember(guildId: string, discordId: string): Promise<void> {
      orm.delete(grants).where(ofMember(guildId, discordId)).run();
    },

    /** The role is gone: nobody holds it by our grant any more. What a mapping gave ends with it in the mapping store. */
    async forgetRole(guildId: string, roleId: string): Promise<void> {
      orm.delete(grants).where(ofRole(guildId, roleId)).run();
    },

    /** How many members hold each role by our grant; roles that nobody holds so are absent. */
    async holdersOf(guildId: string): Promise<Map<string, number>> {
      const rows = orm
        .select({ roleId: grants.roleId, holders: count() })
        .from(grants)
        .where(eq(grants.guildId, guildId))
        .groupBy(grants.roleId)
        .orderBy(asc(grants.roleId))
        .all();
      return new Map(rows.map(({ roleId, holders }) => [roleId, holders]));
    },
  };
}

function ofRole(guildId: string, roleId: string): SQL | undefined {
  return and(eq(grants.guildId, guildId), eq(grants.roleId, roleId));
}

function ofMember(guildId: string, discordId: string): SQL | undefined {
  return and(eq(grants.guildId, guildId), eq(grants.discordId, discordId));
}

function insert(tx: Transaction, rows: readonly Grant[]): void {
  for (const portion of inPortions(rows)) {
    tx.insert(grants)
      .values(portion)
      .onConflictDoUpdate({
        target: [grants.guildId, grants.discordId, grants.roleId],
        set: {
          mappingIds: sql`excluded.mapping_ids`,
          runId: sql`excluded.run_id`,
          grantedAt: sql`excluded.granted_at`,
          undesiredSince: sql`excluded.undesired_since`,
          isReleased: sql`excluded.is_released`,
          isConfirmed: sql`excluded.is_confirmed`,
        },
      })
      .run();
  }
}

/** A row as SQLite gives it, without its guild. */
interface RawGrant {
  discordId: string;
  roleId: string;
  mappingIds: string;
  runId: string | null;
  grantedAt: number;
  undesiredSince: number | null;
  isReleased: number;
  isConfirmed: number;
}

const RAW = sql`${grants.discordId} as "discordId", ${grants.roleId} as "roleId", ${grants.mappingIds} as "mappingIds",
  ${grants.runId} as "runId", ${grants.grantedAt} as "grantedAt", ${grants.undesiredSince} as "undesiredSince",
  ${grants.isReleased} as "isReleased", ${grants.isConfirmed} as "isConfirmed"`;

function toGrants(guildId: string, rows: readonly RawGrant[]): Grant[] {
  const listIn = sharing(parseTexts);
  const same = sharing((id: string) => id);
  return rows.map((row) => ({
    guildId,
    discordId: row.discordId,
    roleId: same(row.roleId),
    mappingIds: listIn(row.mappingIds),
    runId: row.runId === null ? null : same(row.runId),
    grantedAt: new Date(row.grantedAt),
    undesiredSince: row.undesiredSince === null ? null : new Date(row.undesiredSince),
    isReleased: row.isReleased !== 0,
    isConfirmed: row.isConfirmed !== 0,
  }));
}
