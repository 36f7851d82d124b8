import { and, eq } from 'drizzle-orm';
import { openDatabase } from '../src/db/database.ts';
import { groupMemberships } from '../src/db/schema.ts';
import { accountIdOf, groupIdAt } from './fill-database.ts';
import { groupsOf, type Population } from './population.ts';

/** What changes for one member: groups by their places. */
export interface GroupEdit {
  discordId: string;
  add: readonly number[];
  remove: readonly number[];
}

/** So many role changes for the member at this place: every second one is a loss, as far as he has something to lose. */
export function editOf(discordId: string, place: number, changes: number, population: Population): GroupEdit {
  const own = groupsOf(place, population);
  const others = Array.from({ length: population.mappings }, (_, index) => (place + index) % population.mappings);
  const remove = own.slice(0, Math.floor(changes / 2));
  const add = others.filter((group) => !own.includes(group)).slice(0, changes - remove.length);
  return { discordId, add, remove };
}

/** Writes the edits past the running bot, which hears of nothing: only a sync that looks will find them. */
export function editGroups(databaseUrl: string, edits: readonly GroupEdit[]): void {
  const database = openDatabase(databaseUrl);
  try {
    database.orm.transaction(
      (tx) => {
        for (const { discordId, add, remove } of edits) {
          const accountId = accountIdOf(discordId);
          for (const group of remove) {
            const isThis = and(
              eq(groupMemberships.groupId, groupIdAt(group)),
              eq(groupMemberships.accountId, accountId),
            );
            tx.delete(groupMemberships).where(isThis).run();
          }
          const rows = add.map((group) => ({
            id: `edit-${group}-${discordId}`,
            groupId: groupIdAt(group),
            accountId,
            addedAt: new Date(),
          }));
          if (rows.length > 0) tx.insert(groupMemberships).values(rows).run();
        }
      },
      { behavior: 'immediate' },
    );
  } finally {
    database.close();
  }
}
