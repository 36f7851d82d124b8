import {
  ApplicationIntegrationType,
  InteractionContextType,
  PermissionFlagsBits,
  SlashCommandBuilder,
  type SlashCommandBooleanOption,
} from 'discord.js';
import type { App } from '../src/app.ts';
import type { Command, CommandButton, CommandInteraction } from '../src/discord/command.ts';
import { count, user } from '../src/markup.ts';
import { confirmedBy } from './author.ts';
import { createLiveMessage } from './live-message.ts';
import { buttonsOf, cancel, message, type ButtonText } from './message.ts';
import { changesAnything, previewLines, previewSums } from './preview-words.ts';
import {
  approveHeld,
  askToUndo,
  cancelCurrent,
  cancelRun,
  discardHeld,
  showStatus,
  stopButtons,
  undoRun,
} from './sync-runs.ts';
import { progressLines, sumLines } from './sync-words.ts';
import { applyButtons, showMemberSync } from './sync-member.ts';
import { resultLines, RUN_DOCTOR, stateWords } from './wording.ts';

const dryRunOption = (option: SlashCommandBooleanOption) =>
  option.setName('dry_run').setDescription('Only show what would change');

export const sync = {
  data: new SlashCommandBuilder()
    .setName('sync')
    .setDescription('Make roles agree with the groups')
    .setDefaultMemberPermissions(PermissionFlagsBits.ManageRoles)
    .setContexts(InteractionContextType.Guild)
    .setIntegrationTypes(ApplicationIntegrationType.GuildInstall)
    .addSubcommand((sub) =>
      sub
        .setName('user')
        .setDescription('Sync the roles of one member')
        .addUserOption((option) => option.setName('user').setDescription('The member').setRequired(true))
        .addBooleanOption(dryRunOption),
    )
    .addSubcommand((sub) =>
      sub.setName('server').setDescription('Sync the roles of everybody in this server').addBooleanOption(dryRunOption),
    )
    .addSubcommand((sub) =>
      sub.setName('status').setDescription('Show what runs, what waits for approval, and the last runs'),
    )
    .addSubcommand((sub) => sub.setName('cancel').setDescription('Cancel the sync that is running')),

  async execute(interaction, app) {
    const act = SUBCOMMANDS[interaction.options.getSubcommand()];
    await act?.(interaction, app);
  },

  buttons: {
    apply_user: applyToUser,
    apply_server: applyToServer,
    approve: approveHeld,
    discard: discardHeld,
    cancel_run: cancelRun,
    undo: askToUndo,
    undo_now: undoRun,
    cancel,
  },
  /** From the audit channel, whose message stays as it is. */
  answers: { ask_undo: askToUndo },
} satisfies Command;

const SUBCOMMANDS: Readonly<Record<string, (interaction: CommandInteraction, app: App) => Promise<unknown>>> = {
  user: previewUser,
  server: previewServer,
  status: showStatus,
  cancel: cancelCurrent,
};

async function previewUser(interaction: CommandInteraction, app: App): Promise<void> {
  const isDryRun = interaction.options.getBoolean('dry_run') ?? false;
  await showMemberSync(interaction, app, interaction.options.getUser('user', true), { isDryRun });
}

async function previewServer(interaction: CommandInteraction, app: App): Promise<void> {
  const running = app.sync.progress(interaction.guildId);
  if (running?.status === 'running') {
    const head = ['A sync of this server is running already.', ...progressLines(running)];
    await interaction.editReply(message({ head }, stopButtons(running).map(buttonsOf('sync', interaction))));
    return;
  }
  const preview = await app.sync.previewGuild(interaction.guildId);
  if (!preview.members.some(({ plan }) => changesAnything(plan))) {
    const { blocked } = preview;
    const words =
      blocked === 0
        ? '✅ There is nothing to change: every role agrees with the groups.'
        : `⚠️ There is nothing to change, but ${count(blocked, 'change')} cannot work: ${RUN_DOCTOR}.`;
    await interaction.editReply(message({ head: [words] }));
    return;
  }
  const lines = { head: [previewSums(preview)], list: previewLines(preview) };
  const isDryRun = interaction.options.getBoolean('dry_run') ?? false;
  const apply = { action: 'apply_server', arg: String(preview.rolesRemoved) };
  await interaction.editReply(message(lines, isDryRun ? [] : applyButtons(interaction, apply)));
}

async function applyToUser(interaction: CommandButton, app: App, discordId: string): Promise<void> {
  await interaction.editReply(message({ head: [`Syncing ${user(discordId)} …`] }));
  const result = await app.sync.member(interaction.guildId, discordId, confirmedBy(interaction, app));
  const lines = resultLines(result);
  const nothing = `✅ There was nothing left to change for ${user(discordId)}.`;
  const head = [stateWords(result) ?? (lines.length > 0 ? `Synced ${user(discordId)}:` : nothing)];
  await interaction.editReply(message({ head, list: lines }));
}

async function applyToServer(interaction: CommandButton, app: App, removals: string): Promise<void> {
  let stop: ButtonText[] = [];
  const button = buttonsOf('sync', interaction);
  const live = createLiveMessage((lines) => interaction.editReply(message(lines, stop.map(button))));
  const isBusy = app.sync.progress(interaction.guildId)?.status === 'running';
  live.show({ head: [isBusy ? 'A sync is running already; yours follows it …' : 'Syncing this server …'] });
  const cause = confirmedBy(interaction, app, removals === '' ? {} : { removals: Number(removals) });
  const done = await app.sync.guild(interaction.guildId, cause, (progress) => {
    stop = stopButtons(progress);
    live.show({ head: progressLines(progress) });
  });
  stop = [];
  await live.end({ head: sumLines(done) });
}
