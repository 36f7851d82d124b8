import { examineMapping, mendOf, roleBlock, saysTheSame, type Finding } from '../core/doctor.ts';
import { groupsNamedBy, NO_CONDITIONS, type Conditions, type Mapping } from '../core/mapping.ts';
import type { Permission } from '../core/permissions.ts';
import { mayMapRole } from '../core/privilege.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import { AppError } from '../errors.ts';
import type { FactLoader, GuildReader } from './ports.ts';
import type { Cause, GuildPreview, Sync } from './sync.ts';

/** The person who edits: mapping a role asks for the right to give it by hand. */
export interface Author {
  discordId: string;
  /** His roles in that guild, without @everyone. */
  roleIds: readonly string[];
}

/** What a person says of a mapping; the rest has defaults. */
export interface MappingDraft {
  groupId: string;
  roleId: string;
  conditions?: Partial<Conditions>;
  priority?: number;
  exclusiveSet?: string | null;
  onForeign?: Mapping['onForeign'];
  onDrift?: Mapping['onDrift'];
  addOnly?: boolean;
  graceSeconds?: number;
  isActive?: boolean;
}

export type MappingEdit = Partial<Omit<MappingDraft, 'roleId'>>;

export interface MappingWithHealth {
  mapping: Mapping;
  /** From the doctor; empty = ok. */
  findings: Finding[];
}

/** What a new mapping would do, told before anything happens. */
export interface MappingPreview {
  findings: Finding[];
  /** Permissions of the role that ask for an explicit yes; empty = none. */
  dangerous: Permission[];
  /** Members who hold the role now without a grant of ours, and would keep it (or lose it, by `onForeign`). */
  foreignHolders: number;
  preview: GuildPreview;
}

/** The mappings of a guild: the one place that knows the rules for editing them. Errors are AppErrors. */
export interface Mappings {
  list(guildId: string): Promise<MappingWithHealth[]>;
  find(guildId: string, mappingId: string): Promise<MappingWithHealth>;
  /** Checks everything that `create` checks except the dangerous role's confirmation, and shows what would happen. */
  preview(guildId: string, author: Author, draft: MappingDraft): Promise<MappingPreview>;
  /** What an edit would do; checks everything that `edit` checks except the confirmation. */
  previewEdit(
    guildId: string,
    author: Author,
    mappingId: string,
    edit: MappingEdit,
  ): Promise<MappingPreview & { before: Mapping; after: Mapping }>;
  /** Saves it and syncs the guild in the background. */
  create(guildId: string, author: Author, draft: MappingDraft, confirmDangerous: boolean): Promise<Mapping>;
  /** `roles` says what happens to roles that only this mapping gave, when the edit disables it. */
  edit(
    guildId: string,
    author: Author,
    mappingId: string,
    edit: MappingEdit,
    options: { confirmDangerous: boolean; roles: 'remove' | 'keep' },
  ): Promise<Mapping>;
  remove(guildId: string, author: Author, mappingId: string, roles: 'remove' | 'keep'): Promise<Mapping>;
}

export interface MappingsParts {
  mappings: MappingStore;
  guilds: Pick<GuildReader, 'guild'>;
  facts: Pick<FactLoader, 'existing'>;
  sync: Pick<Sync, 'previewGuild'>;
  /** Starts a sync of the guild in the background. */
  syncLater(guildId: string, cause: Cause): void;
  now: () => Date;
  newId: () => string;
}

