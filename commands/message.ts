import {
  ButtonStyle,
  ComponentType,
  type APIActionRowComponent,
  type APIButtonComponent,
  type APIComponentInMessageActionRow,
  type APIEmbed,
} from 'discord.js';
import type { CommandButton } from '../src/discord/command.ts';
import { cut, moreWords, oneLine } from '../src/markup.ts';

/** A whole reply: everything that it does not have is cleared by an edit. */
export interface Message {
  content: string;
  embeds: APIEmbed[];
  components: APIActionRowComponent<APIComponentInMessageActionRow>[];
}

/** What a reply says; only `list` is shortened when it is too long. */
export interface Lines {
  head?: readonly string[];
  list?: readonly string[];
  /** Where all of the list can be seen, when it is shortened: a sentence that begins small. */
  where?: string;
  tail?: readonly string[];
}

/** Discord's limits (docs, resources/message). */
const CONTENT_LIMIT = 2000;
const EMBED_LIMIT = 4096;

/**
 * A reply of lines, with rows of up to 5 buttons or one list. Only `list` is shortened, with "… and N more"; a reply too long for a
 * plain message becomes an embed, which holds twice as much.
 */
export function message(
  { head = [], list = [], where, tail = [] }: Lines,
  ...rows: readonly (readonly APIComponentInMessageActionRow[])[]
): Message {
  const components = rows
    .filter((parts) => parts.length > 0)
    .map((parts) => ({ type: ComponentType.ActionRow as const, components: [...parts] }));
  const content = [...head, ...list, ...tail].join('\n');
  if (content.length <= CONTENT_LIMIT) return { content, embeds: [], components };
  return { content: '', embeds: [{ description: fit({ head, list, tail }, where ?? null) }], components };
}

function fit({ head, list, tail }: Required<Omit<Lines, 'where'>>, where: string | null): string {
  const frame = [...head, ...tail].join('\n').length + 2;
  const room = EMBED_LIMIT - frame - moreWords(1_000_000, where).length;
  const shown: string[] = [];
  let length = 0;
  for (const line of list) {
    length += line.length + 1;
    if (length > room) break;
    shown.push(line);
  }
  const rest = list.length - shown.length;
  const more = rest > 0 ? [moreWords(rest, where)] : [];
  return cut([...head, ...shown, ...more, ...tail].join('\n'), EMBED_LIMIT);
}

/** What to put on a button, and where a press goes: the action of a command, with one argument. */
export interface ButtonText {
  label: string;
  action: string;
  arg?: string;
  style?: 'primary' | 'secondary' | 'danger';
}

const STYLES = { primary: ButtonStyle.Primary, secondary: ButtonStyle.Secondary, danger: ButtonStyle.Danger } as const;

/** Makes the buttons of a command that only this person may press; the id `*` means everybody. */
export function buttonsOf(
  command: string,
  { user }: { user: { id: string } },
): (text: ButtonText) => APIButtonComponent {
  return ({ label, action, arg = '', style = 'secondary' }) => ({
    type: ComponentType.Button,
    style: STYLES[style],
    label: cut(oneLine(label), 80),
    custom_id: customId(command, action, user.id, arg),
  });
}

/** Where a press or a choice goes: the action of a command, for this person, with one argument. */
export function customId(command: string, action: string, owner: string, arg = ''): string {
  const id = `${command}:${action}:${owner}:${arg}`;
  if (id.length > 100) throw new RangeError(`custom id too long for Discord: ${id}`);
  return id;
}

/** The Cancel button's handler. */
export async function cancel(interaction: CommandButton): Promise<void> {
  await interaction.editReply(message({ head: ['Cancelled. Nothing was changed.'] }));
}

/** What a button says whose question is no longer kept. */
export function expired(command: string): Message {
  return message({ head: [`This has expired. Run \`/${command}\` again.`] });
}
