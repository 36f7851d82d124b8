import {
  ApplicationIntegrationType,
  ComponentType,
  InteractionContextType,
  PermissionFlagsBits,
  SlashCommandBuilder,
  type APIStringSelectComponent,
} from 'discord.js';
import type { App } from '../src/app.ts';
import type { Run } from '../src/db/run-store.ts';
import type { Command, CommandButton, CommandInteraction, CommandSelect } from '../src/discord/command.ts';
import { AppError } from '../src/errors.ts';
import { isUndoable } from '../src/run-sentences.ts';
import { readQuery, writeQuery, type AuditQuery } from './audit-query.ts';
import { changeLine, headLines, nothingWords, runLabel } from './audit-words.ts';
import { configurationLine } from './configuration-words.ts';
import { parsePast } from './duration.ts';
import { groupNames } from './group-option.ts';
import { buttonsOf, customId, expired, message, type ButtonText, type Message } from './message.ts';
import { runLine } from './run-words.ts';
import { OUTCOME_CHOICES, readOutcome } from './outcome-words.ts';

/** Changes that one page shows. */
const PAGE = 10;

type Asked = CommandInteraction | CommandButton | CommandSelect;

export const audit = {
  data: new SlashCommandBuilder()
    .setName('audit')
    .setDescription('See what was changed, by whom and why, and undo it')
    .setDefaultMemberPermissions(PermissionFlagsBits.ManageGuild)
    .setContexts(InteractionContextType.Guild)
    .setIntegrationTypes(ApplicationIntegrationType.GuildInstall)
    .addStringOption((option) =>
      option
        .setName('what')
        .setDescription('Roles of members (default), or the configuration')
        .addChoices(
          { name: 'Roles of members', value: 'roles' },
          { name: 'Configuration: settings, mappings, groups', value: 'configuration' },
        ),
    )
    .addUserOption((option) =>
      option.setName('user').setDescription('Whose roles changed; of the configuration: who changed it'),
    )
    .addRoleOption((option) => option.setName('role').setDescription('Which role changed'))
    .addStringOption((option) =>
      option
        .setName('outcome')
        .setDescription('What became of it')
        .addChoices(...OUTCOME_CHOICES),
    )
    .addStringOption((option) =>
      option.setName('run').setDescription('One run, by its id').setAutocomplete(true).setMaxLength(36),
    )
    .addStringOption((option) =>
      option
        .setName('since')
        .setDescription('From when on: 12h, 7d, or a UTC date such as 2026-11-01')
        .setMaxLength(40),
    ),

  async execute(interaction, app) {
    await interaction.editReply(await pageOf(interaction, app, queryOf(interaction)));
  },

  async autocomplete(interaction, app) {
    const typed = interaction.options.getFocused().trim().toLowerCase();
    const runs = await app.runs.recent(interaction.guildId, 25);
    return runs.map((run) => ({ name: runLabel(run), value: run.id })).filter(({ name }) => name.includes(typed));
  },

  buttons: { page: turnTo },
  selects: { run: lookAtRun },
} satisfies Command;

function queryOf({ options, createdAt }: CommandInteraction): AuditQuery {
  const since = options.getString('since');
  const runId = options.getString('run')?.trim().toLowerCase();
  if (runId !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(runId))
    throw new AppError(
      'invalid_input',
      'A run is named by its id. Pick one from the list; the audit channel shows them too.',
    );
  return {
    page: 1,
    what: options.getString('what') === 'configuration' ? 'configuration' : 'roles',
    discordId: options.getUser('user')?.id ?? null,
    roleId: options.getRole('role')?.id ?? null,
    outcome: readOutcome(options.getString('outcome')),
    runId: runId ?? null,
    since: since === null ? null : parsePast(since, createdAt),
    listPage: null,
  };
}

async function turnTo(interaction: CommandButton, app: App, arg: string): Promise<void> {
  const query = readQuery(arg);
  await interaction.editReply(query ? await pageOf(interaction, app, query) : expired('audit'));
}

async function lookAtRun(interaction: CommandSelect, app: App, arg: string): Promise<void> {
  const list = readQuery(arg);
  const [runId = null] = interaction.values;
  const query = list && { ...list, page: 1, runId, listPage: list.page };
  await interaction.editReply(query ? await pageOf(interaction, app, query) : expired('audit'));
}

