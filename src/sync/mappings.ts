import { examineMapping, type Finding } from '../core/doctor.ts';
import { groupsNamedBy, NO_CONDITIONS, rolesMovedBy, type Conditions, type Mapping } from '../core/mapping.ts';
import type { Permission } from '../core/permissions.ts';
import type { ConfigChangeStore, NewConfigChange } from '../db/config-change-store.ts';
import type { GuildStore } from '../db/guild-store.ts';
import type { MappingStore, RolesGiven } from '../db/mapping-store.ts';
import { AppError } from '../errors.ts';
import { difference, mappingRecord } from './config-records.ts';
import { confirm, createMappingChecks, releasedBy, type Author } from './mapping-checks.ts';
import type { FactLoader, GuildReader } from './ports.ts';
import type { Cause, GuildPreview } from './results.ts';
import type { Sync } from './sync.ts';

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

export type MappingEdit = Partial<MappingDraft>;

/** How a person edits. */
interface EditOptions {
  /** He knows that the role carries powerful permissions. */
  confirmDangerous?: boolean;
  /** He saw what it does to the members, and said yes: the blast-radius guard does not bound it. */
  isConfirmed?: boolean;
}

/** How he edits what is there already. */
interface ChangeOptions extends EditOptions {
  /** What happens to roles that only this mapping gave, when it ends. */
  roles: RolesGiven;
  /** Only if nobody has edited it since then (changed_meanwhile); null: in any case. */
  unchangedSince?: Date | null;
}

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
  /** The guild of a mapping; null: there is no such mapping. */
  guildOf(mappingId: string): Promise<string | null>;
  /** Checks everything that `create` checks except the dangerous role's confirmation; what it would save. */
  check(guildId: string, author: Author, draft: MappingDraft): Promise<{ after: Mapping; dangerous: Permission[] }>;
  /** The same of an edit. */
  checkEdit(
    guildId: string,
    author: Author,
    mappingId: string,
    edit: MappingEdit,
  ): Promise<{ before: Mapping; after: Mapping; dangerous: Permission[] }>;
  /** As `check`, and shows what would happen. */
  preview(guildId: string, author: Author, draft: MappingDraft): Promise<MappingPreview>;
  /** What an edit would do; checks everything that `edit` checks except the confirmation. */
  previewEdit(
    guildId: string,
    author: Author,
    mappingId: string,
    edit: MappingEdit,
    roles: RolesGiven,
  ): Promise<MappingPreview & { before: Mapping; after: Mapping }>;
  /** Saves it and syncs the guild in the background. */
  create(guildId: string, author: Author, draft: MappingDraft, options: EditOptions): Promise<Mapping>;
  edit(guildId: string, author: Author, mappingId: string, edit: MappingEdit, options: ChangeOptions): Promise<Mapping>;
  remove(guildId: string, author: Author, mappingIds: readonly string[], options: ChangeOptions): Promise<Mapping[]>;
  /** What that would do; checks everything that `remove` checks. */
  previewRemove(
    guildId: string,
    author: Author,
    mappingIds: readonly string[],
    roles: RolesGiven,
  ): Promise<{ mappings: Mapping[]; preview: GuildPreview }>;
}

export interface MappingsParts {
  mappings: MappingStore;
  settings: Pick<GuildStore, 'configure'>;
  configChanges: Pick<ConfigChangeStore, 'record'>;
  guilds: Pick<GuildReader, 'guild'>;
  facts: Pick<FactLoader, 'existing'>;
  sync: Pick<Sync, 'previewGuild'>;
  /** Starts a sync of the guild in the background. */
  syncLater(guildId: string, cause: Cause): void;
  now: () => Date;
  newId: () => string;
}

