import {
  ApplicationCommandType,
  ApplicationIntegrationType,
  ComponentType,
  ContextMenuCommandBuilder,
  InteractionContextType,
  PermissionFlagsBits,
  type APIStringSelectComponent,
} from 'discord.js';
import type { Guild } from '../src/core/guild.ts';
import type { MemberPlan } from '../src/core/plan.ts';
import type { Verdict } from '../src/core/verdict.ts';
import type { UserMenu, UserMenuInteraction } from '../src/discord/command.ts';
import { cut, join, oneLine, role, user } from '../src/markup.ts';
import { groupNames, type GroupNames } from './group-option.ts';
import { heldRoles } from './held.ts';
import { conditionWords } from './mapping-words.ts';
import { customId, message, type Lines } from './message.ts';
import { MARKS } from './why-words.ts';
import { leftAloneWords, planLines, stateWords } from './wording.ts';

/** Discord's most for one list. */
const OPTIONS = 25;

/** `/why` in short for every mapped role of a member, from the menu on a user; the list leads to each in full. */
export const explainRoles = {
  data: new ContextMenuCommandBuilder()
    .setName('Explain roles')
    .setType(ApplicationCommandType.User)
    .setDefaultMemberPermissions(PermissionFlagsBits.ManageRoles)
    .setContexts(InteractionContextType.Guild)
    .setIntegrationTypes(ApplicationIntegrationType.GuildInstall),

  async onUser(interaction, app) {
    const { guildId, targetId, targetUser } = interaction;
    if (targetUser.bot) return interaction.editReply(message({ head: [leftAloneWords('bot')] }));
    const [result, link, nameOf, held] = await Promise.all([
      app.sync.previewMember(guildId, targetId),
      app.links.find(targetId),
      groupNames(app, guildId),
      heldRoles(app, guildId, targetId),
    ]);
    const { plan } = result;
    if (!plan) return interaction.editReply(message({ head: [stateWords(result) ?? 'Try again in a minute.'] }));
    const lines = explanation(targetId, plan, { isLinked: link !== null, nameOf, held });
    return interaction.editReply(message(lines, roleList(interaction, plan, app.guilds.guild(guildId))));
  },
} satisfies UserMenu;

function explanation(
  discordId: string,
  plan: MemberPlan,
  { isLinked, nameOf, held }: { isLinked: boolean; nameOf: GroupNames; held: ReadonlySet<string> },
): Lines {
  const verdicts = [...plan.verdicts.values()];
  if (verdicts.length === 0) return { head: ['No active mapping names a role here, so there is nothing to explain.'] };
  const next = planLines(plan, held);
  return {
    head: [`**Mapped roles of** ${user(discordId)}${isLinked ? '' : ', who has not linked: no group counts'}`],
    list: [
      ...verdicts.map((verdict) => verdictLine(verdict, nameOf)),
      ...(next.length > 0 ? ['', '**The next sync**', ...next] : ['', 'The next sync would change nothing.']),
    ],
  };
}

function verdictLine({ roleId, value, mappings }: Verdict, nameOf: GroupNames): string {
  const naming = mappings.filter((mapping) => mapping.value === value);
  const rules = join([...new Set(naming.map(({ mapping }) => conditionWords(mapping, nameOf)))], 'or');
  const isBeaten = value === 'false' && naming.some(({ holds }) => holds === 'true');
  const note = value === 'unknown' ? ' · nobody can say right now' : isBeaten ? ' · beaten in its exclusive set' : '';
  return `${MARKS[value]} ${role(roleId)} ← ${rules}${note}`;
}

/** The list of `/why` behind which each role is explained in full. */
function roleList({ user: asker, targetId }: UserMenuInteraction, { verdicts }: MemberPlan, guild: Guild | null) {
  const options = [...verdicts.keys()].slice(0, OPTIONS).map((roleId) => {
    return { label: cut(oneLine(`@${guild?.roles.get(roleId)?.name ?? roleId}`), 100), value: roleId };
  });
  if (options.length === 0) return [];
  const list: APIStringSelectComponent = {
    type: ComponentType.StringSelect,
    custom_id: customId('why', 'role', asker.id, targetId),
    placeholder: 'Explain one role in full',
    options,
  };
  return [list];
}
