import {
  ApplicationIntegrationType,
  InteractionContextType,
  PermissionFlagsBits,
  SlashCommandBuilder,
} from 'discord.js';
import type { App } from '../src/app.ts';
import type { GuildSettings } from '../src/db/guild-store.ts';
import type { Command, CommandButton, CommandForm, CommandInteraction, CommandSelect } from '../src/discord/command.ts';
import { AppError } from '../src/errors.ts';
import { authorOf } from './author.ts';
import { buttonsOf, message, type Message } from './message.ts';
import { changing } from './setting-words.ts';
import { presentConfig } from './settings.ts';
import { channelList, limitsForm, settingButtons } from './setup-parts.ts';
import { doneLines, setupLines } from './setup-words.ts';

type Asked = CommandInteraction | CommandButton | CommandSelect | CommandForm;

/** The first-run wizard: one message, which shows how things stand and changes them. */
export const setup = {
  data: new SlashCommandBuilder()
    .setName('setup')
    .setDescription('Set Rolewright up step by step; run it again whenever you like')
    .setDefaultMemberPermissions(PermissionFlagsBits.ManageGuild)
    .setContexts(InteractionContextType.Guild)
    .setIntegrationTypes(ApplicationIntegrationType.GuildInstall),

  async execute(interaction, app) {
    // One that an admin had removed begins anew.
    if (!(await presentConfig(app, interaction.guildId)))
      await app.guildConfigs.update(interaction.guildId, authorOf(interaction), {});
    await interaction.editReply(await wizard(interaction, app));
  },

  selects: {
    audit_channel: (interaction, app) => save(interaction, app, { auditChannelId: interaction.values[0] ?? null }),
    notification_channel: (interaction, app) =>
      save(interaction, app, { notificationChannelId: interaction.values[0] ?? null }),
  },

  buttons: {
    switch: (interaction, app, arg) => save(interaction, app, switched(arg)),
    check: async (interaction, app) => interaction.editReply(await wizard(interaction, app)),
    async done(interaction, app) {
      const { guild } = await app.guildConfigs.find(interaction.guildId);
      const [groups, mappings] = await Promise.all([
        app.groups.list(interaction.guildId),
        app.mappings.list(interaction.guildId),
      ]);
      await interaction.editReply(message({ head: doneLines(guild, groups.length, mappings.length) }));
    },
  },

  forms: {
    limits: {
      open: async (interaction, app) => limitsForm((await app.guildConfigs.find(interaction.guildId)).guild),
      submit: (interaction, app) =>
        save(interaction, app, {
          maxRoleChangesPerSync: numberIn(interaction, 'max_role_changes_per_sync'),
          maxRemovalsPercent: numberIn(interaction, 'max_removals_percent'),
        }),
    },
  },
} satisfies Command;

async function wizard(interaction: Asked, app: App): Promise<Message> {
  const { guildId } = interaction;
  const [config, groups, mappings] = await Promise.all([
    app.guildConfigs.find(guildId),
    app.groups.list(guildId),
    app.mappings.list(guildId),
  ]);
  const { guild } = config;
  const button = buttonsOf('setup', interaction);
  return message(
    setupLines(config, groups.length, mappings.length),
    [channelList(interaction, 'audit_channel', guild.auditChannelId)],
    [channelList(interaction, 'notification_channel', guild.notificationChannelId)],
    settingButtons(guild).map(button),
    [
      button({ label: 'Limits …', action: 'limits' }),
      button({ label: 'Check again', action: 'check' }),
      button({ label: 'Done', action: 'done', style: 'primary' }),
    ],
  );
}

async function save(interaction: Asked, app: App, patch: Partial<GuildSettings>): Promise<void> {
  await changing(() => app.guildConfigs.update(interaction.guildId, authorOf(interaction), patch));
  await interaction.editReply(await wizard(interaction, app));
}

/** A button says what it switches to, so that a second press does not switch back. */
function switched(arg: string): Partial<GuildSettings> {
  const [setting, value] = arg.split(':');
  const isOn = value === 'on';
  if (setting === 'auto_sync') return { autoSync: isOn };
  if (setting === 'sync_on_join') return { syncOnJoin: isOn };
  if (setting === 'remove_roles_on_leave') return { removeRolesOnLeave: isOn };
  return setting === 'on_unlink' ? { onUnlink: value === 'keep' ? 'keep' : 'remove' } : {};
}

function numberIn({ fields }: CommandForm, name: string): number {
  const text = fields.getTextInputValue(name).trim();
  if (!/^\d{1,9}$/.test(text))
    throw new AppError('invalid_input', `“${name}” has to be a number. Nothing was changed.`);
  return Number(text);
}
