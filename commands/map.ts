import { isDeepStrictEqual } from 'node:util';
import type { App } from '../src/app.ts';
import type { MappingRule } from '../src/core/mapping.ts';
import type { Permission } from '../src/core/permissions.ts';
import type { Command, CommandButton, CommandInteraction } from '../src/discord/command.ts';
import { AppError } from '../src/errors.ts';
import { ruleOf, type MappingDraft, type MappingEdit } from '../src/sync/mapping-drafts.ts';
import { authorOf } from './author.ts';
import { anyGroupChoices, groupListChoices, groupNames } from './group-option.ts';
import {
  dangerAnswer,
  dangerQuestion,
  describePreview,
  editLines,
  KEEPS,
  listLines,
  SYNCING,
  TAKES,
} from './map-words.ts';
import { exportMappings } from './map-export.ts';
import { applyDangerousImport, applyImport, askToImport } from './map-import.ts';
import { mapDefinition } from './map-definition.ts';
import { readSettings } from './map-options.ts';
import { findMapping, mappingChoices } from './mapping-option.ts';
import { siblingLines } from './mapping-warnings.ts';
import { mappingLine } from './mapping-words.ts';
import { buttonsOf, cancel, expired, message, type Lines } from './message.ts';
import { createPending } from './pending.ts';
import { previewLines, previewOfMapping, previewSums } from './preview-words.ts';

type Asked = { dangerous: Permission[]; rule: MappingRule } & (
  { act: 'add'; draft: MappingDraft } | { act: 'edit'; mappingId: string; edit: MappingEdit; roles: 'remove' | 'keep' }
);

/** Drafts are too long for a button, so they wait here for theirs. */
const drafts = createPending<Asked>();

export const map = {
  data: mapDefinition,

  async execute(interaction, app) {
    const act = SUBCOMMANDS[interaction.options.getSubcommand()];
    await act?.(interaction, app);
  },

  autocomplete(interaction, app) {
    const { name, value } = interaction.options.getFocused(true);
    if (name === 'mapping') return mappingChoices(app, interaction.guildId, value);
    if (name === 'group') return anyGroupChoices(app, interaction.guildId, value);
    return groupListChoices(app, interaction.guildId, value);
  },

  buttons: {
    async save(interaction, app, askedId) {
      const asked = drafts.peek(askedId, interaction.createdAt);
      if (!asked) return interaction.editReply(expired('map'));
      if (asked.dangerous.length === 0) return save(interaction, app, askedId, false);
      const nameOf = await groupNames(app, interaction.guildId);
      const button = buttonsOf('map', interaction);
      const buttons = [
        button({ label: dangerAnswer(asked.dangerous), action: 'save_dangerous', arg: askedId, style: 'danger' }),
        button({ label: 'Cancel', action: 'cancel' }),
      ];
      return interaction.editReply(message({ head: dangerQuestion(asked.rule, asked.dangerous, nameOf) }, buttons));
    },
    save_dangerous: (interaction, app, askedId) => save(interaction, app, askedId, true),
    remove: (interaction, app, mappingId) => removeMapping(interaction, app, mappingId, 'remove'),
    apply_import: applyImport,
    apply_import_dangerous: applyDangerousImport,
    remove_keep: (interaction, app, mappingId) => removeMapping(interaction, app, mappingId, 'keep'),
    cancel,
  },
} satisfies Command;

const SUBCOMMANDS: Readonly<Record<string, (interaction: CommandInteraction, app: App) => Promise<unknown>>> = {
  add,
  edit,
  remove: askToRemove,
  list,
  export: exportMappings,
  import: askToImport,
};

async function add(interaction: CommandInteraction, app: App): Promise<void> {
  const { groupId = '', ...settings } = await readSettings(interaction, app);
  const draft: MappingDraft = { ...settings, groupId, roleId: interaction.options.getRole('role', true).id };
  const preview = await app.mappings.preview(interaction.guildId, authorOf(interaction), draft);
  const { dangerous } = preview;
  drafts.keep(interaction.id, { act: 'add', draft, dangerous, rule: ruleOf(draft) }, interaction.createdAt);
  const nameOf = await groupNames(app, interaction.guildId);
  const siblings = siblingLines(draft, await app.mappings.list(interaction.guildId), nameOf);
  const line = mappingLine(ruleOf(draft), nameOf);
  await askToSave(interaction, 'Add mapping', describePreview(line, draft, preview, siblings));
}

