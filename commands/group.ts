import {
  ApplicationIntegrationType,
  InteractionContextType,
  PermissionFlagsBits,
  SlashCommandBuilder,
  type SlashCommandStringOption,
} from 'discord.js';
import type { App } from '../src/app.ts';
import { groupsNamedBy } from '../src/core/mapping.ts';
import type { Command, CommandButton, CommandInteraction } from '../src/discord/command.ts';
import { AppError } from '../src/errors.ts';

import type { MappingWithHealth } from '../src/sync/mapping-health.ts';
import { count, plain, user } from '../src/markup.ts';
import { authorOf } from './author.ts';
import { isNever, parseExpiry } from './duration.ts';
import { askToImport, runImport } from './group-import.ts';
import { groupChoices, groupNames, ownGroup, visibleGroup } from './group-option.ts';
import { deleteQuestion, groupAddedLines, groupHead, groupLine, memberLine } from './group-words.ts';
import { mappingLine } from './mapping-words.ts';
import { buttonsOf, cancel, message, type ButtonText } from './message.ts';

const groupOption = (option: SlashCommandStringOption) =>
  option.setName('group').setDescription('The group').setRequired(true).setAutocomplete(true).setMaxLength(100);

export const group = {
  data: new SlashCommandBuilder()
    .setName('group')
    .setDescription('Manage the groups of this server')
    .setDefaultMemberPermissions(PermissionFlagsBits.ManageGuild)
    .setContexts(InteractionContextType.Guild)
    .setIntegrationTypes(ApplicationIntegrationType.GuildInstall)
    .addSubcommand((sub) =>
      sub
        .setName('create')
        .setDescription('Create a group')
        .addStringOption((option) =>
          option.setName('name').setDescription('What to call it').setRequired(true).setMaxLength(100),
        )
        .addStringOption((option) => option.setName('description').setDescription('What it is for').setMaxLength(200)),
    )
    .addSubcommand((sub) => sub.setName('delete').setDescription('Delete a group').addStringOption(groupOption))
    .addSubcommand((sub) => sub.setName('list').setDescription('List the groups of this server'))
    .addSubcommand((sub) =>
      sub.setName('show').setDescription('Show a group and its members').addStringOption(groupOption),
    )
    .addSubcommand((sub) =>
      sub
        .setName('add')
        .setDescription('Add somebody to a group')
        .addStringOption(groupOption)
        .addUserOption((option) => option.setName('user').setDescription('Whom to add').setRequired(true))
        .addStringOption((option) =>
          option
            .setName('expires')
            .setDescription('When the membership ends, such as 7d or 2026-12-31; "never" for no end')
            .setMaxLength(40),
        ),
    )
    .addSubcommand((sub) =>
      sub
        .setName('remove')
        .setDescription('Remove somebody from a group')
        .addStringOption(groupOption)
        .addUserOption((option) => option.setName('user').setDescription('Whom to remove').setRequired(true)),
    )
    .addSubcommand((sub) =>
      sub
        .setName('import')
        .setDescription('Add many people to groups from a file')
        .addAttachmentOption((option) =>
          option
            .setName('file')
            .setDescription('CSV or JSON with group and discord_id, and expires_at if you like')
            .setRequired(true),
        ),
    ),

  async execute(interaction, app) {
    const act = SUBCOMMANDS[interaction.options.getSubcommand()];
    await act?.(interaction, app);
  },

  autocomplete: (interaction, app) =>
    groupChoices(app, interaction.guildId, interaction.options.getFocused(), {
      ownOnly: interaction.options.getSubcommand() !== 'show',
    }),

  buttons: {
    delete: (interaction, app, groupId) => removeGroup(interaction, app, groupId, 'refuse'),
    delete_take: (interaction, app, groupId) => removeGroup(interaction, app, groupId, 'remove'),
    delete_keep: (interaction, app, groupId) => removeGroup(interaction, app, groupId, 'keep'),
    import: runImport,
    cancel,
  },
} satisfies Command;

const SUBCOMMANDS: Readonly<Record<string, (interaction: CommandInteraction, app: App) => Promise<unknown>>> = {
  create,
  delete: askToDelete,
  list,
  show,
  add,
  remove,
  import: askToImport,
};

async function create(interaction: CommandInteraction, app: App): Promise<void> {
  const created = await app.groups.create({
    guildId: interaction.guildId,
    name: interaction.options.getString('name', true).trim(),
    description: interaction.options.getString('description')?.trim() ?? null,
    createdBy: interaction.user.id,
  });
  const next = 'Add people with `/group add`, and map the group to a role with `/map add`.';
  await interaction.editReply(message({ head: [`✅ Created the group **${plain(created.name)}**. ${next}`] }));
}

