import { setImmediate as nextTurn } from 'node:timers/promises';
import { and, asc, eq, getTableColumns, gt, or, type SQL } from 'drizzle-orm';
import type { Database, Orm } from './database.ts';
import { isAnyOf } from './lists.ts';
import { discordIdsOf, isChangedBy, isNamedIn, isRunOf, ofMember, stretches } from './personal-rows.ts';
import {
  accounts,
  changes,
  configChanges,
  discordUsers,
  formerLinks,
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

type Row = Record<string, unknown>;

/** Rows of one table that tell of somebody. No token, no secret and nobody else's name is among them. */
export interface PersonalPart {
  table: string;
  rows: Row[];
}

/** Whose data it is. */
interface Person {
  accountId: string;
  discordIds: readonly string[];
  /** His account and his Discord users: what stands where something tells who. */
  names: readonly string[];
}

const PAGE = 500;

/**
 * Everything that is stored about an account, its Discord users and those who were linked to it last. Each table comes,
 * in one part or in several that follow each other; other work gets its turn after each.
 */
export async function* personalParts(
  { orm }: Pick<Database, 'orm'>,
  accountId: string,
): AsyncGenerator<PersonalPart, void, undefined> {
  const discordIds = discordIdsOf(orm, accountId);
  const person = { accountId, discordIds, names: [accountId, ...discordIds] };
  for (const part of partsOf(orm, person)) {
    yield { ...part, rows: part.rows.map((row) => withoutOthers(row, person.names)) };
    await nextTurn();
  }
}

function* partsOf(orm: Orm, person: Person): Generator<PersonalPart> {
  for (const [table, rows] of Object.entries(whoHeIs(orm, person))) yield { table, rows };
  yield* runParts(orm, person);
  yield* changeParts(orm, person);
  yield* configurationParts(orm, person);
  for (const [table, rows] of Object.entries(whatHeMade(orm, person))) yield { table, rows };
}

/** What there is little of. */
function whoHeIs(orm: Orm, { accountId, discordIds }: Person): Record<string, Row[]> {
  const { accessToken: _, refreshToken: __, ...columns } = getTableColumns(discordUsers);
  const { stateHash: _state, browserHash: _browser, ...pending } = getTableColumns(oauthStates);
  return {
    account: orm.select().from(accounts).where(eq(accounts.id, accountId)).all(),
    discord_users: orm.select(columns).from(discordUsers).where(eq(discordUsers.accountId, accountId)).all(),
    former_discord_users: orm.select().from(formerLinks).where(eq(formerLinks.accountId, accountId)).all(),
    sign_ins_under_way: orm
      .select(pending)
      .from(oauthStates)
      .where(or(eq(oauthStates.accountId, accountId), isAnyOf(oauthStates.discordId, discordIds)))
      .all(),
    ended_sessions: orm.select().from(revokedSessions).where(eq(revokedSessions.accountId, accountId)).all(),
    memberships: orm
      .select({ ...getTableColumns(groupMemberships), groupName: groups.name })
      .from(groupMemberships)
      .innerJoin(groups, eq(groups.id, groupMemberships.groupId))
      .where(or(eq(groupMemberships.accountId, accountId), isAnyOf(groupMemberships.discordId, discordIds)))
      .orderBy(asc(groupMemberships.addedAt), asc(groupMemberships.id))
      .all(),
    roles_given: orm
      .select()
      .from(grants)
      .where(ofMember(orm, grants, discordIds))
      .all(),
    roles_left_alone: orm
      .select()
      .from(suppressions)
      .where(ofMember(orm, suppressions, discordIds))
      .all(),
  };
}

/** What happened in runs for others is theirs. */
function* runParts(orm: Orm, { names }: Person): Generator<PersonalPart> {
  const table = 'runs';
  yield { table, rows: [] };
  const isHis = or(isRunOf(names), isAnyOf(runs.initiatedBy, names), isAnyOf(runs.decidedBy, names));
  for (const isNear of stretches(orm, runs)) {
    const found = orm.select().from(runs).where(and(isNear, isHis)).orderBy(asc(runs.startedAt), asc(runs.id)).all();
    yield { table, rows: found.map((run) => runOf(run, names)) };
  }
}

function runOf({ errors, targetId, ...run }: typeof runs.$inferSelect, names: readonly string[]): Row {
  if (run.type !== 'user') return { ...run, targetId };
  return names.some((name) => name === targetId) ? { ...run, targetId, errors } : { ...run, targetId: OTHER };
}

function* changeParts(orm: Orm, { discordIds }: Person): Generator<PersonalPart> {
  const table = 'changes';
  yield { table, rows: [] };
  const guildIds = orm.select({ id: guilds.guildId }).from(guilds).orderBy(asc(guilds.guildId)).all();
  for (const discordId of discordIds) {
    for (const { id } of guildIds) {
      yield* changePages(orm, and(eq(changes.guildId, id), eq(changes.discordId, discordId)));
    }
    // By hand, on Discord, for others: whoever changed his own roles has that among the above.
    const isOther = (row: Row) => !discordIds.some((own) => own === row['discordId']);
    for (const { rows } of changePages(orm, isChangedBy([discordId]))) yield { table, rows: rows.filter(isOther) };
  }
}

function* changePages(orm: Orm, isMeant: SQL | undefined): Generator<PersonalPart> {
  for (let after = 0; ;) {
    const isNext = and(isMeant, gt(changes.id, after));
    const rows = orm.select().from(changes).where(isNext).orderBy(asc(changes.id)).limit(PAGE).all();
    yield { table: 'changes', rows };
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = last.id;
  }
}

function* configurationParts(orm: Orm, { names }: Person): Generator<PersonalPart> {
  const { before: _before, after: _after, actor: _actor, ...withoutContent } = getTableColumns(configChanges);
  const made = 'configuration_changes';
  yield { table: made, rows: [] };
  for (const isNear of stretches(orm, configChanges)) {
    const isHis = and(isNear, isAnyOf(configChanges.actor, names));
    yield { table: made, rows: orm.select().from(configChanges).where(isHis).orderBy(asc(configChanges.id)).all() };
  }
  // What else others changed with it may tell of others.
  const named = 'named_in_configuration_changes';
  yield { table: named, rows: [] };
  for (const isNear of stretches(orm, configChanges)) {
    const isHis = and(isNear, isNamedIn(names));
    const rows = orm.select(withoutContent).from(configChanges).where(isHis).orderBy(asc(configChanges.id)).all();
    yield { table: named, rows };
  }
}

function whatHeMade(orm: Orm, { names }: Person): Record<string, Row[]> {
  return {
    groups_made: orm
      .select({ id: groups.id, guildId: groups.guildId, name: groups.name, createdAt: groups.createdAt })
      .from(groups)
      .where(isAnyOf(groups.createdBy, names))
      .all(),
    mappings_made: orm
      .select({ id: roleMappings.id, guildId: roleMappings.guildId, createdAt: roleMappings.createdAt })
      .from(roleMappings)
      .where(isAnyOf(roleMappings.createdBy, names))
      .all(),
  };
}

/** Stands where somebody else's name would. */
const OTHER = 'someone_else';
/** Columns, and fields of what is recorded of a group's members, that tell who. */
const WHO = new Set([
  'accountId',
  'actor',
  'addedBy',
  'changedBy',
  'decidedBy',
  'discordId',
  'discord_id',
  'initiatedBy',
  'startedBy',
  'user_id',
]);

/** A row in which nobody but he is named. */
function withoutOthers(row: Row, names: readonly string[]): Row {
  const told = (name: string, value: unknown): unknown => {
    if (typeof value === 'string') return WHO.has(name) && !names.includes(value) ? OTHER : value;
    if (Array.isArray(value)) return value.map((inner: unknown) => told('', inner));
    if (value === null || typeof value !== 'object' || value instanceof Date) return value;
    return Object.fromEntries(Object.entries(value).map(([inner, of]) => [inner, told(inner, of)]));
  };
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, told(name, value)]));
}
