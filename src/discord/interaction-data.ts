import type { CommandInteractionOption, Interaction } from 'discord.js';

/** What a log line says of an interaction. */
export function dataOf(interaction: Interaction): Record<string, unknown> {
  const asked = interaction.isCommand() || interaction.isAutocomplete() ? interaction.commandName : undefined;
  const options = interaction.isChatInputCommand() ? interaction.options.data : undefined;
  const customId = interaction.isMessageComponent() || interaction.isModalSubmit() ? interaction.customId : undefined;
  const targetId = interaction.isContextMenuCommand() ? interaction.targetId : undefined;
  return {
    interactionId: interaction.id,
    guildId: interaction.guildId,
    discordId: interaction.user.id,
    command: asked,
    options: options?.map(plainOption),
    customId,
    targetId,
  };
}

/** Without the users, members and roles that discord.js hangs on: they are not for a log. */
function plainOption({ name, value, options }: CommandInteractionOption): Record<string, unknown> {
  return { name, value, options: options?.map(plainOption) };
}
