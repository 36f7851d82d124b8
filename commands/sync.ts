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
import { createLiveRun } from './live-run.ts';
import { buttonsOf, cancel, message } from './message.ts';
import { changesAnything, previewLines, previewSums } from './preview-words.ts';
import {
  approveHeld,
  askToUndo,
  cancelCurrent,
  cancelRun,
  discardHeld,
  showStatus,
  stopRun,
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
    preview_server: (interaction, app, arg) => showServerSync(interaction, app, { isDryRun: arg === 'dry' }),
    approve: approveHeld,
    discard: discardHeld,
    cancel_run: cancelRun,
    undo: askToUndo,
    undo_now: undoRun,
    cancel,
  },
  /** Their messages stay as they are: one in the audit channel, and one that follows a run. */
  answers: { ask_undo: askToUndo, stop: stopRun },
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
  await showServerSync(interaction, app, { isDryRun: interaction.options.getBoolean('dry_run') ?? false });
}

/** What a sync of the server would change, with an Apply unless it is a dry run. While one runs, that one is followed. */
async function showServerSync(
  interaction: CommandInteraction | CommandButton,
  app: App,
  { isDryRun }: { isDryRun: boolean },
): Promise<void> {
  const live = createLiveRun((said) => interaction.editReply(said), interaction);
  const running = app.sync.follow(interaction.guildId, (progress) => live.follow(progress, [RUNS_ALREADY]));
  if (running) {
    const done = await running;
    const button = buttonsOf('sync', interaction);
    const again = { label: LOOK_AGAIN, action: 'preview_server', arg: isDryRun ? 'dry' : '' };
    const head = [...sumLines(done, interaction), `To see what is left to change, press **${LOOK_AGAIN}**.`];
    await live.end(message({ head }, [button({ ...again, style: 'primary' })]));
    return;
  }
  const preview = await app.sync.previewGuild(interaction.guildId);
  if (!preview.members.some(({ plan }) => changesAnything(plan))) {
    await interaction.editReply(message({ head: [await nothingWords(app, interaction.guildId, preview)] }));
    return;
  }
  const lines = { head: [previewSums(preview)], list: previewLines(preview), where: EACH_ALONE };
  const apply = { action: 'apply_server', arg: String(preview.rolesRemoved) };
  await interaction.editReply(message(lines, isDryRun ? [] : applyButtons(interaction, apply)));
}

async function nothingWords({ mappings }: App, guildId: string, { blocked }: { blocked: number }): Promise<string> {
  if (blocked > 0) return `⚠️ There is nothing to change, but ${count(blocked, 'change')} cannot work: ${RUN_DOCTOR}.`;
  const isMapped = (await mappings.list(guildId)).some(({ mapping }) => mapping.isActive);
  return isMapped
    ? '✅ There is nothing to change: every role agrees with the groups.'
    : 'No mapping is active, so there is nothing to sync. Make one with `/map add`.';
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
  const { guildId } = interaction;
  const live = createLiveRun((said) => interaction.editReply(said), interaction);
  live.show(message({ head: ['Syncing this server …'] }));
  let hasBegun = false;
  void app.sync.follow(guildId, (progress) => {
    if (!hasBegun) live.show(message({ head: [GOES_FIRST, ...progressLines(progress)] }));
  });
  const cause = confirmedBy(interaction, app, removals === '' ? {} : { removals: Number(removals) });
  const done = await app.sync.guild(guildId, cause, (progress) => {
    hasBegun = true;
    live.follow(progress);
  });
  await live.end(message({ head: sumLines(done, interaction) }));
}

const RUNS_ALREADY = 'Roles are being synced here already. This message follows that sync.';
const GOES_FIRST = 'Another sync of this server goes first; yours follows it.';
const EACH_ALONE = '`/sync user` with `dry_run` shows what would change for one of them.';
const LOOK_AGAIN = 'Preview what is left';
