import type { Mapping } from '../core/mapping.ts';
import type { Permission } from '../core/permissions.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import { AppError } from '../errors.ts';
import { createMappingChecks, type Author } from './mapping-checks.ts';
import { edited, onlySwitchesOff, ruleOf, type MappingDraft, type MappingEdit } from './mapping-drafts.ts';
import type { FactLoader, GuildReader } from './ports.ts';

/** What a draft or an edit would save, checked by all rules. Errors are AppErrors. */
export function createMappingPreparation(parts: {
  mappings: Pick<MappingStore, 'ofGuild'>;
  guilds: Pick<GuildReader, 'guild'>;
  facts: Pick<FactLoader, 'existing'>;
  now: () => Date;
  newId: () => string;
}) {
  const checks = createMappingChecks(parts);

  function nameOf(guildId: string, roleId: string): string | undefined {
    return parts.guilds.guild(guildId)?.roles.get(roleId)?.name;
  }

  /** What an edit makes of the mapping as it stands, checked beside the guild's others. */
  function editedBeside(
    author: Author,
    edit: MappingEdit,
    before: Mapping,
    others: readonly Mapping[],
  ): { after: Mapping; dangerous: Permission[] } {
    const roleName = nameOf(before.guildId, edit.roleId ?? before.roleId) ?? before.roleName;
    const after = { ...edited(before, edit), roleName };
    const dangerous = checks.checkEdit(author, { before, after, isSwitchOff: onlySwitchesOff(edit) }, others);
    return { after, dangerous };
  }

  return {
    edited: editedBeside,
    checkNew: (author: Author, mapping: Mapping, others: readonly Mapping[]): void =>
      void checks.checkNew(author, mapping, others),

    async ofNew(guildId: string, author: Author, draft: MappingDraft) {
      const at = parts.now();
      const after: Mapping = {
        ...ruleOf(draft),
        id: parts.newId(),
        guildId,
        roleName: nameOf(guildId, draft.roleId) ?? draft.roleId,
        createdBy: author.discordId,
        createdAt: at,
        updatedAt: at,
        lastSync: null,
        syncCount: 0,
      };
      const others = await parts.mappings.ofGuild(guildId);
      const dangerous = checks.checkNew(author, after, others);
      await checks.checkGroups(after);
      return { after, others, dangerous };
    },

    async ofEdit(guildId: string, author: Author, mappingId: string, edit: MappingEdit) {
      const all = await parts.mappings.ofGuild(guildId);
      const before = all.find(({ id }) => id === mappingId);
      if (!before) throw mappingNotFound();
      const others = all.filter((one) => one !== before);
      const { after, dangerous } = editedBeside(author, edit, before, others);
      if (!onlySwitchesOff(edit)) await checks.checkGroups(after);
      return { before, after, others, dangerous };
    },

    /** Throws unless these are all the mappings that were named, and he may end each of them. */
    checkEnding(guildId: string, author: Author, mappingIds: readonly string[], ended: readonly Mapping[]): void {
      if (ended.filter((mapping) => mapping.guildId === guildId).length < mappingIds.length) throw mappingNotFound();
      for (const { roleId } of ended) checks.authoriseEnding(guildId, author, roleId);
    },
  };
}

export function mappingNotFound(): AppError {
  return new AppError('mapping_not_found', 'There is no such mapping.');
}
