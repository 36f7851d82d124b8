import { MessageFlags } from 'discord.js';
import type { App } from '../src/app.ts';
import type { CommandButton, CommandInteraction } from '../src/discord/command.ts';
import type { Change, Run } from '../src/db/run-store.ts';
import { decisionEmbed, decisionLines } from '../src/decision-sentences.ts';
import { appliedOf, isUndoable } from '../src/run-sentences.ts';
import { heldRemovals } from './held.ts';
import { authorOf } from './author.ts';
import { cancelButtons, createLiveRun } from './live-run.ts';
import { buttonsOf, message, type ButtonText, type Message } from './message.ts';
import { cancelledWords, heldHead, heldLines, runLine, undoQuestion } from './run-words.ts';
import { mappingLines, nowLines, sumLines } from './sync-words.ts';

/** Runs that the status lists: as many as one row holds Undo buttons. */
const RUNS_SHOWN = 5;
/** Changes that a question shows. */
const CHANGES_SHOWN = 100;

type Asked = { guildId: string; user: { id: string } };

/** What runs, what waits for approval, and what ran last, each with what can be done about it. */
export async function showStatus(interaction: CommandInteraction, app: App): Promise<void> {
  await interaction.editReply(await statusMessage(interaction, app));
}

/** @param stopped what was just cancelled, in words */
async function statusMessage(interaction: Asked, app: App, stopped: string | null = null): Promise<Message> {
  const { guildId } = interaction;
  const [mappings, runs, held] = await Promise.all([
    app.mappings.list(guildId),
    app.runs.recent(guildId, RUNS_SHOWN),
    heldRemovals(app, guildId),
  ]);
  const progress = app.sync.progress(guildId);
  const button = buttonsOf('sync', interaction);
  const undone = new Set(runs.filter(({ status }) => status !== 'failed').map(({ undoOf }) => undoOf));
  const list = runs.map((run, index) => `${index + 1}. ${runLine(run, undone.has(run.id))}`);
  const undoButtons = runs.flatMap((run, index): ButtonText[] =>
    isUndoable(run) && !undone.has(run.id) ? [{ label: `Undo ${index + 1}`, action: 'undo', arg: run.id }] : [],
  );
  const lines = {
    head: [
      ...(stopped === null ? nowLines(progress) : [stopped]),
      ...(held ? ['', heldHead(held.run, held.changes), ...heldLines(held.changes), ''] : []),
      ...mappingLines(mappings, runs.length > 0),
      ...(runs.length > 0 ? ['', '**Last runs**'] : []),
    ],
    list,
  };
  return message(
    lines,
    stopped === null ? cancelButtons(progress, 'cancel_run').map(button) : [],
    held ? decisionButtons(held.run.id, held.changes.length).map(button) : [],
    undoButtons.map(button),
  );
}

/** `shown`: how many removals the reader saw, so that nobody approves more. */
function decisionButtons(runId: string, shown: number): ButtonText[] {
  return [
    { label: 'Approve', action: 'approve', arg: `${runId}:${shown}`, style: 'danger' },
    { label: 'Discard', action: 'discard', arg: runId },
  ];
}

/** `/sync cancel` */
export async function cancelCurrent(interaction: CommandInteraction, app: App): Promise<void> {
  const runId = app.sync.progress(interaction.guildId)?.runId ?? null;
  const words = runId === null ? NOTHING_RUNS : await cancelled(interaction, app, runId);
  await interaction.editReply(message({ head: [words] }));
}

/** From the status, which tells of it. */
export async function cancelRun(interaction: CommandButton, app: App, runId: string): Promise<void> {
  const words = await cancelled(interaction, app, runId);
  await interaction.editReply(await statusMessage(interaction, app, words));
}

/** From a message that follows the run, and so shows its end. */
export async function stopRun(interaction: CommandButton, app: App, runId: string): Promise<void> {
  await interaction.editReply(message({ head: [await cancelled(interaction, app, runId)] }));
}

async function cancelled({ guildId, user }: Asked, app: App, runId: string): Promise<string> {
  const run = await app.runs.find(guildId, runId);
  await app.runs.cancel(guildId, runId, user.id);
  return cancelledWords(run);
}

const NOTHING_RUNS = 'No sync is running, so there is nothing to cancel.';

