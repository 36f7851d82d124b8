import type { Interaction } from 'discord.js';

/** What a log line says of an interaction. */
export function dataOf(interaction: Interaction): Record<string, unknown> {
  const asked = interaction.isCommand() || interaction.isAutocomplete() ? interaction.commandName : undefined;
  const options = interaction.isChatInputCommand() ? interaction.options.data : undefined;
  const customId = interaction.isMessageComponent() ? interaction.customId : undefined;
  return {
    interactionId: interaction.id,
    guildId: interaction.guildId,
    discordId: interaction.user.id,
    command: asked,
    options: options?.map(plainOption),
    customId,
  };
}

interface PlainOption {
  name: string;
  value?: string | number | boolean;
  options?: PlainOption[];
}

/** Without the users, members and roles that discord.js hangs on: they are not for a log. */
function plainOption(option: { name: string; value?: PlainOption['value']; options?: readonly object[] }): PlainOption {
  const { name, value, options } = option as PlainOption;
  return { name, ...(value === undefined ? {} : { value }), ...(options ? { options: options.map(plainOption) } : {}) };
}
