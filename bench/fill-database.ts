import { NO_CONDITIONS, type Conditions } from '../src/core/mapping.ts';
import { openDatabase } from '../src/db/database.ts';
import { inPortions } from '../src/db/lists.ts';
import { accounts, discordUsers, grants, groupMemberships, groups, guilds, roleMappings } from '../src/db/schema.ts';
import { groupsOf, isLinked, type Population } from './population.ts';

interface Place {
  guildId: string;
  roleIds: readonly string[];
  memberIds: readonly string[];
  outsiderIds: readonly string[];
}

/** Everybody who is linked is in this group as well; nobody is in the other. */
const CREW = idAt('9', 1);
const BANNED = idAt('9', 2);
const AT = new Date('2026-01-01T00:00:00Z');

/**
 * The database of a bot that has synced this guild before: links, groups, mappings, and a grant for every role that they
 * give. Outsiders are linked, and in the first group. Written at once, for 50,000 links through the front door take minutes.
 */
export function fillDatabase(databaseUrl: string, place: Place, population: Population): void {
  const { guildId, roleIds, memberIds, outsiderIds } = place;
  const linked = [...memberIds.entries()].filter(([index]) => isLinked(index, population));
  const everybody = [...linked.map(([, discordId]) => discordId), ...outsiderIds];
  const inGroups = [
    ...linked.flatMap(([index, discordId]) => groupsOf(index, population).map((group) => ({ group, discordId }))),
    ...outsiderIds.map((discordId) => ({ group: 0, discordId })),
  ];
  const held = linked.flatMap(([index, discordId]) =>
    groupsOf(index, population).flatMap((group) => {
      const roleId = roleIds[group];
      return roleId === undefined ? [] : [{ guildId, discordId, roleId, mappingIds: [mappingIdAt(group)] }];
    }),
  );
  const memberships = [
    ...inGroups.map(({ group, discordId }) => ({ groupId: groupIdAt(group), discordId })),
    ...everybody.map((discordId) => ({ groupId: CREW, discordId })),
  ].map(({ groupId, discordId }, index) => ({
    id: idAt('6', index),
    groupId,
    accountId: accountIdOf(discordId),
    addedAt: AT,
  }));

  // Later than they joined: who joined after a grant has come back, and is looked at more closely.
  const grantedAt = new Date();
  const database = openDatabase(databaseUrl);
  try {
    database.orm.transaction((tx) => {
      const stamps = { createdAt: AT, updatedAt: AT };
      tx.insert(guilds)
        .values({ guildId, name: 'Bench', maxRoleChangesPerSync: 100_000, maxRemovalsPercent: 100, ...stamps })
        .run();
      const groupIds = [...roleIds.map((_, index) => groupIdAt(index)), CREW, BANNED];
      tx.insert(groups)
        .values(groupIds.map((id) => Object.assign({ id, guildId, name: id, nameKey: id }, stamps)))
        .run();
      tx.insert(roleMappings)
        .values(roleIds.map((roleId, index) => Object.assign(mappingAt(index, roleId), { guildId }, stamps)))
        .run();
      for (const portion of inPortions(everybody)) {
        tx.insert(accounts)
          .values(portion.map((discordId) => ({ id: accountIdOf(discordId), createdAt: AT })))
          .run();
        tx.insert(discordUsers).values(portion.map(linkOf)).run();
      }
      for (const portion of inPortions(memberships)) tx.insert(groupMemberships).values(portion).run();
      for (const portion of inPortions(held)) {
        tx.insert(grants)
          .values(portion.map((grant) => Object.assign(grant, { grantedAt, isConfirmed: true })))
          .run();
      }
    });
  } finally {
    database.close();
  }
}

/** Links one more Discord user, before the bot starts. */
export function linkUser(databaseUrl: string, discordId: string): void {
  const database = openDatabase(databaseUrl);
  try {
    database.orm.transaction((tx) => {
      tx.insert(accounts)
        .values({ id: accountIdOf(discordId), createdAt: AT })
        .run();
      tx.insert(discordUsers).values(linkOf(discordId)).run();
    });
  } finally {
    database.close();
  }
}

/** Plain ones, and of every four one that needs all of two groups, one that excludes a group, one of an exclusive set. */
function mappingAt(index: number, roleId: string) {
  const kinds: { conditions?: Partial<Conditions>; exclusiveSet?: string }[] = [
    {},
    { conditions: { requireAll: true, groups: [CREW] } },
    { conditions: { excludedGroups: [BANNED] } },
    { exclusiveSet: `set ${index}` },
  ];
  const { conditions, exclusiveSet = null } = kinds[index % kinds.length] ?? {};
  return {
    id: mappingIdAt(index),
    roleId,
    roleName: `Role ${index}`,
    groupId: groupIdAt(index),
    conditions: { ...NO_CONDITIONS, ...conditions },
    exclusiveSet,
  };
}

function linkOf(discordId: string) {
  const accountId = accountIdOf(discordId);
  return { discordId, accountId, username: `user${discordId}`, scopes: ['identify'], linkedAt: AT, updatedAt: AT };
}

export function groupIdAt(index: number): string {
  return idAt('7', index);
}

function mappingIdAt(index: number): string {
  return idAt('8', index);
}

export function accountIdOf(discordId: string): string {
  return `${discordId.slice(0, 8)}-${discordId.slice(8, 12)}-4000-8000-${discordId.slice(12).padStart(12, '0')}`;
}

/** As long as a real one. */
function idAt(kind: string, index: number): string {
  return `${kind}0000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
}
