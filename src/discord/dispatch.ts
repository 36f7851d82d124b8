import {
  DiscordAPIError,
  Events,
  MessageFlags,
  RESTJSONErrorCodes,
  type Client,
  type Interaction,
  type PermissionsString,
} from 'discord.js';
import type { Logger } from 'pino';
import type { App } from '../app.ts';
import { AppError } from '../errors.ts';
import {
  parseCustomId,
  type Choice,
  type Command,
  type CommandAutocomplete,
  type CommandButton,
  type CommandInteraction,
} from './command.ts';
import { dataOf } from './interaction-data.ts';
import { createPressGuard } from './press-guard.ts';

export interface DispatchOptions {
  commands: readonly Command[];
  app: App;
  log: Pick<Logger, 'error' | 'warn'>;
  /** How long autocomplete may take; Discord drops answers after 3 s. */
  autocompleteMs?: number;
}

/** Brings every interaction of the client to its command. */
export function listenToInteractions(client: Client, options: DispatchOptions): void {
  const dispatch = createDispatch(options);
  client.on(Events.InteractionCreate, (interaction) => void dispatch(interaction));
}

/** One interaction to its command, and whatever it throws into words. The promise never rejects. */
export function createDispatch({ commands, app, log, autocompleteMs = 2500 }: DispatchOptions) {
  const takeOnce = createPressGuard();
  const byName = new Map(commands.map((command) => [command.data.name, command]));

  async function runCommand(interaction: CommandInteraction): Promise<void> {
    await interaction.deferReply({ flags: MessageFlags.Ephemeral });
    const command = byName.get(interaction.commandName);
    const refusal = command ? missingPermission(command, interaction) : UNKNOWN_COMMAND;
    if (refusal) await interaction.editReply(refusal);
    else await command?.execute(interaction, app);
  }

  async function runButton(interaction: CommandButton): Promise<void> {
    const address = parseCustomId(interaction.customId);
    const command = address ? byName.get(address.command) : undefined;
    const button = address ? findButton(command, address.action) : undefined;
    if (!address || !command || !button) return refuse(interaction, UNKNOWN_BUTTON);
    if (address.owner !== '*' && address.owner !== interaction.user.id) {
      return refuse(
        interaction,
        `Only the person who ran the command can use its buttons. Run /${address.command} yourself.`,
      );
    }
    const refusal = missingPermission(command, interaction);
    if (refusal) return refuse(interaction, refusal);
    await interaction.deferUpdate();
    await takeOnce(interaction, () => button(interaction, app, address.arg));
  }

  async function complete(interaction: CommandAutocomplete): Promise<void> {
    const command = byName.get(interaction.commandName);
    let choices: Choice[] = [];
    try {
      if (command?.autocomplete && !missingPermission(command, interaction)) {
        choices = await within(autocompleteMs, command.autocomplete(interaction, app));
      }
    } catch (err) {
      log.warn({ err, ...dataOf(interaction) }, 'autocomplete failed');
    }
    await interaction.respond(fitChoices(choices));
  }

  async function route(interaction: Interaction): Promise<void> {
    if (!interaction.inCachedGuild()) return refuseOutside(interaction);
    if (interaction.isAutocomplete()) return complete(interaction);
    if (interaction.isChatInputCommand()) return runCommand(interaction);
    if (interaction.isButton()) return runButton(interaction);
    return refuse(interaction, interaction.isMessageComponent() ? UNKNOWN_BUTTON : UNKNOWN_COMMAND);
  }

  return async function dispatch(interaction: Interaction): Promise<void> {
    try {
      await route(interaction);
    } catch (err) {
      if (isTooLate(err)) log.warn({ err, ...dataOf(interaction) }, 'interaction can no longer be answered');
      else await tell(interaction, wordsFor(err, interaction));
    }
  };

  function wordsFor(err: unknown, interaction: Interaction): string {
    if (err instanceof AppError) return asPlainText(err.message);
    log.error({ err, ...dataOf(interaction) }, 'interaction failed');
    return `Something went wrong on our side. Try again; if it stays, tell the operator this reference: ${interaction.id}.`;
  }

  /** After a button the error comes as a message of its own, so that the button can be pressed again. */
  async function tell(interaction: Interaction, content: string): Promise<void> {
    if (!interaction.isRepliable()) return;
    try {
      if (interaction.isButton() && interaction.deferred) {
        await interaction.followUp({ content, flags: MessageFlags.Ephemeral });
      } else if (interaction.deferred || interaction.replied) {
        await interaction.editReply({ content, embeds: [], components: [] });
      } else {
        await refuse(interaction, content);
      }
    } catch (err) {
      log.warn({ err, ...dataOf(interaction) }, 'could not answer the interaction');
    }
  }
}

const UNKNOWN_COMMAND = 'Rolewright does not know this command any more. Reload Discord (Ctrl+R) and try again.';
const UNKNOWN_BUTTON = 'This button belongs to another version of Rolewright. Run the command again.';
const NOT_HERE =
  'Rolewright works in servers that it has joined. Run this in such a server, or ask an admin to invite Rolewright.';

function findButton(command: Command | undefined, action: string) {
  return command?.buttons && Object.hasOwn(command.buttons, action) ? command.buttons[action] : undefined;
}

async function refuse(interaction: Interaction, content: string): Promise<void> {
  if (interaction.isRepliable()) await interaction.reply({ content, flags: MessageFlags.Ephemeral });
}

async function refuseOutside(interaction: Interaction): Promise<void> {
  if (interaction.isAutocomplete()) await interaction.respond([]);
  else await refuse(interaction, NOT_HERE);
}

/**
 * Admins can open a command to others in Discord's own settings, so what it needs is checked here as well. It must be
 * held in the whole guild: a channel's overwrites can hand out "Manage Permissions", which is the bit of Manage Roles.
 */
function missingPermission(
  command: Command,
  interaction: CommandInteraction | CommandButton | CommandAutocomplete,
): string | null {
  const required = command.data.toJSON().default_member_permissions;
  if (!required) return null;
  const missing = interaction.member.permissions.missing(BigInt(required));
  const missingHere = interaction.memberPermissions.missing(BigInt(required));
  const names = [...new Set([...missing, ...missingHere])].map(permissionName).join(' and ');
  return names ? `You need the ${names} permission to use /${command.data.name}. Ask an admin of this server.` : null;
}

function permissionName(permission: PermissionsString): string {
  return permission === 'ManageGuild' ? 'Manage Server' : permission.replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
}

/** An error's sentence is plain text and may carry names that people chose: no formatting, no mentions. */
function asPlainText(text: string): string {
  const escaped = text.replace(/[\\*_~`|[\]<]/g, '\\$&').replace(/@(?=everyone|here)/gi, '@\u200b');
  return escaped.slice(0, 2000);
}

/** Discord takes 25 choices with names and values of 1 to 100 characters, and refuses all of them for one that is not. */
function fitChoices(choices: readonly Choice[]): Choice[] {
  return choices
    .filter(({ name, value }) => name.trim() !== '' && value !== '' && value.length <= 100)
    .slice(0, 25)
    .map(({ name, value }) => ({ name: name.length > 100 ? `${name.slice(0, 99)}…` : name, value }));
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no choices within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Discord has closed the interaction (3 s for the first answer, 15 min for all), or somebody else has answered it. */
function isTooLate(err: unknown): boolean {
  const codes: unknown[] = [
    RESTJSONErrorCodes.UnknownInteraction,
    RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged,
    RESTJSONErrorCodes.InvalidWebhookToken,
  ];
  return err instanceof DiscordAPIError && codes.includes(err.code);
}
