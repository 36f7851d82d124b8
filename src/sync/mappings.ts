import { rolesMovedBy, type Mapping } from '../core/mapping.ts';
import type { Permission } from '../core/permissions.ts';
import { agreementOf } from '../core/privilege.ts';
import type { ConfigChangeStore, NewConfigChange } from '../db/config-change-store.ts';
import type { GuildStore } from '../db/guild-store.ts';
import type { MappingStore, RolesGiven } from '../db/mapping-store.ts';
import { AppError } from '../errors.ts';
import { difference, mappingRecord } from './config-records.ts';
import { confirm, type Author } from './mapping-checks.ts';
import type { MappingDraft, MappingEdit } from './mapping-drafts.ts';
import { createMappingHealth, type MappingWithHealth } from './mapping-health.ts';
import { createMappingPreparation, mappingNotFound } from './mapping-preparation.ts';
import { createMappingPreviews, type MappingPreview } from './mapping-previews.ts';
import type { FactLoader, GuildReader } from './ports.ts';
import type { Cause, GuildPreview } from './results.ts';
import type { Sync } from './sync.ts';

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
  /** Removes whatever mappings the guild has. */
  removeAll(guildId: string, author: Author, options: Pick<ChangeOptions, 'roles' | 'isConfirmed'>): Promise<void>;
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
  const preparation = createMappingPreparation(parts);
  const withHealth = createMappingHealth(parts);
  const previews = createMappingPreviews({ sync: parts.sync, withHealth });

  async function find(guildId: string, mappingId: string): Promise<MappingWithHealth> {
    const found = (await withHealth(guildId, await parts.mappings.ofGuild(guildId))).find(
      ({ mapping }) => mapping.id === mappingId,
    );
    if (!found) throw mappingNotFound();
    return found;
  }

  /** Whoever saw a preview saw what follows for the role, and for those that share an exclusive set with it. */
  async function causeOf(
    guildId: string,
    author: Author,
    moved: readonly Mapping[],
    isConfirmed: boolean,
  ): Promise<Cause> {
    const cause = { trigger: 'mapping', actor: author.discordId } as const;
    const roleIds = rolesMovedBy(moved, await parts.mappings.ofGuild(guildId));
    const guild = parts.guilds.guild(guildId);
    return isConfirmed && guild ? { ...cause, isConfirmed, agreement: agreementOf(guild, author, { roleIds }) } : cause;
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

  async function afterRemoval(
    guildId: string,
    author: Author,
    removed: readonly Mapping[],
    isConfirmed: boolean,
  ): Promise<void> {
    for (const mapping of removed) {
      await record(mapping, author, { action: 'delete', before: mappingRecord(mapping), after: null });
    }
    parts.syncLater(guildId, await causeOf(guildId, author, removed, isConfirmed));
  }

  return {
    list: async (guildId) => withHealth(guildId, await parts.mappings.ofGuild(guildId)),
    find,
    guildOf: async (mappingId) => (await parts.mappings.find(mappingId))?.guildId ?? null,

    async check(guildId, author, draft) {
      const { after, dangerous } = await preparation.ofNew(guildId, author, draft);
      return { after, dangerous };
    },

    async checkEdit(guildId, author, mappingId, edit) {
      const { before, after, dangerous } = await preparation.ofEdit(guildId, author, mappingId, edit);
      return { before, after, dangerous };
    },

    async preview(guildId, author, draft) {
      const { after, others, dangerous } = await preparation.ofNew(guildId, author, draft);
      return { ...(await previews.ofNew(after, others)), dangerous };
    },

    async previewEdit(guildId, author, mappingId, edit, roles) {
      const { before, after, others, dangerous } = await preparation.ofEdit(guildId, author, mappingId, edit);
      return { ...(await previews.ofEdit(before, after, others, roles)), dangerous, before, after };
    },

    async previewRemove(guildId, author, mappingIds, roles) {
      const all = await parts.mappings.ofGuild(guildId);
      const ended = all.filter(({ id }) => mappingIds.includes(id));
      preparation.checkEnding(guildId, author, mappingIds, ended);
      const others = all.filter((mapping) => !ended.includes(mapping));
      return { mappings: ended, preview: await previews.ofRemoval(guildId, ended, others, roles) };
    },

    async create(guildId, author, draft, { confirmDangerous = false, isConfirmed = false }) {
      const { after, dangerous } = await preparation.ofNew(guildId, author, draft);
      confirm(dangerous, confirmDangerous);
      const guildName = parts.guilds.guild(guildId)?.name ?? guildId;
      await parts.settings.configure(guildId, guildName, parts.now());
      const created = await parts.mappings.create(after, (others) => preparation.checkNew(author, after, others));
      await record(created, author, { action: 'create', before: null, after: mappingRecord(created) });
      parts.syncLater(guildId, await causeOf(guildId, author, [created], isConfirmed));
      return created;
    },

    async edit(guildId, author, mappingId, edit, options) {
      const { confirmDangerous = false, isConfirmed = false, roles, unchangedSince = null } = options;
      await preparation.ofEdit(guildId, author, mappingId, edit);
      const change = (before: Mapping, others: readonly Mapping[]): Mapping => {
        checkUnchanged([before], unchangedSince);
        const { after, dangerous } = preparation.edited(author, edit, before, others);
        confirm(dangerous, confirmDangerous);
        return after;
      };
      const saved = await parts.mappings.edit(mappingId, change, parts.now(), roles);
      if (!saved) throw mappingNotFound();
      const { before, after } = saved;
      const differs = difference(mappingRecord(before), mappingRecord(after));
      if (!differs) return after;
      await record(after, author, { action: 'update', ...differs });
      parts.syncLater(guildId, await causeOf(guildId, author, [before, after], isConfirmed));
      return after;
    },

    async remove(guildId, author, mappingIds, { roles, isConfirmed = false, unchangedSince = null }) {
      const removed = await parts.mappings.remove(mappingIds, roles, (ended) => {
        preparation.checkEnding(guildId, author, mappingIds, ended);
        checkUnchanged(ended, unchangedSince);
      });
      await afterRemoval(guildId, author, removed, isConfirmed);
      return removed;
    },

    async removeAll(guildId, author, { roles, isConfirmed = false }) {
      const removed = await parts.mappings.removeOfGuild(guildId, roles, (ended) =>
        preparation.checkEnding(guildId, author, [], ended),
      );
      if (removed.length > 0) await afterRemoval(guildId, author, removed, isConfirmed);
    },
  };
}

function checkUnchanged(mappings: readonly Mapping[], since: Date | null): void {
  if (since && mappings.some(({ updatedAt }) => updatedAt.getTime() !== since.getTime())) throw changedMeanwhile();
}

function changedMeanwhile(): AppError {
  return new AppError('changed_meanwhile', 'Somebody else has changed this mapping meanwhile. Look at it again first.');
}
