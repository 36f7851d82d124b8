import { compareRoles, highestRole, type Guild, type Member } from './guild.ts';
import { hasPermission } from './permissions.ts';

/** What a nickname is made of; null: not known. */
export interface NameFacts {
  name: string | null;
  ticker: string | null;
}

/** Discord's limit, in code points: "our API uses Python 3" (discord-api-docs issue 1315). */
const LONGEST_NICK = 32;
const LONGEST_TEMPLATE = 100;

const TICKER_IN_BRACKETS = /\[\s*\{ticker\}\s*\]|\(\s*\{ticker\}\s*\)|<\s*\{ticker\}\s*>|\{\{ticker\}\}/g;
/** A ticker first or last, with what parts it from the name. */
const TICKER_AT_AN_END = /^\s*\{ticker\}\s*[-–—|·:/]*\s*|\s*[-–—|·:/]*\s*\{ticker\}\s*$/g;

/**
 * The nickname that the template gives, or null when it gives none (no template, no name). Whitespace is tidied as
 * Discord does it, so that what was written is what is read back.
 */
export function desiredNick(template: string, { name, ticker }: NameFacts): string | null {
  const known = { name: tidy(name ?? ''), ticker: tidy(ticker ?? '') };
  if (template.trim() === '' || known.name === '') return null;
  const whole = known.ticker === '' ? withoutTicker(template) : template;
  const filled = whole.replaceAll(/\{(name|ticker)\}/g, (_, key: keyof NameFacts) => known[key]);
  // Tidied again for what is left of an emoji at the cut.
  return tidy(Array.from(tidy(filled)).slice(0, LONGEST_NICK).join(''));
}

/** What is wrong with a template, as a phrase that goes on from its name; null: nothing. An empty one turns nicknames off. */
export function validateTemplate(template: string): string | null {
  if (template.trim() === '') return null;
  if (Array.from(template).length > LONGEST_TEMPLATE) return `must have at most ${LONGEST_TEMPLATE} characters`;
  const unknown = template.match(/\{\w+\}/g)?.find((placeholder) => !['{name}', '{ticker}'].includes(placeholder));
  if (unknown !== undefined) return `cannot fill in ${unknown}: it knows {name} and {ticker}, as in [{ticker}] {name}`;
  if (!template.includes('{name}')) return 'needs {name}, the place where the name goes, as in [{ticker}] {name}';
  const literal = tidy(template.replaceAll(/\{name\}|\{ticker\}/g, ''));
  if (Array.from(literal).length >= LONGEST_NICK)
    return `leaves no room for the name: Discord's limit is ${LONGEST_NICK} characters`;
  return null;
}

/** Whether the bot may rename the member: never the owner, and nobody who stands as high as the bot or higher. */
export function mayRename(guild: Guild, member: Pick<Member, 'discordId' | 'roleIds'>): boolean {
  if (member.discordId === guild.ownerId || !hasPermission(guild.bot.permissions, 'manageNicknames')) return false;
  const his = highestRole(guild, member.roleIds);
  const ours = highestRole(guild, guild.bot.roleIds);
  return his !== null && ours !== null && compareRoles(his, ours) < 0;
}

function withoutTicker(template: string): string {
  return template.replaceAll(TICKER_IN_BRACKETS, '{ticker}').replaceAll(TICKER_AT_AN_END, '');
}

/** An emoji (the joiners and tags in it belong to it), or a character that only says how others are shown. */
const EMOJI_OR_FORMAT = /(\p{RGI_Emoji})|\p{Cf}/gv;

/**
 * No control characters, no half surrogate pairs, single spaces, none at the ends; and none of the characters that
 * nobody sees (zero width, direction, soft hyphen), of which Discord takes out some: without any, it has none to take.
 */
function tidy(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(EMOJI_OR_FORMAT, '$1')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}