async function edit(interaction: CommandInteraction, app: App): Promise<void> {
  const { guildId } = interaction;
  const { mapping } = await findMapping(app, guildId, interaction.options.getString('mapping', true));
  const settings = await readSettings(interaction, app, mapping);
  if (Object.keys(settings).length === 0)
    throw new AppError('invalid_input', 'Say what to change: choose at least one option besides the mapping.');
  const author = authorOf(interaction);
  const roles = interaction.options.getString('roles') === 'keep' ? 'keep' : 'remove';
  const preview = await app.mappings.previewEdit(guildId, author, mapping.id, settings, roles);
  const { dangerous, before, after: rule } = preview;
  if (isDeepStrictEqual(before, rule)) {
    await interaction.editReply(message({ head: ['Nothing would change: the mapping is like this already.'] }));
    return;
  }
  const asked: Asked = { act: 'edit', mappingId: mapping.id, edit: settings, roles, dangerous, rule };
  drafts.keep(interaction.id, asked, interaction.createdAt);
  const nameOf = await groupNames(app, guildId);
  await askToSave(interaction, 'Save changes', editLines(preview, { nameOf, roles }));
}

async function askToSave(interaction: CommandInteraction, label: string, lines: Lines): Promise<void> {
  const button = buttonsOf('map', interaction);
  const buttons = [
    button({ label, action: 'save', arg: interaction.id, style: 'primary' }),
    button({ label: 'Cancel', action: 'cancel' }),
  ];
  await interaction.editReply(message(lines, buttons));
}

async function save(
  interaction: CommandButton,
  app: App,
  askedId: string,
  confirmDangerous: boolean,
): Promise<unknown> {
  const asked = drafts.take(askedId, interaction.createdAt);
  if (!asked) return interaction.editReply(expired('map'));
  const { guildId } = interaction;
  const author = authorOf(interaction);
  const saved =
    asked.act === 'add'
      ? await app.mappings.create(guildId, author, asked.draft, { confirmDangerous, isConfirmed: true })
      : await app.mappings.edit(guildId, author, asked.mappingId, asked.edit, {
          confirmDangerous,
          isConfirmed: true,
          roles: asked.roles,
        });
  const line = mappingLine(saved, await groupNames(app, guildId));
  return interaction.editReply(message({ head: [`✅ ${asked.act === 'add' ? 'Added' : 'Saved'}: ${line}`, SYNCING] }));
}

async function askToRemove(interaction: CommandInteraction, app: App): Promise<void> {
  const { guildId } = interaction;
  const { mapping } = await findMapping(app, guildId, interaction.options.getString('mapping', true));
  const keeps = interaction.options.getString('roles') === 'keep';
  const button = buttonsOf('map', interaction);
  const buttons = [
    button({ label: 'Remove mapping', action: keeps ? 'remove_keep' : 'remove', arg: mapping.id, style: 'danger' }),
    button({ label: 'Cancel', action: 'cancel' }),
  ];
  const roles = keeps ? 'keep' : 'remove';
  const { preview: whole } = await app.mappings.previewRemove(guildId, authorOf(interaction), [mapping.id], roles);
  const preview = previewOfMapping(whole, mapping);
  const line = mappingLine(mapping, await groupNames(app, guildId));
  const head = [`Remove the mapping ${line}?`, keeps ? KEEPS : TAKES, previewSums(preview)];
  await interaction.editReply(message({ head, list: previewLines(preview) }, buttons));
}

async function removeMapping(
  interaction: CommandButton,
  app: App,
  mappingId: string,
  roles: 'remove' | 'keep',
): Promise<void> {
  const removed = await app.mappings.remove(interaction.guildId, authorOf(interaction), [mappingId], {
    roles,
    isConfirmed: true,
  });
  const nameOf = await groupNames(app, interaction.guildId);
  const lines = removed.map((mapping) => `✅ Removed: ${mappingLine(mapping, nameOf)}`);
  await interaction.editReply(message({ head: [...lines, roles === 'keep' ? KEEPS : SYNCING] }));
}

async function list(interaction: CommandInteraction, app: App): Promise<void> {
  const [mappings, nameOf] = await Promise.all([
    app.mappings.list(interaction.guildId),
    groupNames(app, interaction.guildId),
  ]);
  await interaction.editReply(message(listLines(mappings, nameOf)));
}