async function askToDelete(interaction: CommandInteraction, app: App): Promise<void> {
  const { guildId } = interaction;
  const found = await ownGroup(app, guildId, interaction.options.getString('group', true));
  const members = (await app.groups.list(guildId)).find(({ id }) => id === found.id)?.memberCount ?? 0;
  const naming = await mappingsNaming(app, guildId, found.id);
  const choices: ButtonText[] =
    naming.length > 0
      ? [
          { label: 'Delete mappings too and take the roles', action: 'delete_take', arg: found.id, style: 'danger' },
          { label: 'Delete mappings too and keep the roles', action: 'delete_keep', arg: found.id, style: 'danger' },
        ]
      : [{ label: 'Delete group', action: 'delete', arg: found.id, style: 'danger' }];
  const buttons = [...choices, { label: 'Cancel', action: 'cancel' }].map(buttonsOf('group', interaction));
  const mappings = await usesOf(interaction, app, naming);
  await interaction.editReply(message(deleteQuestion(found, members, mappings), buttons));
}

async function mappingsNaming(app: App, guildId: string, groupId: string): Promise<MappingWithHealth[]> {
  return (await app.mappings.list(guildId)).filter(({ mapping }) => groupsNamedBy(mapping).has(groupId));
}

/** The mappings that go with a group, and what taking their roles would come to; refused to who may not end them. */
async function usesOf(interaction: CommandInteraction, app: App, naming: readonly MappingWithHealth[]) {
  if (naming.length === 0) return null;
  const { guildId } = interaction;
  const mappingIds = naming.map(({ mapping }) => mapping.id);
  const { preview } = await app.mappings.previewRemove(guildId, authorOf(interaction), mappingIds, 'remove');
  const nameOf = await groupNames(app, guildId);
  return { lines: naming.map(({ mapping }) => mappingLine(mapping, nameOf)), preview };
}

async function removeGroup(
  interaction: CommandButton,
  app: App,
  groupId: string,
  mappings: 'refuse' | 'remove' | 'keep',
) {
  const found = await ownGroup(app, interaction.guildId, groupId);
  const { removedMappings } = await app.groups.remove(found, { mappings, author: authorOf(interaction) });
  const also = removedMappings > 0 ? ` and ${count(removedMappings, 'mapping')}` : '';
  await interaction.editReply(message({ head: [`✅ Deleted the group **${plain(found.name)}**${also}.`] }));
}

async function list(interaction: CommandInteraction, app: App): Promise<void> {
  const groups = await app.groups.list(interaction.guildId);
  const head =
    groups.length > 0
      ? [`**${count(groups.length, 'group')}**`]
      : ['There are no groups yet. Create one with `/group create`.'];
  await interaction.editReply(
    message({ head, list: groups.map(groupLine), where: '`/group show` finds each by its name.' }),
  );
}

async function show(interaction: CommandInteraction, app: App): Promise<void> {
  const found = await visibleGroup(app, interaction.guildId, interaction.options.getString('group', true));
  if (found.guildId === null) {
    const words = 'A global group, kept by the operators of Rolewright; only they see its members.';
    await interaction.editReply(message({ head: [...groupHead(found), words] }));
    return;
  }
  const members = await app.groups.members(found.id);
  const head = [...groupHead(found), count(members.length, 'member')];
  await interaction.editReply(message({ head, list: members.map(memberLine), where: allMembers(found.id) }));
}

function allMembers(groupId: string): string {
  return `over HTTP, \`GET /api/groups/${groupId}/members\` lists all.`;
}

async function add(interaction: CommandInteraction, app: App): Promise<void> {
  const found = await ownGroup(app, interaction.guildId, interaction.options.getString('group', true));
  const whom = interaction.options.getUser('user', true);
  if (whom.bot)
    throw new AppError('invalid_input', 'Bots cannot be in a group: Rolewright leaves them alone. Choose a person.');
  const typed = interaction.options.getString('expires');
  const end = typed === null ? {} : { expiresAt: isNever(typed) ? null : parseExpiry(typed, interaction.createdAt) };
  const added = await app.groups.addDiscordUser(found, whom.id, { ...end, editor: authorOf(interaction) });
  const mappings = await mappingsNaming(app, interaction.guildId, found.id);
  const isMapped = mappings.some(({ mapping }) => mapping.isActive);
  const isSelf = whom.id === interaction.user.id;
  await interaction.editReply(message({ head: groupAddedLines(found, whom.id, added, { isSelf, isMapped }) }));
}

async function remove(interaction: CommandInteraction, app: App): Promise<void> {
  const found = await ownGroup(app, interaction.guildId, interaction.options.getString('group', true));
  const whom = interaction.options.getUser('user', true);
  const { wasMember } = await app.groups.removeDiscordUser(found, whom.id, authorOf(interaction));
  const words = wasMember ? 'is no longer in' : 'is not in';
  const roles = wasMember
    ? ' Roles that only this group gave go now, or when their grace ends; add-only roles stay.'
    : '';
  await interaction.editReply(message({ head: [`${user(whom.id)} ${words} **${plain(found.name)}**.${roles}`] }));
}