export function createMappings(parts: MappingsParts): Mappings {
  async function withHealth(guildId: string, mappings: readonly Mapping[]): Promise<MappingWithHealth[]> {
    const existing = await parts.facts.existing(guildId, [
      ...new Set(mappings.flatMap((one) => [...groupsNamedBy(one)])),
    ]);
    const world = { guild: parts.guilds.guild(guildId), mappings, groupExists: (id: string) => existing.has(id) };
    return mappings.map((mapping) => ({ mapping, findings: examineMapping(mapping, world) }));
  }

  async function find(guildId: string, mappingId: string): Promise<MappingWithHealth> {
    const found = (await withHealth(guildId, await parts.mappings.ofGuild(guildId))).find(
      ({ mapping }) => mapping.id === mappingId,
    );
    if (!found) throw new AppError('mapping_not_found', 'There is no such mapping. See /map list.');
    return found;
  }

  /** The permissions that ask for a confirmation (empty: none), or an AppError where the author may not, or the role cannot. */
  function authorise(guildId: string, author: Author, roleId: string): Permission[] {
    const guild = parts.guilds.guild(guildId);
    if (!guild)
      throw new AppError('bot_not_in_guild', 'Rolewright cannot see this server right now. Try again in a minute.');
    const answer = mayMapRole(guild, author, roleId, false);
    const roleName = guild.roles.get(roleId)?.name ?? roleId;
    if (answer.answer === 'refused') throw refusal(answer.because, roleName);
    return answer.answer === 'needs_confirmation' ? answer.permissions : [];
  }

  /** As `authorise`, but the mapping of a role that is gone may be mended or removed by whoever may edit mappings at all. */
  function authoriseEnding(guildId: string, author: Author, roleId: string): Permission[] {
    const isGone = parts.guilds.guild(guildId)?.roles.has(roleId) === false;
    return isGone ? [] : authorise(guildId, author, roleId);
  }

  /** Refuses what can never work: a role nobody can give, a group that does not exist, a mapping that is there already. */
  async function checkWorkable(mapping: Mapping, others: readonly Mapping[]): Promise<void> {
    const guild = parts.guilds.guild(mapping.guildId);
    const block = guild && roleBlock(guild, mapping.roleId);
    if (block === 'role_managed' || block === 'role_everyone' || block === 'role_deleted') {
      throw new AppError('role_not_mappable', mendOf(block, mapping.roleName));
    }
    const named = [...groupsNamedBy(mapping)];
    const existing = await parts.facts.existing(mapping.guildId, named);
    const missing = named.filter((id) => !existing.has(id));
    if (missing.length > 0) {
      throw new AppError(
        'group_not_found',
        `There is no group "${missing.join('", "')}". See /group list, or create it.`,
      );
    }
    if (others.some((other) => other.isActive === mapping.isActive && saysTheSame(other, mapping))) {
      throw new AppError(
        'mapping_exists',
        'A mapping already gives this role under the same conditions. See /map list.',
      );
    }
  }

  function drafted(guildId: string, author: Author, draft: MappingDraft): Mapping {
    const now = parts.now();
    return {
      id: parts.newId(),
      guildId,
      roleId: draft.roleId,
      roleName: parts.guilds.guild(guildId)?.roles.get(draft.roleId)?.name ?? draft.roleId,
      groupId: draft.groupId,
      conditions: { ...NO_CONDITIONS, ...draft.conditions },
      priority: draft.priority ?? 0,
      exclusiveSet: draft.exclusiveSet ?? null,
      onForeign: draft.onForeign ?? 'keep',
      onDrift: draft.onDrift ?? 'revert',
      addOnly: draft.addOnly ?? false,
      graceSeconds: draft.graceSeconds ?? 0,
      isActive: draft.isActive ?? true,
      createdBy: author.discordId,
      createdAt: now,
      updatedAt: now,
      lastSync: null,
      syncCount: 0,
    };
  }

  /** Checks an edit. Switching off needs no confirmation, and works for a mapping that cannot work any more. */
  async function prepareEdit(guildId: string, author: Author, mappingId: string, edit: MappingEdit) {
    const { mapping: before } = await find(guildId, mappingId);
    const after: Mapping = { ...before, ...edit, conditions: { ...before.conditions, ...edit.conditions } };
    const all = await parts.mappings.ofGuild(guildId);
    const others = all.filter(({ id }) => id !== mappingId);
    const dangerous = authoriseEnding(guildId, author, before.roleId);
    if (!after.isActive) return { before, after, others, dangerous: [] };
    await checkWorkable(after, others);
    return { before, after, others, dangerous };
  }

  async function previewOf(mapping: Mapping, others: readonly Mapping[]): Promise<Omit<MappingPreview, 'dangerous'>> {
    const { guildId, roleId } = mapping;
    const all = [...others, mapping];
    const preview = await parts.sync.previewGuild(guildId, all);
    const findings = (await withHealth(guildId, all)).find((one) => one.mapping === mapping)?.findings ?? [];
    const isForeign = ({ plan }: GuildPreview['members'][number]) =>
      plan.kept.some((kept) => kept.roleId === roleId && kept.because === 'foreign') ||
      plan.changes.some((change) => change.roleId === roleId && change.reason === 'foreign_removed');
    return { findings, foreignHolders: preview.members.filter(isForeign).length, preview };
  }

  return {
    list: async (guildId) => withHealth(guildId, await parts.mappings.ofGuild(guildId)),
    find,

    async preview(guildId, author, draft) {
      const dangerous = authorise(guildId, author, draft.roleId);
      const mapping = drafted(guildId, author, draft);
      const others = await parts.mappings.ofGuild(guildId);
      await checkWorkable(mapping, others);
      return { ...(await previewOf(mapping, others)), dangerous };
    },

    async previewEdit(guildId, author, mappingId, edit) {
      const { before, after, others, dangerous } = await prepareEdit(guildId, author, mappingId, edit);
      return { ...(await previewOf(after, others)), dangerous, before, after };
    },

    async create(guildId, author, draft, confirmDangerous) {
      confirm(authorise(guildId, author, draft.roleId), confirmDangerous);
      const mapping = drafted(guildId, author, draft);
      await checkWorkable(mapping, await parts.mappings.ofGuild(guildId));
      const created = await parts.mappings.create(mapping);
      parts.syncLater(guildId, { trigger: 'mapping', actor: author.discordId });
      return created;
    },

    async edit(guildId, author, mappingId, edit, { confirmDangerous, roles }) {
      const { after, dangerous } = await prepareEdit(guildId, author, mappingId, edit);
      confirm(dangerous, confirmDangerous);
      const patch = { ...edit, conditions: after.conditions };
      const saved = await parts.mappings.update(mappingId, patch, parts.now(), roles);
      if (!saved) throw new AppError('mapping_not_found', 'Somebody has just removed this mapping. See /map list.');
      parts.syncLater(guildId, { trigger: 'mapping', actor: author.discordId });
      return saved;
    },

    async remove(guildId, author, mappingId, roles) {
      const { mapping } = await find(guildId, mappingId);
      authoriseEnding(guildId, author, mapping.roleId);
      await parts.mappings.remove([mappingId], roles);
      parts.syncLater(guildId, { trigger: 'mapping', actor: author.discordId });
      return mapping;
    },
  };
}

function confirm(dangerous: readonly Permission[], isConfirmed: boolean): void {
  if (dangerous.length === 0 || isConfirmed) return;
  throw new AppError(
    'dangerous_role',
    'This role carries powerful permissions. Confirm that everybody in the group may have them.',
  );
}

function refusal(because: 'role_unknown' | 'lacks_manage_roles' | 'role_not_below_author', roleName: string): AppError {
  switch (because) {
    case 'role_unknown':
      return new AppError('role_not_mappable', 'There is no such role in this server. Choose one of its roles.');
    case 'lacks_manage_roles':
      return new AppError('forbidden', 'You need the Manage Roles permission in this server to edit its mappings.');
    case 'role_not_below_author':
      return new AppError(
        'forbidden',
        `@${roleName} is not below your own highest role, so you could not give it by hand. Ask somebody who stands above it.`,
      );
  }
}
