import { setImmediate as nextTurn } from 'node:timers/promises';
import { and, eq, inArray, isNotNull, lt, ne, type SQL } from 'drizzle-orm';
import type { Database } from './database.ts';
import { isAnyOf } from './lists.ts';
import { personalParts, type PersonalPart } from './personal-export.ts';
import { AT_ONCE, isChangedBy, isNamedIn, isRunOf, stretches } from './personal-rows.ts';
import {
  changes,
  configChanges,
  discordUsers,
  grants,
  groupMemberships,
  groups,
  guilds,
  roleMappings,
  runs,
  suppressions,
} from './schema.ts';

export type { PersonalPart };

/** A role that we gave and that may still be there. */
export interface OpenGrant {
  guildId: string;
  discordId: string;
}

/** The guard looks back a day at what an admin discarded; until then it has to stand that somebody did. */
const DISCARDED_COUNT_MS = 2 * 86_400_000;

export type PersonalStore = ReturnType<typeof createPersonalStore>;

/** What is stored about a person, wherever it stands: to be shown, and to be forgotten. */
export function createPersonalStore({ orm }: Pick<Database, 'orm'>) {
  /** Deletes the changes that fit, so many at a time. */
  async function deleteChanges(isMeant: SQL | undefined): Promise<void> {
    for (;;) {
      const some = orm.select({ id: changes.id }).from(changes).where(isMeant).limit(AT_ONCE);
      const gone = orm.delete(changes).where(inArray(changes.id, some)).returning({ id: changes.id }).all();
      if (gone.length < AT_ONCE) return;
      await nextTurn();
    }
  }

  async function forgetChanges(discordIds: readonly string[]): Promise<void> {
    const isDone = and(isNotNull(changes.outcome), ne(changes.outcome, 'held'));
    for (const { id } of orm.select({ id: guilds.guildId }).from(guilds).all()) {
      for (const discordId of discordIds) {
        await deleteChanges(and(eq(changes.guildId, id), eq(changes.discordId, discordId), isDone));
      }
    }
    for (;;) {
      const some = orm.select({ id: changes.id }).from(changes).where(isChangedBy(discordIds)).limit(AT_ONCE);
      const set = orm.update(changes).set({ changedBy: null }).where(inArray(changes.id, some));
      if (set.returning({ id: changes.id }).all().length < AT_ONCE) return;
      await nextTurn();
    }
  }

  async function forgetRuns(names: readonly string[], now: Date): Promise<void> {
    const isSettled = lt(runs.completedAt, new Date(now.getTime() - DISCARDED_COUNT_MS));
    for (const isNear of stretches(orm, runs)) {
      const isDone = and(isNear, isRunOf(names), isNotNull(runs.completedAt));
      const done = orm.select({ id: runs.id }).from(runs).where(isDone).all();
      const ids = done.map(({ id }) => id);
      // The run of one member can be a part of many and has changes of his alone.
      await deleteChanges(isAnyOf(changes.runId, ids));
      orm.transaction(
        (tx) => {
          tx.delete(runs).where(isAnyOf(runs.id, ids)).run();
          tx.update(runs)
            .set({ initiatedBy: null })
            .where(and(isNear, isAnyOf(runs.initiatedBy, names)))
            .run();
          tx.update(runs)
            .set({ decidedBy: null })
            .where(and(isNear, isAnyOf(runs.decidedBy, names), isSettled))
            .run();
        },
        { behavior: 'immediate' },
      );
      await nextTurn();
    }
  }

  async function forgetConfiguration(names: readonly string[]): Promise<void> {
    for (const isNear of stretches(orm, configChanges)) {
      orm.transaction(
        (tx) => {
          tx.update(configChanges)
            .set({ actor: null })
            .where(and(isNear, isAnyOf(configChanges.actor, names)))
            .run();
          for (const { id, before, after } of tx
            .select()
            .from(configChanges)
            .where(and(isNear, isNamedIn(names)))
            .all()) {
            const set = { before: withoutNames(before, names), after: withoutNames(after, names) };
            tx.update(configChanges).set(set).where(eq(configChanges.id, id)).run();
          }
        },
        { behavior: 'immediate' },
      );
      await nextTurn();
    }
  }

  function movedFrom(accountId: string, discordIds: readonly string[]): Set<string> {
    const isMoved = and(isAnyOf(discordUsers.discordId, discordIds), ne(discordUsers.accountId, accountId));
    const rows = orm.select({ discordId: discordUsers.discordId }).from(discordUsers).where(isMoved).all();
    return new Set(rows.map(({ discordId }) => discordId));
  }

  return {
    /** Everything about the account, its Discord users, and those who were linked to it last; read as it is asked for. */
    parts: (accountId: string): AsyncGenerator<PersonalPart> => personalParts({ orm }, accountId),

    /** The members whose roles of ours may still be there. */
    async openGrants(discordIds: readonly string[]): Promise<OpenGrant[]> {
      return orm
        .selectDistinct({ guildId: grants.guildId, discordId: grants.discordId })
        .from(grants)
        .where(isAnyOf(grants.discordId, discordIds))
        .all();
    },

    /** Ends the ledger of members who have left: there is nothing to be taken away any more. */
    async forgetGrants(members: readonly OpenGrant[]): Promise<void> {
      for (const { guildId, discordId } of members) {
        orm
          .delete(grants)
          .where(and(eq(grants.guildId, guildId), eq(grants.discordId, discordId)))
          .run();
      }
    },

    /**
     * Forgets what happened to these Discord users, and that it was they (or the account) who did what they did; not of
     * those who are linked to another account by now. What is still under way stays until it is done. Not at once: other work gets its turn in between, and what is left
     * when it is cut short is found by the next call.
     */
    async forget(accountId: string, formerIds: readonly string[], now: Date): Promise<void> {
      const moved = movedFrom(accountId, formerIds);
      const discordIds = formerIds.filter((discordId) => !moved.has(discordId));
      const names = [accountId, ...discordIds];
      await forgetChanges(discordIds);
      await forgetRuns(names, now);
      await forgetConfiguration(names);
      orm.transaction(
        (tx) => {
          tx.update(suppressions).set({ changedBy: null }).where(isAnyOf(suppressions.changedBy, discordIds)).run();
          tx.update(groups).set({ createdBy: null }).where(isAnyOf(groups.createdBy, names)).run();
          tx.update(roleMappings).set({ createdBy: null }).where(isAnyOf(roleMappings.createdBy, names)).run();
          tx.update(groupMemberships).set({ addedBy: null }).where(isAnyOf(groupMemberships.addedBy, names)).run();
        },
        { behavior: 'immediate' },
      );
    },
  };
}

function withoutNames<T>(value: T, names: readonly string[]): T {
  const text = JSON.stringify(value, (_key, inner: unknown) => (names.some((name) => name === inner) ? null : inner));
  return JSON.parse(text);
}
