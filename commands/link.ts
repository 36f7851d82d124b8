import {
  ButtonStyle,
  ComponentType,
  DiscordAPIError,
  InteractionContextType,
  SlashCommandBuilder,
  ApplicationIntegrationType,
  RESTJSONErrorCodes,
} from 'discord.js';
import type { App } from '../src/app.ts';
import type { Command, CommandButton, CommandInteraction } from '../src/discord/command.ts';
import type { Link } from '../src/identity/links.ts';
import { count, relative, user } from '../src/markup.ts';
import { message } from './message.ts';

export const link = {
  data: new SlashCommandBuilder()
    .setName('link')
    .setDescription('Link your Discord account, so that your groups give you your roles')
    .setContexts(InteractionContextType.Guild)
    .setIntegrationTypes(ApplicationIntegrationType.GuildInstall),

  execute: offerLink,

  /** The public button of `/panel`. It is this command's, for everybody may press it. */
  answers: { start: offerLink },
} satisfies Command;

async function offerLink(interaction: CommandInteraction | CommandButton, app: App): Promise<void> {
  const present = await app.links.find(interaction.user.id);
  const { url, expiresAt } = await app.links.startFromDiscord(interaction.user.id);
  const lines = [...alreadyLinked(present), validity(expiresAt, interaction.createdAt)];
  await showUrl(interaction, lines, present ? 'Link again' : 'Link your account', url);
}

function alreadyLinked(present: Link | null): string[] {
  if (!present)
    return ['Open the page below and say yes at Discord. Then your roles follow your groups by themselves.'];
  const since = `You linked ${user(present.discordId)} ${relative(present.linkedAt)}.`;
  return present.needsRelink
    ? [`${since} Discord no longer takes that link; your roles stay. Open the page below to renew it.`]
    : [`${since} There is nothing to do; open the page below only to renew the link.`];
}

function validity(expiresAt: Date, now: Date): string {
  const minutes = Math.max(1, Math.round((expiresAt.getTime() - now.getTime()) / 60_000));
  return `This link is only for you, works once and for ${count(minutes, 'minute')}. Do not pass it on.`;
}

/** Discord refuses buttons to hosts without a dot (`localhost`): then the address stands in the text. */
async function showUrl(
  interaction: CommandInteraction | CommandButton,
  lines: string[],
  label: string,
  url: string,
): Promise<void> {
  try {
    await interaction.editReply(
      message({ head: lines }, [{ type: ComponentType.Button, style: ButtonStyle.Link, label, url }]),
    );
  } catch (err) {
    if (!(err instanceof DiscordAPIError) || err.code !== RESTJSONErrorCodes.InvalidFormBodyOrContentType) throw err;
    await interaction.editReply(message({ head: [...lines, `<${url}>`] }));
  }
}