/** Approves what is held, or shows it once more where it has grown since the reader saw it. */
export async function approveHeld(interaction: CommandButton, app: App, arg: string): Promise<unknown> {
  const { guildId } = interaction;
  const [runId = '', shown] = arg.split(':');
  const held = await heldRemovals(app, guildId);
  if (held?.run.id !== runId) return showDecided(interaction, app, runId);
  const { changes } = held;
  const author = authorOf(interaction);
  const onItsWay: Run = { ...held.run, status: 'running', isBounded: false, decidedBy: author.discordId };
  const { embeds } = decision(interaction, onItsWay, changes);
  const head = isPublic(interaction) ? [] : decisionLines(onItsWay);
  const edit = (said: Message) => interaction.editReply(said.embeds.length > 0 ? said : { ...said, embeds });
  const live = createLiveRun(edit, ownerOf(interaction));
  const begun = await app.runs.startApproval(guildId, runId, author, {
    shown: shown === undefined ? undefined : Number(shown),
    onProgress: (progress) => live.follow(progress, head),
  });
  if (begun === 'grown') return showOnceMore(interaction, app);
  await begun.done;
  return live.end(decision(interaction, await app.runs.find(guildId, runId), changes));
}

async function showOnceMore(interaction: CommandButton, app: App): Promise<unknown> {
  const held = await heldRemovals(app, interaction.guildId);
  if (!held) return interaction.editReply(message({ head: ['Nothing waits for approval any more.'] }));
  const button = buttonsOf('sync', ownerOf(interaction));
  const buttons = decisionButtons(held.run.id, held.changes.length).map(button);
  const head = ['More removals have joined since. Look once more:', heldHead(held.run, held.changes)];
  return interaction.editReply(message({ head, list: heldLines(held.changes) }, buttons));
}

export async function discardHeld(interaction: CommandButton, app: App, runId: string): Promise<unknown> {
  const { guildId } = interaction;
  const held = await heldRemovals(app, guildId);
  if (held?.run.id !== runId) return showDecided(interaction, app, runId);
  const run = await app.runs.discard(guildId, runId, authorOf(interaction));
  return interaction.editReply(decision(interaction, run, held.changes));
}

/** Somebody else was quicker, or it was called off. */
async function showDecided(interaction: CommandButton, app: App, runId: string): Promise<unknown> {
  const { guildId } = interaction;
  const run = await app.runs.find(guildId, runId);
  const { changes } = await app.runs.changes(guildId, runId, 1, CHANGES_SHOWN);
  return interaction.editReply(decision(interaction, run, changes));
}

/** What was decided, and what came of it. A message that all can see goes on telling whom it was about. */
function decision(interaction: CommandButton, run: Run, changes: readonly Change[]): Message {
  if (!isPublic(interaction)) return message({ head: decisionLines(run) });
  return { content: '', embeds: [decisionEmbed(run, changes)], components: [] };
}

/** Shows what an undo would reverse, before it does. */
export async function askToUndo(interaction: CommandButton, app: App, runId: string): Promise<void> {
  const run = await app.runs.find(interaction.guildId, runId);
  const { changes } = await app.runs.changes(interaction.guildId, runId, 1, CHANGES_SHOWN);
  const button = buttonsOf('sync', interaction);
  const buttons = [
    button({ label: 'Undo it', action: 'undo_now', arg: runId, style: 'danger' }),
    button({ label: 'Cancel', action: 'cancel' }),
  ];
  await interaction.editReply(message(undoQuestion(run, appliedOf(changes)), buttons));
}

export async function undoRun(interaction: CommandButton, app: App, runId: string): Promise<void> {
  const live = createLiveRun((said) => interaction.editReply(said), interaction);
  const done = await app.runs.undo(interaction.guildId, runId, authorOf(interaction), (progress) => {
    live.follow(progress);
  });
  await live.end(message({ head: sumLines(done, interaction, 'undo') }));
}

function isPublic({ message: { flags } }: CommandButton): boolean {
  return !flags.has(MessageFlags.Ephemeral);
}

/** Whoever may run the command may decide where all can see it. */
function ownerOf(interaction: CommandButton): { user: { id: string } } {
  return isPublic(interaction) ? { user: { id: '*' } } : interaction;
}
