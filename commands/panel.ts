import {
  ApplicationIntegrationType,
  ButtonStyle,
  ChannelType,
  ComponentType,
  DiscordAPIError,
  InteractionContextType,
  PermissionFlagsBits,
  RESTJSONErrorCodes,
  SlashCommandBuilder,
  type BaseMessageOptions,
} from 'discord.js';
import type { Command } from '../src/discord/command.ts';
import { AppError } from '../src/errors.ts';
import { plain } from '../src/markup.ts';
import { customId, message } from './message.ts';

export const panel = {
  data: new SlashCommandBuilder()
    .setName('panel')
    .setDescription('Post a message with a “Link your account” button, for everybody to press')
    .setDefaultMemberPermissions(PermissionFlagsBits.ManageGuild)
    .setContexts(InteractionContextType.Guild)
    .setIntegrationTypes(ApplicationIntegrationType.GuildInstall)
    .addChannelOption((option) =>
      option
        .setName('channel')
        .setDescription('Where to post it (default: here)')
        .addChannelTypes(ChannelType.GuildText, ChannelType.GuildAnnouncement),
    ),

  async execute(interaction, app) {
    const chosen = interaction.options.getChannel('channel')?.id ?? interaction.channelId;
    const channel = interaction.guild.channels.cache.get(chosen) ?? interaction.channel;
    const name = channel ? `#${channel.name}` : 'that channel';
    if (!channel?.isSendable()) throw closed(name);
    const guildName = app.guilds.guild(interaction.guildId)?.name ?? interaction.guild.name;
    try {
      await channel.send(panelMessage(guildName));
    } catch (err) {
      if (err instanceof DiscordAPIError && CLOSED.has(err.code)) throw closed(name);
      throw err;
    }
    const head = [`✅ Posted in <#${chosen}>. Whoever presses the button gets a link of his own, for him alone.`];
    await interaction.editReply(message({ head }));
  },
} satisfies Command;

/** Its button goes on working after a restart: all that it needs stands in its id. */
function panelMessage(guildName: string): BaseMessageOptions {
  return {
    embeds: [
      {
        title: 'Get your roles',
        description: [
          `Link your account, and **${plain(guildName)}** gives you the roles of your groups by itself.`,
          'Press the button: what follows is for your eyes only. `/me` shows what came of it.',
        ].join('\n'),
      },
    ],
    components: [
      {
        type: ComponentType.ActionRow,
        components: [
          {
            type: ComponentType.Button,
            style: ButtonStyle.Primary,
            label: 'Link your account',
            customId: customId('link', 'start', '*'),
          },
        ],
      },
    ],
    allowedMentions: { parse: [] },
  };
}

const CLOSED: ReadonlySet<number | string> = new Set([
  RESTJSONErrorCodes.MissingAccess,
  RESTJSONErrorCodes.MissingPermissions,
  RESTJSONErrorCodes.UnknownChannel,
]);

function closed(name: string): AppError {
  return new AppError(
    'forbidden',
    `Rolewright cannot post in ${name}. Give it View Channel, Send Messages and Embed Links there, or choose another channel.`,
  );
}
