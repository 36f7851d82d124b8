import { and, asc, eq, getTableColumns, inArray, isNotNull, lt, ne, or, sql, type Column, type SQL } from 'drizzle-orm';
import type { Database, Transaction } from './database.ts';
import { isAnyOf } from './lists.ts';
import {
  accounts,
  changes,
  configChanges,
  discordUsers,
  grants,
  groupMemberships,
  groups,
  guilds,
  oauthStates,
  revokedSessions,
  roleMappings,
  runs,
  suppressions,
} from './schema.ts';

/** By table: the rows that tell of somebody. No token and no secret is among them. */
export type PersonalData = Record<string, Record<string, unknown>[]>;

/** A role that we gave and that may still be there. */
export interface OpenGrant {
  guildId: string;
  discordId: string;
}

/** The guard looks back a day at what an admin discarded; until then it has to stand that somebody did. */
const DISCARDED_COUNT_MS = 2 * 86_400_000;

const { before: _before, after: _after, actor: _actor, ...withoutContent } = getTableColumns(configChanges);

export type PersonalStore = ReturnType<typeof createPersonalStore>;

/** What is stored about a person, wherever it stands: to be shown, and to be forgotten. */
export function createPersonalStore({ orm }: Pick<Database, 'orm'>) {
  return {
    /** Everything about the account and its Discord users. */
    async of(accountId: string): Promise<PersonalData> {
      return orm.transaction((tx) => {
        const { accessToken: _, refreshToken: __, ...columns } = getTableColumns(discordUsers);
        const users = tx.select(columns).from(discordUsers).where(eq(discordUsers.accountId, accountId)).all();
        const discordIds = users.map(({ discordId }) => discordId);
        const names = [accountId, ...discordIds];
        const { stateHash: _state, browserHash: _browser, ...pending } = getTableColumns(oauthStates);
        return {
          account: tx.select().from(accounts).where(eq(accounts.id, accountId)).all(),
          discord_users: users,
          sign_ins_under_way: tx
            .select(pending)
            .from(oauthStates)
            .where(or(eq(oauthStates.accountId, accountId), isAnyOf(oauthStates.discordId, discordIds)))
            .all(),
          ended_sessions: tx.select().from(revokedSessions).where(eq(revokedSessions.accountId, accountId)).all(),
          memberships: tx
            .select({ ...getTableColumns(groupMemberships), groupName: groups.name })
            .from(groupMemberships)
            .innerJoin(groups, eq(groups.id, groupMemberships.groupId))
            .where(or(eq(groupMemberships.accountId, accountId), isAnyOf(groupMemberships.discordId, discordIds)))
            .orderBy(asc(groupMemberships.addedAt), asc(groupMemberships.id))
            .all(),
          roles_given: tx
            .select()
            .from(grants)
            .where(ofMember(tx, grants, discordIds))
            .all(),
          roles_left_alone: tx
            .select()
            .from(suppressions)
            .where(ofMember(tx, suppressions, discordIds))
            .all(),
          runs: tx
            .select()
            .from(runs)
            .where(or(isRunOf(names), isAnyOf(runs.initiatedBy, names), isAnyOf(runs.decidedBy, names)))
            .orderBy(asc(runs.startedAt), asc(runs.id))
            .all(),
          changes: tx
            .select()
            .from(changes)
            .where(or(ofMember(tx, changes, discordIds), isChangedBy(discordIds)))
            .orderBy(asc(changes.id))
            .all(),
          configuration_changes: tx
            .select()
            .from(configChanges)
            .where(isAnyOf(configChanges.actor, names))
            .orderBy(asc(configChanges.id))
            .all(),
          // What else others changed with it may tell of others.
          named_in_configuration_changes: tx
            .select(withoutContent)
            .from(configChanges)
            .where(isNamedIn(names))
            .orderBy(asc(configChanges.id))
            .all(),
          groups_made: tx
            .select({ id: groups.id, guildId: groups.guildId, name: groups.name, createdAt: groups.createdAt })
            .from(groups)
            .where(isAnyOf(groups.createdBy, names))
            .all(),
          mappings_made: tx
            .select({ id: roleMappings.id, guildId: roleMappings.guildId, createdAt: roleMappings.createdAt })
            .from(roleMappings)
            .where(isAnyOf(roleMappings.createdBy, names))
            .all(),
        };
      });
    },

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
     * Forgets what happened to these Discord users, and that it was they (or the account) who did what they did. What
     * is still under way stays until it is done.
     */
    async forget(accountId: string, discordIds: readonly string[], now: Date): Promise<void> {
      const names = [accountId, ...discordIds];
      orm.transaction(
        (tx) => {
          const isDone = and(isNotNull(changes.outcome), ne(changes.outcome, 'held'));
          tx.delete(changes)
            .where(and(ofMember(tx, changes, discordIds), isDone))
            .run();
          tx.delete(runs)
            .where(and(isRunOf(names), isNotNull(runs.completedAt)))
            .run();
          const isSettled = lt(runs.completedAt, new Date(now.getTime() - DISCARDED_COUNT_MS));
          tx.update(runs).set({ initiatedBy: null }).where(isAnyOf(runs.initiatedBy, names)).run();
          tx.update(runs)
            .set({ decidedBy: null })
            .where(and(isAnyOf(runs.decidedBy, names), isSettled))
            .run();
          tx.update(changes).set({ changedBy: null }).where(isChangedBy(discordIds)).run();
          tx.update(suppressions).set({ changedBy: null }).where(isAnyOf(suppressions.changedBy, discordIds)).run();
          tx.update(groups).set({ createdBy: null }).where(isAnyOf(groups.createdBy, names)).run();
          tx.update(roleMappings).set({ createdBy: null }).where(isAnyOf(roleMappings.createdBy, names)).run();
          tx.update(groupMemberships).set({ addedBy: null }).where(isAnyOf(groupMemberships.addedBy, names)).run();
          tx.update(configChanges).set({ actor: null }).where(isAnyOf(configChanges.actor, names)).run();
          for (const { id, before, after } of tx.select().from(configChanges).where(isNamedIn(names)).all()) {
            const set = { before: withoutNames(before, names), after: withoutNames(after, names) };
            tx.update(configChanges).set(set).where(eq(configChanges.id, id)).run();
          }
        },
        { behavior: 'immediate' },
      );
    },
  };
}

/** By guild as well, as their indexes begin with it. */
function ofMember(
  tx: Transaction,
  { guildId, discordId }: { guildId: Column; discordId: Column },
  discordIds: readonly string[],
): SQL | undefined {
  return and(inArray(guildId, tx.select({ id: guilds.guildId }).from(guilds)), isAnyOf(discordId, discordIds));
}

/** Of one of his Discord users, or of his account. */
function isRunOf(names: readonly string[]): SQL | undefined {
  return and(eq(runs.type, 'user'), isAnyOf(runs.targetId, names));
}

function isChangedBy(discordIds: readonly string[]): SQL | undefined {
  return and(isNotNull(changes.changedBy), isAnyOf(changes.changedBy, discordIds));
}

/** Whether one of the names stands in what a change of the configuration found or left. */
function isNamedIn(names: readonly string[]): SQL {
  const { before, after } = configChanges;
  const list = JSON.stringify(names);
  return sql`exists (select 1 from json_each(${list}) as name where instr(${before}, name.value) or instr(${after}, name.value))`;
}

function withoutNames<T>(value: T, names: readonly string[]): T {
  const text = JSON.stringify(value, (_key, inner: unknown) => (names.some((name) => name === inner) ? null : inner));
  return JSON.parse(text);
}
