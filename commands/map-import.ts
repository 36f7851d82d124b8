import type { App } from '../src/app.ts';
import type { CommandButton, CommandInteraction } from '../src/discord/command.ts';
import { AppError } from '../src/errors.ts';
import { authorOf } from './author.ts';
import { groupNames } from './group-option.ts';
import { dangerLines, importLines, reportLines } from './map-import-words.ts';
import { planImport, type ImportPlan } from './map-import-plan.ts';
import { readMappingFile } from './mapping-file.ts';
import { buttonsOf, expired, message } from './message.ts';
import { createPending } from './pending.ts';

const MOST_BYTES = 256 * 1024;

const plans = createPending<ImportPlan>({ limit: 100 });

/** `/map import`: shows what the file would add, change and leave out. */
export async function askToImport(interaction: CommandInteraction, app: App): Promise<void> {
  const { guildId } = interaction;
  const file = readMappingFile(await app.attachments.read(interaction.options.getAttachment('file', true), MOST_BYTES));
  const plan = await planImport(app, guildId, authorOf(interaction), file);
  const nameOf = await groupNames(app, guildId);
  const changes = plan.added.length + plan.changed.length;
  if (changes === 0) {
    await interaction.editReply(message(importLines(plan, null, nameOf)));
    return;
  }
  const would = await mappingsAfter(app, guildId, plan);
  const preview = await app.sync.previewGuild(guildId, { mappings: would });
  plans.keep(interaction.id, plan, interaction.createdAt);
  const button = buttonsOf('map', interaction);
  const buttons = [
    button({ label: 'Apply', action: 'apply_import', arg: interaction.id, style: 'primary' }),
    button({ label: 'Cancel', action: 'cancel' }),
  ];
  await interaction.editReply(message(importLines(plan, preview, nameOf), buttons));
}

async function mappingsAfter({ mappings }: App, guildId: string, { added, changed }: ImportPlan) {
  const edited = new Map(changed.map(({ before, after }) => [before.id, after]));
  const kept = (await mappings.list(guildId)).map(({ mapping }) => edited.get(mapping.id) ?? mapping);
  return [...kept, ...added.map(({ after }) => after)];
}

/** Asks once more where a role carries power. */
export async function applyImport(interaction: CommandButton, app: App, planId: string): Promise<unknown> {
  const plan = plans.peek(planId, interaction.createdAt);
  if (!plan) return interaction.editReply(expired('map import'));
  const dangerous = [...plan.added, ...plan.changed].filter((item) => item.dangerous.length > 0);
  if (dangerous.length === 0) return apply(interaction, app, planId, false);
  const button = buttonsOf('map', interaction);
  const buttons = [
    button({ label: 'Yes, hand out this power', action: 'apply_import_dangerous', arg: planId, style: 'danger' }),
    button({ label: 'Cancel', action: 'cancel' }),
  ];
  return interaction.editReply(message(dangerLines(dangerous, await groupNames(app, interaction.guildId)), buttons));
}

export function applyDangerousImport(interaction: CommandButton, app: App, planId: string): Promise<unknown> {
  return apply(interaction, app, planId, true);
}

/** One by one: what cannot be saved any more is told, and the others go on. */
async function apply(
  interaction: CommandButton,
  app: App,
  planId: string,
  confirmDangerous: boolean,
): Promise<unknown> {
  const plan = plans.take(planId, interaction.createdAt);
  if (!plan) return interaction.editReply(expired('map import'));
  const { guildId } = interaction;
  const author = authorOf(interaction);
  const options = { confirmDangerous, isConfirmed: true };
  const failures: string[] = [];
  const attempt = async (place: string, save: () => Promise<unknown>): Promise<number> => {
    try {
      await save();
      return 1;
    } catch (err) {
      if (!(err instanceof AppError)) throw err;
      failures.push(`${place}: ${err.message}`);
      return 0;
    }
  };
  const done = { added: 0, changed: 0 };
  for (const { place, before, draft } of plan.changed) {
    const { updatedAt: unchangedSince } = before;
    const change = { ...options, roles: 'remove', unchangedSince } as const;
    done.changed += await attempt(place, () => app.mappings.edit(guildId, author, before.id, draft, change));
  }
  for (const { place, draft } of plan.added) {
    done.added += await attempt(place, () => app.mappings.create(guildId, author, draft, options));
  }
  return interaction.editReply(message(reportLines(done, failures)));
}
