import { and, eq, sql } from 'drizzle-orm';
import type { Database, Transaction } from './database.ts';
import { inPortions, isAnyOf } from './lists.ts';
import { nameOf, type MemberName } from './member-name.ts';
import { discordUsers, groupMemberships as memberships } from './schema.ts';
import { accountsIn, discordIdsOf, hasGroup, isCurrent, unknownAccounts } from './touched.ts';

/** What came of replacing the members of a group. */
export interface Replaced {
  added: MemberName[];
  removed: MemberName[];
  unchanged: number;
  /** The Discord users of those accounts that are in it now and were not, or the other way round. */
  discordIds: string[];
}

/** Memberships of local groups, many at once. */
export function createMemberSets({ orm }: Pick<Database, 'orm'>) {
  return {
    /**
     * These and nobody else are in the group. Who was in it stays as he is, with the end of his membership. null: there
     * is no such group; `unknown`: accounts that there are none of, and nothing was changed.
     */
    async replaceMembers(
      groupId: string,
      wanted: { accountIds: readonly string[]; discordIds: readonly string[] },
      { addedBy, newId, now }: { addedBy: string | null; newId: () => string; now: Date },
    ): Promise<Replaced | { unknown: string[] } | null> {
      return orm.transaction(
        (tx) => {
          if (!hasGroup(tx, groupId)) return null;
          const accountIds = new Set(wanted.accountIds);
          const discordIds = new Set(wanted.discordIds);
          const unknown = unknownAccounts(tx, accountIds);
          if (unknown.length > 0) return { unknown };
          const isInGroup = eq(memberships.groupId, groupId);
          const accountsBefore = new Set(accountsIn(tx, and(isInGroup, isCurrent(now))));
          // What has run out and is not wanted is left to `takeExpired`, which tells whom that touches.
          const rows = tx.select().from(memberships).where(isInGroup).all();
          const isWanted = (row: (typeof rows)[number]) =>
            accountIds.has(row.accountId ?? '') || discordIds.has(row.discordId ?? '');
          const isOut = (row: (typeof rows)[number]) => row.expiresAt !== null && row.expiresAt <= now;
          const removed = rows.filter((row) => !isWanted(row) && !isOut(row));
          const renewed = rows.filter((row) => isWanted(row) && isOut(row));
          const kept = rows.filter((row) => isWanted(row) && !isOut(row));
          remove(
            tx,
            [...removed, ...renewed].map(({ id }) => id),
          );
          for (const row of kept) {
            accountIds.delete(row.accountId ?? '');
            discordIds.delete(row.discordId ?? '');
          }
          const added: MemberName[] = [
            ...[...accountIds].map((accountId) => ({ accountId })),
            ...[...discordIds].map((discordId) => ({ discordId })),
          ];
          insert(
            tx,
            added.map((name) => ({ id: newId(), groupId, addedBy, addedAt: now, ...name })),
          );
          const accountsAfter = new Set(accountsIn(tx, and(isInGroup, isCurrent(now))));
          const changed = [...accountsBefore, ...accountsAfter].filter(
            (id) => accountsBefore.has(id) !== accountsAfter.has(id),
          );
          return {
            added,
            removed: removed.flatMap(nameOf),
            unchanged: kept.length,
            discordIds: discordIdsOf(tx, changed),
          };
        },
        { behavior: 'immediate' },
      );
    },

    /**
     * Adds many to a group at once, by Discord user, each with his end (null: none). Who is in it already gets the new
     * end. null: there is no such group.
     */
    async addMany(
      groupId: string,
      entries: readonly { id: string; discordId: string; expiresAt: Date | null }[],
      { addedBy, now }: { addedBy: string | null; now: Date },
    ): Promise<{ discordIds: string[] } | null> {
      return orm.transaction(
        (tx) => {
          if (!hasGroup(tx, groupId)) return null;
          for (const portion of inPortions(entries)) {
            tx.insert(memberships)
              .values(portion.map((entry) => Object.assign({ groupId, addedBy, addedAt: now }, entry)))
              .onConflictDoUpdate({
                target: [memberships.groupId, memberships.discordId],
                set: { expiresAt: sql`excluded.expires_at` },
              })
              .run();
          }
          const ids = entries.map(({ discordId }) => discordId);
          const owners = tx
            .selectDistinct({ id: discordUsers.accountId })
            .from(discordUsers)
            .where(isAnyOf(discordUsers.discordId, ids))
            .all();
          return {
            discordIds: discordIdsOf(
              tx,
              owners.map(({ id }) => id),
            ),
          };
        },
        { behavior: 'immediate' },
      );
    },

    /** Until when these Discord users are in a group (null: without an end); who is not in it is absent. */
    async endsOf(groupId: string, discordIds: readonly string[], now: Date): Promise<Map<string, Date | null>> {
      const { discordId, expiresAt } = memberships;
      const rows = orm
        .select({ discordId: sql<string>`${discordId}`, expiresAt })
        .from(memberships)
        .where(and(eq(memberships.groupId, groupId), isAnyOf(discordId, discordIds), isCurrent(now)))
        .all();
      return new Map(rows.map((row) => [row.discordId, row.expiresAt]));
    },
  };
}

function remove(tx: Transaction, ids: readonly string[]): void {
  tx.delete(memberships).where(isAnyOf(memberships.id, ids)).run();
}

function insert(tx: Transaction, rows: readonly (typeof memberships.$inferInsert)[]): void {
  for (const portion of inPortions(rows)) tx.insert(memberships).values(portion).run();
}
