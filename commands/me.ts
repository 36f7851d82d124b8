import { ApplicationIntegrationType, InteractionContextType, SlashCommandBuilder } from 'discord.js';
import type { App } from '../src/app.ts';
import type { Command } from '../src/discord/command.ts';
import type { Link } from '../src/identity/links.ts';
import type { MemberResult } from '../src/sync/results.ts';
import { join, plain, relative, role, user } from '../src/markup.ts';
import { askedBy } from './author.ts';
import { groupNames, type GroupNames } from './group-option.ts';
import { heldRoles } from './held.ts';
import { buttonsOf, message } from './message.ts';
import { planLines, resultLines, stateWords } from './wording.ts';

/** Reading one's roles costs Discord a request per server; more servers than this are not looked at. */
const MAX_GUILDS = 10;

export const me = {
  data: new SlashCommandBuilder()
    .setName('me')
    .setDescription('Your linked account, your groups, and the roles they give you')
    .setContexts(InteractionContextType.Guild)
    .setIntegrationTypes(ApplicationIntegrationType.GuildInstall),

  async execute(interaction, app) {
    const { guildId, user: self } = interaction;
    const [links, here, elsewhere, nameOf, named, held] = await Promise.all([
      app.links.siblings(self.id),
      app.sync.previewMember(guildId, self.id),
      lookElsewhere(app, guildId, self.id),
      groupNames(app, guildId),
      app.groups.withDiscordUser(guildId, self.id),
      heldRoles(app, guildId, self.id),
    ]);
    const lines = [
      ...accountLines(links),
      '',
      ...(links.length === 0 ? waitingLines(named) : []),
      ...rolesHere(here, nameOf, held),
      ...elsewhere.flatMap((one) => rolesElsewhere(app, one)),
    ];
    const sync = buttonsOf('me', interaction)({ label: 'Sync now', action: 'sync', style: 'primary' });
    await interaction.editReply(message({ list: lines }, links.length > 0 ? [sync] : []));
  },

  buttons: {
    async sync(interaction, app) {
      if (!(await app.links.find(interaction.user.id))) return interaction.editReply(message({ head: [NOT_LINKED] }));
      await interaction.editReply(message({ head: ['Syncing your roles …'] }));
      const results = await app.sync.everywhere(interaction.user.id, askedBy(interaction));
      const isHere = results.some(({ guildId }) => guildId === interaction.guildId);
      const here = isHere ? null : await app.sync.previewMember(interaction.guildId, interaction.user.id);
      const list = [...(here ? [unsyncedWords(here)] : []), ...results.flatMap(syncedLines)];
      return interaction.editReply(message({ list }));
    },
  },
} satisfies Command;

const NOT_LINKED = 'You are not linked, so no group counts. Run `/link`.';
const NO_MAPPINGS = 'This server has no mappings, so there is nothing to sync here.';
const NO_ANSWER = '⚠️ Your roles here could not be synced right now. Try again in a minute.';

/** Why nothing was synced here. */
function unsyncedWords(result: MemberResult): string {
  return stateWords(result) ?? (result.plan?.verdicts.size ? NO_ANSWER : NO_MAPPINGS);
}

async function lookElsewhere(app: App, guildId: string, discordId: string): Promise<MemberResult[]> {
  const others = app.guilds.guildIds().filter((id) => id !== guildId);
  const looks = await Promise.allSettled(
    others.slice(0, MAX_GUILDS - 1).map((id) => app.sync.previewMember(id, discordId)),
  );
  return looks.flatMap((look) =>
    look.status === 'fulfilled' && look.value.state !== 'not_in_guild' ? [look.value] : [],
  );
}

function accountLines(links: readonly Link[]): string[] {
  if (links.length === 0)
    return ['Your Discord account is not linked. Run `/link`, so that your groups give you your roles.'];
  return links.map(({ discordId, username, linkedAt, needsRelink }) => {
    const words = `Linked: ${user(discordId)} (${plain(username)}), ${relative(linkedAt)}`;
    return needsRelink
      ? `⚠️ ${words}. Discord no longer takes this link: run \`/link\` to renew it; your roles stay.`
      : words;
  });
}

/** Groups of somebody who is not linked. */
function waitingLines(groups: readonly { name: string }[]): string[] {
  if (groups.length === 0) return [];
  const names = join(groups.map(({ name }) => `**${plain(name)}**`));
  return [`${names} ${groups.length === 1 ? 'waits' : 'wait'} until you link: run \`/link\`.`];
}

function rolesHere({ state, plan }: MemberResult, nameOf: GroupNames, held: ReadonlySet<string>): string[] {
  if (!plan) return [stateWords({ state }) ?? 'Nothing is known about your roles here.'];
  const groupIds = groupsIn(plan);
  const roleIds = rolesThere(plan);
  const foreign = plan.kept.filter(({ because }) => because === 'foreign').map(({ roleId }) => roleId);
  const kept = plan.kept.filter(({ because }) => because !== 'foreign');
  return [
    `Groups that count here: ${groupIds.length > 0 ? groupIds.map((id) => `**${nameOf(id)}**`).join(', ') : 'none'}`,
    `Roles they give you here: ${roleIds.length > 0 ? roleIds.map(role).join(' ') : 'none'}`,
    ...planLines({ ...plan, kept }, held),
    ...(foreign.length > 0 ? [`Yours from elsewhere, not from your groups: ${foreign.map(role).join(' ')}`] : []),
  ];
}

/** Role mentions of another server would show as unknown, so its roles are named. */
function rolesElsewhere({ guilds }: Pick<App, 'guilds'>, { guildId, guildName, plan }: MemberResult): string[] {
  const names = guilds.guild(guildId)?.roles;
  const held = plan ? rolesThere(plan).map((id) => `@${plain(names?.get(id)?.name ?? id)}`) : [];
  return held.length > 0 ? [`In **${plain(guildName)}**: ${held.join(', ')}`] : [];
}

/** Roles that a mapping gives and that are there already. */
function rolesThere({ verdicts, changes, blocked, kept, leftAlone }: NonNullable<MemberResult['plan']>): string[] {
  const leftOff = kept.filter(({ because }) => because === 'suppressed');
  const missing = new Set([...changes, ...blocked, ...leftOff].map(({ roleId }) => roleId));
  if (leftAlone) return [];
  return [...verdicts.values()]
    .filter(({ value, roleId }) => value === 'true' && !missing.has(roleId))
    .map(({ roleId }) => roleId);
}

function groupsIn({ verdicts }: NonNullable<MemberResult['plan']>): string[] {
  const checks = [...verdicts.values()].flatMap(({ mappings }) => mappings).flatMap((mapping) => mapping.checks);
  const groups = checks.flatMap((check) => (check.kind === 'groups' ? check.groups : []));
  return [...new Set(groups.filter(({ isMember }) => isMember === 'true').map(({ groupId }) => groupId))];
}

function syncedLines(result: MemberResult): string[] {
  const words = stateWords(result);
  const lines = words ? [words] : resultLines(result);
  return [`**${plain(result.guildName)}**`, ...(lines.length > 0 ? lines : ['✅ Everything is as it should be.'])];
}