function pageOf(interaction: Asked, app: App, query: AuditQuery): Promise<Message> {
  return query.what === 'roles' ? rolesPage(interaction, app, query) : configurationPage(interaction, app, query);
}

async function rolesPage(interaction: Asked, app: App, query: AuditQuery): Promise<Message> {
  const { guildId } = interaction;
  const run = query.runId === null ? null : await findRun(app, guildId, query.runId);
  const shown = shownOf(query);
  const filter = {
    discordId: shown.discordId ?? undefined,
    roleId: shown.roleId ?? undefined,
    outcome: shown.outcome ?? undefined,
    runId: shown.runId ?? undefined,
    since: shown.since ?? undefined,
  };
  const { changes, ...found } = await app.history.changes(guildId, filter, query.page, PAGE);
  const runIds = [...new Set(changes.map(({ runId }) => runId))].filter((id) => id !== run?.id);
  const runs = await Promise.all(runIds.map((id) => findRun(app, guildId, id)));
  const undo = buttonsOf('sync', interaction);
  return message(
    {
      head: [...headLines(shown, found, PAGE), ...(run ? [runLine(run, false)] : [])],
      list: found.total === 0 ? [nothingWords(shown)] : changes.map(changeLine),
    },
    pageButtons(query, found.total).map(buttonsOf('audit', interaction)),
    run && isUndoable(run) ? [undo({ label: 'Undo this run', action: 'ask_undo', arg: run.id, style: 'danger' })] : [],
    runList(
      interaction,
      query,
      runs.filter((one) => one !== null),
    ),
  );
}

/** null: it is kept no more, or went over other servers as well. */
async function findRun({ runs }: Pick<App, 'runs'>, guildId: string, runId: string): Promise<Run | null> {
  try {
    return await runs.find(guildId, runId);
  } catch (err) {
    if (err instanceof AppError && err.code === 'run_not_found') return null;
    throw err;
  }
}

async function configurationPage(interaction: Asked, app: App, query: AuditQuery): Promise<Message> {
  const { guildId } = interaction;
  const filter = { actor: query.discordId ?? undefined, since: query.since ?? undefined };
  const [{ changes, total }, nameOf, mappings] = await Promise.all([
    app.history.configuration(guildId, filter, query.page, PAGE),
    groupNames(app, guildId),
    app.mappings.list(guildId),
  ]);
  const roleOf = new Map(mappings.map(({ mapping }) => [mapping.id, mapping.roleId]));
  return message(
    {
      head: headLines(query, { total, made: total }, PAGE),
      list:
        total === 0 ? [nothingWords(query)] : changes.map((change) => configurationLine(change, { nameOf, roleOf })),
    },
    pageButtons(query, total).map(buttonsOf('audit', interaction)),
  );
}

/** What the page is of: a run that was picked from a list is shown whole. */
function shownOf(query: AuditQuery): AuditQuery {
  const whole = { discordId: null, roleId: null, outcome: null, since: null };
  return query.listPage === null ? query : { ...query, ...whole };
}

function pageButtons(query: AuditQuery, total: number): ButtonText[] {
  const { page, listPage } = query;
  const to = (label: string, there: Partial<AuditQuery>) => ({
    label,
    action: 'page',
    arg: writeQuery({ ...query, ...there }),
  });
  return [
    ...(listPage === null ? [] : [to('Back to the list', { page: listPage, runId: null, listPage: null })]),
    ...(page > 1 ? [to('Newer', { page: page - 1 })] : []),
    ...(page * PAGE < total ? [to('Older', { page: page + 1 })] : []),
  ];
}

/** Leads to one run, where it can be undone if it changed something, and from there back to this list. */
function runList({ user }: Asked, query: AuditQuery, runs: readonly Run[]): APIStringSelectComponent[] {
  if (runs.length === 0) return [];
  const options = runs.map((run) => ({ label: runLabel(run), value: run.id }));
  const address = customId('audit', 'run', user.id, writeQuery(query));
  const placeholder = runs.some(isUndoable) ? 'Look at one run, or undo it' : 'Look at one run';
  return [{ type: ComponentType.StringSelect, custom_id: address, placeholder, options }];
}