export function createMappings(parts: MappingsParts): Mappings {
  const { authorise, authoriseEnding, authoriseRivals, checkWorkable } = createMappingChecks(parts);

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
    if (!found) throw notFound();
    return found;
  }

  function nameOf(guildId: string, roleId: string): string | undefined {
    return parts.guilds.guild(guildId)?.roles.get(roleId)?.name;
  }

  function drafted(guildId: string, author: Author, draft: MappingDraft): Mapping {
    const now = parts.now();
    return {
      id: parts.newId(),
      guildId,
      roleId: draft.roleId,
      roleName: nameOf(guildId, draft.roleId) ?? draft.roleId,
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

  async function prepareNew(guildId: string, author: Author, draft: MappingDraft) {
    const dangerous = authorise(guildId, author, draft.roleId);
    const after = drafted(guildId, author, draft);
    const others = await parts.mappings.ofGuild(guildId);
    authoriseRivals(guildId, author, after, others);
    await checkWorkable(after, others);
    return { after, others, dangerous };
  }

  /** Checks an edit. Switching off needs no confirmation, and works for a mapping that cannot work any more. */
  async function prepareEdit(guildId: string, author: Author, mappingId: string, edit: MappingEdit) {
    const { mapping: before } = await find(guildId, mappingId);
    const conditions = { ...before.conditions, ...edit.conditions };
    const roleName = nameOf(guildId, edit.roleId ?? before.roleId) ?? before.roleName;
    const after: Mapping = { ...before, ...edit, roleName, conditions };
    const all = await parts.mappings.ofGuild(guildId);
    const others = all.filter(({ id }) => id !== mappingId);
    const ending = authoriseEnding(guildId, author, before.roleId);
    const dangerous = after.roleId === before.roleId ? ending : authorise(guildId, author, after.roleId);
    const onlySwitchesOff = !after.isActive && Object.keys(edit).every((key) => key === 'isActive');
    if (onlySwitchesOff) return { before, after, others, dangerous: [] };
    authoriseRivals(guildId, author, after, others);
    await checkWorkable(after, others);
    return { before, after, others, dangerous };
  }

  async function prepareRemoval(guildId: string, author: Author, mappingIds: readonly string[]) {
    const all = await parts.mappings.ofGuild(guildId);
    const ended = all.filter(({ id }) => mappingIds.includes(id));
    if (ended.length < mappingIds.length) throw notFound();
    for (const { roleId } of ended) authoriseEnding(guildId, author, roleId);
    return { ended, others: all.filter((mapping) => !ended.includes(mapping)) };
  }

  async function previewOf(
    mapping: Mapping,
    others: readonly Mapping[],
    released: ReadonlySet<string> = new Set(),
  ): Promise<Omit<MappingPreview, 'dangerous'>> {
    const { guildId, roleId } = mapping;
    const all = [...others, mapping];
    const preview = await parts.sync.previewGuild(guildId, { mappings: all, released });
    const findings = (await withHealth(guildId, all)).find((one) => one.mapping === mapping)?.findings ?? [];
    const isForeign = ({ plan }: GuildPreview['members'][number]) =>
      plan.kept.some((kept) => kept.roleId === roleId && kept.because === 'foreign') ||
      plan.changes.some((change) => change.roleId === roleId && change.reason === 'foreign_removed');
    return { findings, foreignHolders: preview.members.filter(isForeign).length, preview };
  }

  /** Whoever saw a preview saw what follows for the role, and for those that share an exclusive set with it. */
  async function causeOf(
    guildId: string,
    { discordId }: Author,
    edited: readonly Mapping[],
    isConfirmed: boolean,
  ): Promise<Cause> {
    if (!isConfirmed) return { trigger: 'mapping', actor: discordId };
    const roleIds = rolesMovedBy(edited, await parts.mappings.ofGuild(guildId));
    return { trigger: 'mapping', actor: discordId, isConfirmed: true, agreement: { roleIds } };
  }

  /** Who changed it, and how it was before. */
  async function record(
    { id, guildId }: Mapping,
    { discordId: actor }: Author,
    what: Pick<NewConfigChange, 'action' | 'before' | 'after'>,
  ): Promise<void> {
    const of = { guildId, subject: 'mapping', subjectId: id, actor, at: parts.now() } as const;
    await parts.configChanges.record({ ...of, ...what });
  }

  return {
    list: async (guildId) => withHealth(guildId, await parts.mappings.ofGuild(guildId)),
    find,

    async check(guildId, author, draft) {
      const { after, dangerous } = await prepareNew(guildId, author, draft);
      return { after, dangerous };
    },

    async checkEdit(guildId, author, mappingId, edit) {
      const { before, after, dangerous } = await prepareEdit(guildId, author, mappingId, edit);
      return { before, after, dangerous };
    },

    async preview(guildId, author, draft) {
      const { after, others, dangerous } = await prepareNew(guildId, author, draft);
      return { ...(await previewOf(after, others)), dangerous };
    },

    async previewEdit(guildId, author, mappingId, edit, roles) {
      const { before, after, others, dangerous } = await prepareEdit(guildId, author, mappingId, edit);
      const givesOn = after.isActive && after.roleId === before.roleId;
      const ended = before.isActive && !givesOn ? [before] : [];
      return { ...(await previewOf(after, others, releasedBy(ended, others, roles))), dangerous, before, after };
    },

    async guildOf(mappingId) {
      return (await parts.mappings.find(mappingId))?.guildId ?? null;
    },

    async create(guildId, author, draft, { confirmDangerous = false, isConfirmed = false }) {
      const { after: mapping, dangerous } = await prepareNew(guildId, author, draft);
      confirm(dangerous, confirmDangerous);
      const guildName = parts.guilds.guild(guildId)?.name ?? guildId;
      await parts.settings.configure(guildId, guildName, parts.now());
      const created = await parts.mappings.create(mapping);
      await record(created, author, { action: 'create', before: null, after: mappingRecord(created) });
      parts.syncLater(guildId, await causeOf(guildId, author, [created], isConfirmed));
      return created;
    },

    async edit(guildId, author, mappingId, edit, options) {
      const { confirmDangerous = false, isConfirmed = false, roles, unchangedSince = null } = options;
      const { before, after, dangerous } = await prepareEdit(guildId, author, mappingId, edit);
      confirm(dangerous, confirmDangerous);
      const patch = { ...edit, roleName: after.roleName, conditions: after.conditions };
      const saved = await parts.mappings.update(mappingId, patch, parts.now(), roles, unchangedSince);
      if (!saved) throw unchangedSince ? changedMeanwhile() : notFound();
      const changed = difference(mappingRecord(before), mappingRecord(saved));
      if (changed) await record(saved, author, { action: 'update', ...changed });
      parts.syncLater(guildId, await causeOf(guildId, author, [before, saved], isConfirmed));
      return saved;
    },

    async remove(guildId, author, mappingIds, { roles, isConfirmed = false, unchangedSince = null }) {
      const { ended } = await prepareRemoval(guildId, author, mappingIds);
      checkUnchanged(ended, unchangedSince);
      const removed = await parts.mappings.remove(mappingIds, roles);
      for (const mapping of removed) {
        await record(mapping, author, { action: 'delete', before: mappingRecord(mapping), after: null });
      }
      parts.syncLater(guildId, await causeOf(guildId, author, ended, isConfirmed));
      return ended;
    },

    async previewRemove(guildId, author, mappingIds, roles) {
      const { ended, others } = await prepareRemoval(guildId, author, mappingIds);
      const would = { mappings: others, released: releasedBy(ended, others, roles) };
      return { mappings: ended, preview: await parts.sync.previewGuild(guildId, would) };
    },
  };
}

function notFound(): AppError {
  return new AppError('mapping_not_found', 'There is no such mapping.');
}

function checkUnchanged(mappings: readonly Mapping[], since: Date | null): void {
  if (since && mappings.some(({ updatedAt }) => updatedAt.getTime() !== since.getTime())) throw changedMeanwhile();
}

function changedMeanwhile(): AppError {
  return new AppError('changed_meanwhile', 'Somebody else has changed this mapping meanwhile. Look at it again first.');
}
