import type {
  ApplicationCommandOptionChoiceData,
  AutocompleteInteraction,
  ButtonInteraction,
  ChatInputCommandInteraction,
  RESTPostAPIChatInputApplicationCommandsJSONBody,
} from 'discord.js';
import type { App } from '../app.ts';

/** What a person typed. Dispatch has answered "thinking" already: reply with `editReply`. */
export type CommandInteraction = ChatInputCommandInteraction<'cached'>;

/** What a person clicked. Dispatch has acknowledged it: `editReply` changes the message that holds the button. */
export type CommandButton = ButtonInteraction<'cached'>;

export type CommandAutocomplete = AutocompleteInteraction<'cached'>;

export type Choice = ApplicationCommandOptionChoiceData<string>;

/**
 * Something that people can type in Discord. It catches nothing: dispatch turns errors into words. The permission that
 * it asks for is `default_member_permissions` of `data`; dispatch checks it again for every command, button and choice.
 */
export interface Command {
  data: { name: string; toJSON(): RESTPostAPIChatInputApplicationCommandsJSONBody };
  execute(interaction: CommandInteraction, app: App): Promise<unknown>;
  /** Choices for the focused option; dispatch cuts them to what Discord takes. */
  autocomplete?(interaction: CommandAutocomplete, app: App): Promise<Choice[]>;
  /**
   * By action, the second part of a button's custom id `<command>:<action>:<owner>:<arg>`. Dispatch takes a double
   * click once.
   */
  buttons?: Readonly<Record<string, (interaction: CommandButton, app: App, arg: string) => Promise<unknown>>>;
}

/** The parts of a custom id. `owner` is the Discord id of the one who may press, or `*` for everybody. */
export interface ButtonAddress {
  command: string;
  action: string;
  owner: string;
  arg: string;
}

/** Reads `<command>:<action>:<owner>:<arg>`; null when it is not one of ours. The arg may hold colons itself. */
export function parseCustomId(customId: string): ButtonAddress | null {
  const [command, action, owner, ...rest] = customId.split(':');
  if (!command || !action || !owner) return null;
  return { command, action, owner, arg: rest.join(':') };
}
