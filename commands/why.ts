import {
  ApplicationIntegrationType,
  InteractionContextType,
  PermissionFlagsBits,
  SlashCommandBuilder,
} from 'discord.js';
import type { App } from '../src/app.ts';
import type { Role } from '../src/core/guild.ts';
import type { Command } from '../src/discord/command.ts';
import { groupNames } from './group-option.ts';
import { message, type Lines } from './message.ts';
import { heldRoles } from './held.ts';
import { explanationLines } from './why-words.ts';
import { leftAloneWords } from './wording.ts';

export const why = {
  data: new SlashCommandBuilder()
    .setName('why')
    .setDescription('Why does a member have, or lack, a role?')
    .setDefaultMemberPermissions(PermissionFlagsBits.ManageRoles)
    .setContexts(InteractionContextType.Guild)
    .setIntegrationTypes(ApplicationIntegrationType.GuildInstall)
    .addUserOption((option) => option.setName('user').setDescription('The member').setRequired(true))
    .addRoleOption((option) => option.setName('role').setDescription('The role').setRequired(true)),

  async execute(interaction, app) {
    const whom = interaction.options.getUser('user', true);
    const role = interaction.options.getRole('role', true);
    if (whom.bot) return interaction.editReply(message({ head: [leftAloneWords('bot')] }));
    return interaction.editReply(message(await explain(interaction, app, whom.id, role.id)));
  },

  selects: {
    /** One of the roles that “Explain roles” lists; the list stays. */
    async role(interaction, app, discordId) {
      const [roleId = ''] = interaction.values;
      const lines = await explain(interaction, app, discordId, roleId);
      const list = interaction.message.components.map((row) => row.toJSON());
      return interaction.editReply({ ...message(lines), components: list });
    },
  },
} satisfies Command;

async function explain(
  { guildId, user }: { guildId: string; user: { id: string } },
  app: App,
  discordId: string,
  roleId: string,
): Promise<Lines> {
  if (roleId === guildId) return { head: ['Everybody has @everyone.'] };
  const [explanation, nameOf, mappings, held] = await Promise.all([
    app.sync.explain(guildId, discordId, roleId),
    groupNames(app, guildId),
    app.mappings.list(guildId),
    heldRoles(app, guildId, discordId),
  ]);
  return explanationLines(explanation, nameOf, {
    switchedOff: mappings.map(({ mapping }) => mapping).filter((one) => !one.isActive && one.roleId === roleId),
    isKeptByDiscord: isKeptByDiscord(app.guilds.guild(guildId)?.roles.get(roleId)),
    isSelf: discordId === user.id,
    isHeld: held.has(roleId),
  });
}

function isKeptByDiscord(role: Role | undefined): boolean {
  return role !== undefined && (role.isManaged || role.isLinked);
}
