import { DiscordAPIError, Events, MessageFlags, RESTJSONErrorCodes, type Client, type Interaction } from 'discord.js';
import type { Logger } from 'pino';
import type { App } from '../app.ts';
import { AppError } from '../errors.ts';
import { cut, oneLine } from '../markup.ts';
import type {
  Choice,
  Command,
  CommandAutocomplete,
  CommandButton,
  CommandForm,
  CommandInteraction,
  CommandSelect,
  UserMenuInteraction,
} from './command.ts';
import { createComponents } from './components.ts';
import { dataOf } from './interaction-data.ts';
import { NEXT_STEPS } from './next-steps.ts';
import { missingPermission, refuse, UNKNOWN_BUTTON, UNKNOWN_COMMAND } from './refusals.ts';

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
  const components = createComponents(commands, app);
  const slashCommands = new Map(commands.flatMap((one) => ('execute' in one ? [[one.data.name, one] as const] : [])));
  const userMenus = new Map(commands.flatMap((one) => ('onUser' in one ? [[one.data.name, one] as const] : [])));

  async function runCommand(interaction: CommandInteraction): Promise<void> {
    const command = await beginWith(interaction, slashCommands.get(interaction.commandName));
    await command?.execute(interaction, app);
  }

  async function runMenu(interaction: UserMenuInteraction): Promise<void> {
    const command = await beginWith(interaction, userMenus.get(interaction.commandName));
    await command?.onUser(interaction, app);
  }

  async function complete(interaction: CommandAutocomplete): Promise<void> {
    const command = slashCommands.get(interaction.commandName);
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
    if (interaction.isUserContextMenuCommand()) return runMenu(interaction);
    if (interaction.isButton()) return components.press(interaction);
    if (interaction.isAnySelectMenu()) return components.choose(interaction);
    if (interaction.isModalSubmit() && interaction.isFromMessage()) return components.submit(interaction);
    return refuse(interaction, interaction.isCommand() ? UNKNOWN_COMMAND : UNKNOWN_BUTTON);
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
    if (err instanceof AppError) {
      const next = err.saysWhatHelps ? '' : (NEXT_STEPS[err.code] ?? '');
      return asPlainText(`${err.message} ${next}`.trim());
    }
    log.error({ err, ...dataOf(interaction) }, 'interaction failed');
    return `Something went wrong on our side. Try again; if it stays, tell the operator this reference: ${interaction.id}.`;
  }

  async function tell(interaction: Interaction, content: string): Promise<void> {
    if (!interaction.isRepliable()) return;
    try {
      if (changesItsMessage(interaction)) {
        await tellBy(interaction, content);
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

const NOT_HERE =
  'Rolewright works in servers that it has joined. Run this in such a server, or ask an admin to invite Rolewright.';

/** Says "thinking"; undefined: he may not, or there is no such command, and has been told. */
async function beginWith<C extends Command>(
  interaction: CommandInteraction | UserMenuInteraction,
  command: C | undefined,
): Promise<C | undefined> {
  await interaction.deferReply({ flags: MessageFlags.Ephemeral });
  const refusal = command ? missingPermission(command, interaction) : UNKNOWN_COMMAND;
  if (refusal) await interaction.editReply(refusal);
  return refusal ? undefined : command;
}

/** Whether what it says goes into the message that holds the component, not into one of its own. */
function changesItsMessage(interaction: Interaction): interaction is CommandButton | CommandSelect | CommandForm {
  const isOnMessage = interaction.isMessageComponent() || interaction.isModalSubmit();
  return isOnMessage && interaction.deferred && interaction.ephemeral !== true;
}

/**
 * After a component the error comes as a message of its own, so that it can be used again. Where the message, for one
 * person alone, tells already of what has failed, it must not go on as if that were under way: it gets its components back.
 */
async function tellBy(interaction: CommandButton | CommandSelect | CommandForm, content: string): Promise<void> {
  const { replied, message } = interaction;
  if (replied && message.flags.has(MessageFlags.Ephemeral)) {
    const components = message.components.map((row) => row.toJSON());
    await interaction.editReply({ content, embeds: [], components });
  } else {
    await interaction.followUp({ content, flags: MessageFlags.Ephemeral });
  }
}

async function refuseOutside(interaction: Interaction): Promise<void> {
  if (interaction.isAutocomplete()) await interaction.respond([]);
  else await refuse(interaction, NOT_HERE);
}

/** An error's sentence is plain text and may carry names that people chose: no formatting, no mentions, no direction marks. */
function asPlainText(text: string): string {
  const escaped = text
    .replace(/(?!\n)\p{C}/gu, '')
    .replace(/[\\*_~`|[\]<]/g, '\\$&')
    .replace(/^ *(?=#|-#|>)/gm, '$&\\')
    .replace(/@(?=everyone|here)/gi, '@\u200b');
  return cut(escaped, 2000);
}

/** Discord takes 25 choices with names and values of 1 to 100 characters, and refuses all of them for one that is not. */
function fitChoices(choices: readonly Choice[]): Choice[] {
  return choices
    .filter(({ name, value }) => oneLine(name) !== '' && value !== '' && value.length <= 100)
    .slice(0, 25)
    .map(({ name, value }) => ({ name: cut(oneLine(name), 100), value }));
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
