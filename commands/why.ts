import {
  ApplicationIntegrationType,
  InteractionContextType,
  PermissionFlagsBits,
  SlashCommandBuilder,
} from 'discord.js';
import type { Role } from '../src/core/guild.ts';
import type { Command } from '../src/discord/command.ts';
import { groupNames } from './group-option.ts';
import { message } from './message.ts';
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
    const { guildId } = interaction;
    if (whom.bot) return interaction.editReply(message({ head: [leftAloneWords('bot')] }));
    if (role.id === guildId) return interaction.editReply(message({ head: ['Everybody has @everyone.'] }));
    const [explanation, nameOf, mappings, isHeld] = await Promise.all([
      app.sync.explain(guildId, whom.id, role.id),
      groupNames(app, guildId),
      app.mappings.list(guildId),
      heldRoles(app, guildId, whom.id).then((held) => held.has(role.id)),
    ]);
    const around = {
      switchedOff: mappings.map(({ mapping }) => mapping).filter((one) => !one.isActive && one.roleId === role.id),
      isKeptByDiscord: isKeptByDiscord(app.guilds.guild(guildId)?.roles.get(role.id)),
      isSelf: whom.id === interaction.user.id,
      isHeld,
    };
    return interaction.editReply(message(explanationLines(explanation, nameOf, around)));
  },
} satisfies Command;

function isKeptByDiscord(role: Role | undefined): boolean {
  return role !== undefined && (role.isManaged || role.isLinked);
}
