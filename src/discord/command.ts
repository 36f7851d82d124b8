import type {
  AnySelectMenuInteraction,
  APIModalInteractionResponseCallbackData,
  ApplicationCommandOptionChoiceData,
  AutocompleteInteraction,
  ButtonInteraction,
  ChatInputCommandInteraction,
  ModalMessageModalSubmitInteraction,
  RESTPostAPIChatInputApplicationCommandsJSONBody,
  RESTPostAPIContextMenuApplicationCommandsJSONBody,
  UserContextMenuCommandInteraction,
} from 'discord.js';
import type { App } from '../app.ts';

/** What a person typed. Dispatch has answered "thinking" already: reply with `editReply`. */
export type CommandInteraction = ChatInputCommandInteraction<'cached'>;

/** What a person picked from the menu on a user. Dispatch has answered "thinking" already. */
export type UserMenuInteraction = UserContextMenuCommandInteraction<'cached'>;

/** What a person clicked. Dispatch has acknowledged it: `editReply` changes the message that holds the button. */
export type CommandButton = ButtonInteraction<'cached'>;

/** What a person chose from a list. Dispatch has acknowledged it: `editReply` changes the message that holds the list. */
export type CommandSelect = AnySelectMenuInteraction<'cached'>;

/** What a person filled in. Dispatch has acknowledged it: `editReply` changes the message whose button asked for it. */
export type CommandForm = ModalMessageModalSubmitInteraction<'cached'>;

export type CommandAutocomplete = AutocompleteInteraction<'cached'>;

export type Choice = ApplicationCommandOptionChoiceData<string>;

type Handler<I> = (interaction: I, app: App, arg: string) => Promise<unknown>;

/**
 * What can be pressed, chosen and filled in, each by its action: the second part of the custom id
 * `<command>:<action>:<owner>:<arg>`. Dispatch takes a double click once.
 */
interface Components {
  buttons?: Readonly<Record<string, Handler<CommandButton>>>;
  /** Buttons that leave their message as it is: `editReply` writes a new one, which only the presser sees. */
  answers?: Readonly<Record<string, Handler<CommandButton>>>;
  selects?: Readonly<Record<string, Handler<CommandSelect>>>;
  forms?: Readonly<Record<string, Form>>;
}

/** A button that opens a form. */
interface Form {
  /** What to fill in; dispatch gives it its custom id. It has to be quick: Discord waits 3 s. */
  open: (interaction: CommandButton, app: App, arg: string) => Promise<FormText>;
  submit: Handler<CommandForm>;
}

export type FormText = Omit<APIModalInteractionResponseCallbackData, 'custom_id'>;

/**
 * Something that people can type in Discord. It catches nothing: dispatch turns errors into words. The permission that
 * it asks for is `default_member_permissions` of `data`; dispatch checks it again for every command, component and choice.
 */
export interface SlashCommand extends Components {
  data: { name: string; toJSON(): RESTPostAPIChatInputApplicationCommandsJSONBody };
  execute(interaction: CommandInteraction, app: App): Promise<unknown>;
  /** Choices for the focused option; dispatch cuts them to what Discord takes. */
  autocomplete?(interaction: CommandAutocomplete, app: App): Promise<Choice[]>;
}

/** Something in the menu on a user, with the same rules. */
export interface UserMenu extends Components {
  data: { name: string; toJSON(): RESTPostAPIContextMenuApplicationCommandsJSONBody };
  onUser(interaction: UserMenuInteraction, app: App): Promise<unknown>;
}

export type Command = SlashCommand | UserMenu;

/** The parts of a custom id. `owner` is the Discord id of the one who may press, or `*` for everybody. */
export interface ComponentAddress {
  command: string;
  action: string;
  owner: string;
  arg: string;
}

/** Reads `<command>:<action>:<owner>:<arg>`; null when it is not one of ours. The arg may hold colons itself. */
export function parseCustomId(customId: string): ComponentAddress | null {
  const [command, action, owner, ...rest] = customId.split(':');
  if (!command || !action || !owner) return null;
  return { command, action, owner, arg: rest.join(':') };
}
