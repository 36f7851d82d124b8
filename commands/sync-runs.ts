import { MessageFlags, type APIEmbed } from 'discord.js';
import type { App } from '../src/app.ts';
import type { CommandButton, CommandInteraction } from '../src/discord/command.ts';
import type { RunProgress } from '../src/sync/results.ts';
import { user } from '../src/markup.ts';
import { appliedOf, isUndoable } from '../src/run-sentences.ts';
import { heldRemovals } from './held.ts';
import { authorOf } from './author.ts';
import { createLiveMessage } from './live-message.ts';
import { buttonsOf, message, type ButtonText, type Lines, type Message } from './message.ts';
import { heldHead, heldLines, runLine, settledWords, undoQuestion } from './run-words.ts';
import { mappingLines, nowLines, progressLines, sumLines } from './sync-words.ts';

/** Runs that the status lists: as many as one row holds Undo buttons. */
const RUNS_SHOWN = 5;
/** Changes that a question shows. */
const CHANGES_SHOWN = 100;

type Asked = { guildId: string; user: { id: string } };

/** What runs, what waits for approval, and what ran last, each with what can be done about it. */
export async function showStatus(interaction: CommandInteraction, app: App): Promise<void> {
  await interaction.editReply(await statusMessage(interaction, app));
}

async function statusMessage(interaction: Asked, app: App, { isStopping = false } = {}): Promise<Message> {
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
      ...(isStopping ? [STOPPING] : nowLines(progress)),
      ...(held ? ['', heldHead(held.run, held.changes), ...heldLines(held.changes), ''] : []),
      ...mappingLines(mappings, runs.length > 0),
      ...(runs.length > 0 ? ['', '**Last runs**'] : []),
    ],
    list,
  };
  return message(
    lines,
    isStopping ? [] : stopButtons(progress).map(button),
    held ? decisionButtons(held.run.id, held.changes.length).map(button) : [],
    undoButtons.map(button),
  );
}

/** The button that stops a run under way. */
export function stopButtons(progress: RunProgress | null): ButtonText[] {
  if (progress?.status !== 'running' || progress.runId === null) return [];
  return [{ label: 'Cancel the sync', action: 'cancel_run', arg: progress.runId, style: 'danger' }];
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
  if (runId !== null) await app.runs.cancel(interaction.guildId, runId, interaction.user.id);
  await interaction.editReply(
    message({ head: [runId === null ? 'No sync is running, so there is nothing to cancel.' : STOPPING] }),
  );
}

export async function cancelRun(interaction: CommandButton, app: App, runId: string): Promise<void> {
  await app.runs.cancel(interaction.guildId, runId, interaction.user.id);
  await interaction.editReply(await statusMessage(interaction, app, { isStopping: true }));
}

const STOPPING = 'The sync is cancelled. What it has changed so far stays; the next sync does the rest.';

/** Approves what is held, or shows it once more where it has grown since the reader saw it. */
export async function approveHeld(interaction: CommandButton, app: App, arg: string): Promise<unknown> {
  const { guildId } = interaction;
  const [runId = '', shown] = arg.split(':');
  const answer = answerTo(interaction);
  const held = await heldRemovals(app, guildId);
  if (held?.run.id !== runId) return answer({ head: [settledWords(await app.runs.find(guildId, runId))] });
  const by = `✅ Approved by ${user(interaction.user.id)}.`;
  const live = createLiveMessage(answer);
  const begun = await app.runs.startApproval(guildId, runId, authorOf(interaction), {
    shown: shown === undefined ? undefined : Number(shown),
    onProgress: (progress) => live.show({ head: [by, ...progressLines(progress)] }),
  });
  if (begun === 'grown') return showOnceMore(interaction, app);
  return live.end({ head: [by, ...sumLines(await begun.done, 'What was held')] });
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
  const answer = answerTo(interaction);
  const held = await app.runs.held(interaction.guildId);
  if (held?.run.id !== runId) return answer({ head: [settledWords(await app.runs.find(interaction.guildId, runId))] });
  await app.runs.discard(interaction.guildId, runId, authorOf(interaction));
  const words = `Discarded by ${user(interaction.user.id)}. These roles stay, and Rolewright does not ask again for a day.`;
  return answer({ head: [words] });
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
  const live = createLiveMessage((lines) => interaction.editReply(message(lines)));
  const done = await app.runs.undo(interaction.guildId, runId, authorOf(interaction), (progress) => {
    live.show({ head: progressLines(progress) });
  });
  await live.end({ head: sumLines(done, 'The undo') });
}

/** A reply of one's own is replaced. A message that all can see keeps what it tells, and loses its buttons. */
function answerTo(interaction: CommandButton): (lines: Lines) => Promise<unknown> {
  const told = isPublic(interaction) ? interaction.message.embeds.map(({ data }) => plainEmbed(data)) : [];
  return (lines) => {
    const said = message(lines);
    return interaction.editReply({ ...said, embeds: [...said.embeds, ...told] });
  };
}

function isPublic({ message: { flags } }: CommandButton): boolean {
  return !flags.has(MessageFlags.Ephemeral);
}

/** Whoever may run the command may decide where all can see it. */
function ownerOf(interaction: CommandButton): { user: { id: string } } {
  return isPublic(interaction) ? { user: { id: '*' } } : interaction;
}

/** What we said, without what Discord adds to it. */
function plainEmbed({ title, description, color, footer }: APIEmbed): APIEmbed {
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(color !== undefined && { color }),
    ...(footer !== undefined && { footer: { text: footer.text } }),
  };
}
