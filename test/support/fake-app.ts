import type { App } from '../../src/app.ts';
import { isNeverTrue, mendOf } from '../../src/core/doctor.ts';
import type { Guild, Member, Role } from '../../src/core/guild.ts';
import { NO_CONDITIONS, type Mapping } from '../../src/core/mapping.ts';
import { dangerousPermissions } from '../../src/core/permissions.ts';
import type { MemberPlan } from '../../src/core/plan.ts';
import type { Explanation } from '../../src/core/explain.ts';
import { AppError } from '../../src/errors.ts';
import type { GroupMember } from '../../src/groups/group-members.ts';
import { readRows, type ImportRow } from '../../src/groups/import-rows.ts';
import type { LocalGroup } from '../../src/groups/local-groups.ts';
import type { Link } from '../../src/identity/links.ts';
import type { GuildConfig } from '../../src/sync/guild-look.ts';
import type { MappingWithHealth } from '../../src/sync/mapping-health.ts';
import type { ConfigChange } from '../../src/db/config-change-store.ts';
import type { Change, Run } from '../../src/db/run-store.ts';
import {
  emptyProgress,
  type Cause,
  type GuildPreview,
  type MemberResult,
  type RunProgress,
} from '../../src/sync/results.ts';
import { aMapping } from './core-worlds.ts';
import { createFakeGuildConfigs } from './fake-guild-configs.ts';
import { createFakeHistory } from './fake-history.ts';
import { createFakeRuns } from './fake-runs.ts';

/** What the fake app holds; tests set it up and ask what became of it. */
export interface FakeWorld {
  guild: Guild;
  groups: (LocalGroup & { members: GroupMember[] })[];
  mappings: MappingWithHealth[];
  links: Map<string, Link>;
  /** What a sync of a member would change; applying empties it. */
  plans: Map<string, MemberPlan>;
  explanation: Explanation | null;
  running: RunProgress | null;
  /** What comes of it, in its time; absent: it ends at once. */
  runningEnds?: Promise<RunProgress>;
  /** What a guild sync holds and defers. */
  held: number;
  deferred: number;
  /** The newest first. */
  runs: Run[];
  changes: Change[];
  /** Why syncs were started. */
  causes: Cause[];
  foreignHolders: number;
  /** What became of roles that removed mappings gave. */
  rolesAfterRemoval: ('remove' | 'keep')[];
  /** Configurations, by guild. */
  guildConfigs: Map<string, GuildConfig>;
  /** What every change of the settings is answered with. */
  refusedSetting?: Error;
  /** What was changed in the configuration, the oldest first. */
  configChanges?: ConfigChange[];
  /** What attached files hold, by their id. */
  files: Map<string, string>;
}

export const AT = new Date('2026-11-20T12:00:00Z');

export function role(id: string, name: string, { position = 1, permissions = 0n }: Partial<Role> = {}): Role {
  return { id, name, position, permissions, isManaged: false, isLinked: false };
}

export function emptyPlan(plan: Partial<MemberPlan> = {}): MemberPlan {
  const nothing = { changes: [], blocked: [], kept: [], ledger: [], restrain: [], lift: [], nick: null };
  return { leftAlone: null, ...nothing, verdicts: new Map(), ...plan };
}

export function mappingOf(mapping: Partial<Mapping> & Pick<Mapping, 'id' | 'roleId' | 'groupId'>): Mapping {
  return aMapping({ guildId: '100000000000000001', roleName: 'role', createdAt: AT, updatedAt: AT, ...mapping });
}

export function linkOf(discordId: string): Link {
  return {
    discordId,
    accountId: `account-${discordId}`,
    username: 'ana',
    globalName: null,
    scopes: [],
    needsRelink: false,
    linkedAt: AT,
  };
}

