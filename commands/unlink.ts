import { ApplicationIntegrationType, InteractionContextType, SlashCommandBuilder } from 'discord.js';
import type { Command } from '../src/discord/command.ts';
import { user } from '../src/markup.ts';
import { buttonsOf, cancel, message } from './message.ts';

export const unlink = {
  data: new SlashCommandBuilder()
    .setName('unlink')
    .setDescription('Unlink your Discord account from Rolewright')
    .setContexts(InteractionContextType.Guild)
    .setIntegrationTypes(ApplicationIntegrationType.GuildInstall),

  async execute(interaction, app) {
    const present = await app.links.find(interaction.user.id);
    if (!present) return interaction.editReply(message({ head: [NOT_LINKED] }));
    const button = buttonsOf('unlink', interaction);
    const buttons = [
      button({ label: 'Unlink', action: 'confirm', style: 'danger' }),
      button({ label: 'Cancel', action: 'cancel' }),
    ];
    return interaction.editReply(message({ head: consequences(present.discordId) }, buttons));
  },

  buttons: {
    async confirm(interaction, app) {
      if (!(await app.links.find(interaction.user.id))) return interaction.editReply(message({ head: [NOT_LINKED] }));
      await app.links.unlink(interaction.user.id, interaction.user.id);
      return interaction.editReply(message({ head: [UNLINKED] }));
    },
    cancel,
  },
} satisfies Command;

const NOT_LINKED = 'Your Discord account is not linked, so there is nothing to unlink. Run `/link` to link it.';
const UNLINKED = 'Your Discord account is unlinked. Run `/link` whenever you want your roles back.';

function consequences(discordId: string): string[] {
  return [
    `Unlink ${user(discordId)}?`,
    '• Roles that Rolewright gave you are removed, unless a server has chosen to let people keep them.',
    '• You stay in every server, with the roles that somebody gave you by hand.',
    '• Rolewright hands its access to your Discord account back to Discord.',
  ];
}
