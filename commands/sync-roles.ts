import {
  ApplicationCommandType,
  ApplicationIntegrationType,
  ContextMenuCommandBuilder,
  InteractionContextType,
  PermissionFlagsBits,
} from 'discord.js';
import type { UserMenu } from '../src/discord/command.ts';
import { showMemberSync } from './sync-member.ts';

/** `/sync user` from the menu on a user. */
export const syncRoles = {
  data: new ContextMenuCommandBuilder()
    .setName('Sync roles')
    .setType(ApplicationCommandType.User)
    .setDefaultMemberPermissions(PermissionFlagsBits.ManageRoles)
    .setContexts(InteractionContextType.Guild)
    .setIntegrationTypes(ApplicationIntegrationType.GuildInstall),

  onUser: (interaction, app) => showMemberSync(interaction, app, interaction.targetUser, { isDryRun: false }),
} satisfies UserMenu;