/** An app whose services keep their state in `world`. */
export function createFakeApp(world: FakeWorld): App {
  let lastId = 0;
  const newId = () => `00000000-0000-4000-8000-${String((lastId += 1)).padStart(12, '0')}`;

  const findGroup = (guildId: string, idOrName: string) => {
    const found = world.groups.find(
      (group) =>
        group.id === idOrName || (group.guildId === guildId && group.name.toLowerCase() === idOrName.toLowerCase()),
    );
    if (!found) throw new AppError('group_not_found', `There is no group “${idOrName}” here.`);
    return found;
  };
  const usedBy = (groupId: string) => world.mappings.filter(({ mapping }) => mapping.groupId === groupId);

  const groups: App['groups'] = {
    list: async (guildId) =>
      world.groups
        .filter((group) => group.guildId === null || group.guildId === guildId)
        .map((group) =>
          Object.assign({}, group, { memberCount: group.members.length, mappingCount: usedBy(group.id).length }),
        ),
    find: async (guildId, idOrName) => findGroup(guildId, idOrName),
    withDiscordUser: async (_, discordId) =>
      world.groups.filter(({ members }) => members.some((member) => member.discordId === discordId)),
    members: async (groupId) => world.groups.find(({ id }) => id === groupId)?.members ?? [],
    async create(input) {
      if (world.groups.some(({ name }) => name.toLowerCase() === input.name.toLowerCase())) {
        throw new AppError('group_exists', `There is a group "${input.name}" already. Choose another name.`);
      }
      const created = { ...input, id: newId(), createdAt: AT, updatedAt: AT, members: [] };
      world.groups.push(created);
      return created;
    },
    async remove(group, { mappings }) {
      const users = usedBy(group.id);
      if (users.length > 0 && mappings === 'refuse') throw new AppError('group_in_use', 'Mappings use this group.');
      if (users.length > 0 && mappings !== 'refuse') world.rolesAfterRemoval.push(mappings);
      world.mappings = world.mappings.filter((entry) => !users.includes(entry));
      world.groups = world.groups.filter(({ id }) => id !== group.id);
      return { removedMappings: users.length };
    },
    async addDiscordUser(group, discordId, { expiresAt }) {
      const { members } = findGroup(group.guildId ?? '', group.id);
      const isLinked = world.links.has(discordId);
      const before = members.find((member) => member.discordId === discordId);
      const end = expiresAt === undefined ? (before?.expiresAt ?? null) : expiresAt;
      const isEndChanged = before !== undefined && before.expiresAt?.getTime() !== end?.getTime();
      if (before) before.expiresAt = end;
      else members.push({ accountId: null, discordId, isLinked, expiresAt: end, addedAt: AT });
      return { isNew: !before, isLinked, expiresAt: end, isEndChanged };
    },
    async removeDiscordUser(group, discordId) {
      const found = findGroup(group.guildId ?? '', group.id);
      const wasMember = found.members.some((member) => member.discordId === discordId);
      found.members = found.members.filter((member) => member.discordId !== discordId);
      return { wasMember };
    },
  };

  const groupImports: App['groupImports'] = {
    read: (text) => readRows(text, AT),
    async preview(guildId, rows) {
      const isNamed = (name: string) => world.groups.find((group) => group.guildId === guildId && group.name === name);
      const isIn = ({ group, discordId }: ImportRow) =>
        isNamed(group)?.members.some((member) => member.discordId === discordId) ?? false;
      const unchanged = rows.filter(isIn).length;
      const newGroups = [...new Set(rows.map(({ group }) => group))].filter((name) => !isNamed(name));
      const sums = { added: rows.length - unchanged, changed: 0, unchanged, mappings: world.mappings.length };
      return { newGroups, ...sums, bad: [] };
    },
    async run(guildId, rows, editor) {
      const sums = await this.preview(guildId, rows, editor);
      for (const name of sums.newGroups)
        await groups.create({ guildId, name, description: null, createdBy: editor.discordId });
      for (const { group, discordId, expiresAt = null } of rows) {
        await groups.addDiscordUser(findGroup(guildId, group), discordId, { expiresAt, editor });
      }
      return sums;
    },
  };

  const previewOf = (): GuildPreview => {
    const members = [...world.plans].map(([discordId, plan]) => ({ discordId, plan }));
    const all = members.flatMap(({ plan }) => plan.changes);
    const adds = all.filter(({ action }) => action === 'add').length;
    const blocked = members.flatMap(({ plan }) => plan.blocked).length;
    return { usersTotal: members.length, members, rolesAdded: adds, rolesRemoved: all.length - adds, blocked };
  };
  const dangerOf = (roleId: string) => dangerousPermissions(world.guild.roles.get(roleId)?.permissions ?? 0n);
  const confirm = (roleId: string, isConfirmed: boolean) => {
    if (dangerOf(roleId).length > 0 && !isConfirmed)
      throw new AppError('dangerous_role', 'Confirm the dangerous role.');
  };
  const findMapping = (mappingId: string) => {
    const found = world.mappings.find(({ mapping }) => mapping.id === mappingId);
    if (!found) throw new AppError('mapping_not_found', 'There is no such mapping.');
    return found;
  };

  const mappings: App['mappings'] = {
    list: async () => world.mappings,
    find: async (_, mappingId) => findMapping(mappingId),
    guildOf: async (mappingId) =>
      world.mappings.find(({ mapping }) => mapping.id === mappingId)?.mapping.guildId ?? null,
    async check(_, __, draft) {
      if (!world.guild.roles.has(draft.roleId)) throw new AppError('role_not_mappable', 'There is no such role.');
      const after = mappingOf({ ...draft, id: newId(), conditions: { ...NO_CONDITIONS, ...draft.conditions } });
      return { after, dangerous: dangerOf(draft.roleId) };
    },
    async checkEdit(_, __, mappingId, { conditions, ...edit }) {
      const { mapping: before } = findMapping(mappingId);
      const after = { ...before, ...edit, conditions: { ...before.conditions, ...conditions } };
      return { before, after, dangerous: dangerOf(before.roleId) };
    },
    preview: async (_, __, draft) => ({
      findings: isNeverTrue({ ...draft, conditions: { ...NO_CONDITIONS, ...draft.conditions } })
        ? [{ code: 'never_true', severity: 'warning', mend: mendOf('never_true', 'role') }]
        : [],
      dangerous: dangerOf(draft.roleId),
      foreignHolders: world.foreignHolders,
      preview: previewOf(),
    }),
    async previewRemove(_, __, mappingIds) {
      return { mappings: mappingIds.map((id) => findMapping(id).mapping), preview: previewOf() };
    },
    async previewEdit(_, __, mappingId, { conditions, ...edit }) {
      const { mapping: before } = findMapping(mappingId);
      const after = { ...before, ...edit, conditions: { ...before.conditions, ...conditions } };
      const dangerous = after.isActive ? dangerOf(before.roleId) : [];
      return { findings: [], dangerous, foreignHolders: world.foreignHolders, preview: previewOf(), before, after };
    },
    async create(_, __, draft, { confirmDangerous = false }) {
      confirm(draft.roleId, confirmDangerous);
      const mapping = mappingOf({ ...draft, id: newId(), conditions: { ...NO_CONDITIONS, ...draft.conditions } });
      world.mappings.push({ mapping, findings: [] });
      return mapping;
    },
    async edit(_, __, mappingId, { conditions, ...edit }, { confirmDangerous = false }) {
      const found = findMapping(mappingId);
      confirm(found.mapping.roleId, confirmDangerous);
      found.mapping = { ...found.mapping, ...edit, conditions: { ...found.mapping.conditions, ...conditions } };
      return found.mapping;
    },
    async removeAll() {
      world.mappings = [];
    },
    async remove(_, __, mappingIds, { roles }) {
      const removed = mappingIds.map((id) => findMapping(id).mapping);
      world.mappings = world.mappings.filter(({ mapping }) => !removed.includes(mapping));
      world.rolesAfterRemoval.push(roles);
      return removed;
    },
  };

  const memberOf = (guildId: string, discordId: string): MemberResult => ({
    guildId,
    guildName: world.guild.name,
    discordId,
    runId: null,
    state: world.plans.has(discordId) ? 'synced' : 'not_in_guild',
    changes: [],
    plan: world.plans.get(discordId) ?? null,
    error: null,
  });
  const apply = (guildId: string, discordId: string): MemberResult => {
    const result = memberOf(guildId, discordId);
    if (result.plan) world.plans.set(discordId, emptyPlan());
    return {
      ...result,
      changes: result.plan?.changes.map((change) => Object.assign({ outcome: 'applied' as const }, change)) ?? [],
    };
  };

  const runs = createFakeRuns(world, newId);
  const sync: App['sync'] = {
    async member(guildId, discordId, cause) {
      world.causes.push(cause);
      return apply(guildId, discordId);
    },
    async everywhere(discordId, cause) {
      world.causes.push(cause);
      return [apply(world.guild.id, discordId)].filter(({ plan }) => plan !== null);
    },
    async guild(guildId, cause, onProgress) {
      world.causes.push(cause);
      const { rolesAdded, rolesRemoved, blocked } = previewOf();
      const { held, deferred } = world;
      const ids = [...world.plans.keys()];
      const totals = { usersTotal: ids.length, usersSynced: ids.length };
      const sums = { ...emptyProgress(), ...totals, runId: newId(), blocked, held, deferred };
      onProgress?.(sums);
      for (const id of ids) apply(guildId, id);
      return { ...sums, status: 'completed', usersProcessed: ids.length, rolesAdded, rolesRemoved };
    },
    async previewMember(guildId, discordId, asked) {
      const result = memberOf(guildId, discordId);
      const kept = result.plan?.kept.filter(({ because }) => !asked || because !== 'suppressed') ?? [];
      return { ...result, plan: result.plan && { ...result.plan, kept } };
    },
    previewGuild: async () => previewOf(),
    async explain() {
      if (!world.explanation)
        throw new AppError('member_not_found', 'This Discord user is not a member of this server.');
      return world.explanation;
    },
    beginGuild: async (guildId, cause, { onProgress } = {}) => {
      const done = sync.guild(guildId, cause, onProgress);
      return { runId: (await done).runId ?? '', isJoined: false, done };
    },
    memberPart: async () => undefined,
    left: async () => undefined,
    progress: () => world.running,
    follow(_, onProgress) {
      if (!world.running) return null;
      onProgress(world.running);
      return world.runningEnds ?? Promise.resolve({ ...world.running, status: 'completed' });
    },
    resume: async () => false,
    mended: () => undefined,
    noteHealth: async () => undefined,
    expireHolds: async () => undefined,
    waiting: () => ({ interactive: 0, event: 0, bulk: 0 }),
    runs,
    stop: async () => undefined,
  };

  const links: App['links'] = {
    find: async (discordId) => world.links.get(discordId) ?? null,
    siblings: async (discordId) => [...world.links.values()].filter((link) => link.discordId === discordId),
    startFromDiscord: async (discordId) => ({
      url: `https://bot.example/link/token-for-${discordId}`,
      expiresAt: new Date(AT.getTime() + 10 * 60_000),
    }),
    open: async () => ({ authorizeUrl: 'https://discord.example', browserId: 'browser' }),
    startLogin: async () => ({ authorizeUrl: 'https://discord.example', state: 'state', browserId: 'browser' }),
    startLink: async () => ({ authorizeUrl: 'https://discord.example', state: 'state', browserId: 'browser' }),
    async finish() {
      throw new AppError('link_expired', 'This link has expired.');
    },
    async unlink(discordId) {
      world.links.delete(discordId);
    },
  };

  return {
    attachments: {
      async read({ url }) {
        const text = world.files.get(new URL(url).pathname.split('/')[3] ?? '');
        if (text === undefined) throw new AppError('discord_unavailable', 'Discord does not hand out this file.');
        return text;
      },
    },
    groups,
    groupImports,
    guildConfigs: createFakeGuildConfigs(world.guildConfigs, () => world.refusedSetting),
    links,
    mappings,
    sync,
    runs,
    history: createFakeHistory(world),
    guilds: {
      guild: (guildId) => (guildId === world.guild.id ? world.guild : null),
      guildIds: () => [world.guild.id],
      channels: () => [],
      roleColors: () => new Map(),
      fetchMember: async (): Promise<Member | null> => null,
      async *listMembers() {
        yield [];
      },
    },
  };
}
