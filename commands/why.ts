import {
  ApplicationIntegrationType,
  InteractionContextType,
  PermissionFlagsBits,
  SlashCommandBuilder,
} from 'discord.js';
import type { Command } from '../src/discord/command.ts';
import { groupNames } from './group-option.ts';
import { message } from './message.ts';
import { explanationLines } from './why-words.ts';

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
    const [explanation, nameOf] = await Promise.all([
      app.sync.explain(interaction.guildId, whom.id, role.id),
      groupNames(app, interaction.guildId),
    ]);
    await interaction.editReply(message(explanationLines(explanation, nameOf)));
  },
} satisfies Command;
