import type { App } from '../src/app.ts';
import type { CommandButton, CommandInteraction } from '../src/discord/command.ts';
import type { ImportFile } from '../src/groups/import-rows.ts';
import { authorOf } from './author.ts';
import { importedLines, importQuestion, isEmpty } from './group-import-words.ts';
import { buttonsOf, expired, message } from './message.ts';
import { createPending } from './pending.ts';

const MOST_BYTES = 256 * 1024;

/** Files that wait for a yes; a file can hold thousands of rows, so few are kept. */
const files = createPending<ImportFile>({ limit: 20 });

/** Reads the file, and shows what it would do. */
export async function askToImport(interaction: CommandInteraction, app: App): Promise<void> {
  const { guildId } = interaction;
  const attached = interaction.options.getAttachment('file', true);
  const file = app.groupImports.read(await app.attachments.read(attached, MOST_BYTES));
  const sums = await app.groupImports.preview(guildId, file.rows, authorOf(interaction));
  const question = importQuestion(attached.name, file, sums);
  if (isEmpty(sums)) {
    await interaction.editReply(message(question));
    return;
  }
  files.keep(interaction.id, file, interaction.createdAt);
  const button = buttonsOf('group', interaction);
  await interaction.editReply(
    message(question, [
      button({ label: 'Apply', action: 'import', arg: interaction.id, style: 'primary' }),
      button({ label: 'Cancel', action: 'cancel' }),
    ]),
  );
}

export async function runImport(interaction: CommandButton, app: App, id: string): Promise<void> {
  const file = files.take(id, interaction.createdAt);
  if (!file) {
    await interaction.editReply(expired('group import'));
    return;
  }
  const sums = await app.groupImports.run(interaction.guildId, file.rows, authorOf(interaction));
  await interaction.editReply(message(importedLines(file, sums)));
}
