/** How many of something, in words: `1 role`, `3 roles`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? noun : plural}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function join(words: readonly string[], conjunction = 'and'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1) ?? ''}`;
}

/**
 * Somebody else's words, harmless inside a Discord message: no formatting, links, mentions, emoji or line breaks, no
 * direction marks, at most `limit` characters of it.
 */
export function plain(text: string, limit = 100): string {
  return cut(oneLine(text), limit)
    .replace(/[\\*_~`|[\]<:]/g, '\\$&')
    .replace(/@(?=everyone|here)/gi, '@\u200b');
}

/** Somebody else's words where nothing is formatted, such as on a button: no line breaks, no control or direction marks. */
export function oneLine(text: string): string {
  return text
    .replace(/\p{C}/gu, (character) => (/\s/.test(character) ? ' ' : ''))
    .replace(/\s+/g, ' ')
    .trim();
}

/** At most `limit` characters, the last one `…` when something is missing; never half an emoji. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

export function role(roleId: string): string {
  return `<@&${roleId}>`;
}

export function user(discordId: string): string {
  return `<@${discordId}>`;
}

/** Whoever did something: a Discord user, or (an operator of the API) the account of one who has none. */
export function person(actor: string): string {
  return /^\d{17,20}$/.test(actor) ? user(actor) : `account ${plain(actor.slice(0, 8))}`;
}

/** The instant as each reader's Discord shows it: `5 minutes ago`, `in 3 days`. */
export function relative(at: Date): string {
  return `<t:${Math.floor(at.getTime() / 1000)}:R>`;
}

/** The instant as a date with its time, in each reader's own zone. */
export function moment(at: Date): string {
  return `<t:${Math.floor(at.getTime() / 1000)}:F>`;
}

/** A change of a role in one word: `+@Pilot`. */
export function signed({ action, roleId }: { action: 'add' | 'remove'; roleId: string }): string {
  return `${action === 'add' ? '+' : '−'}${role(roleId)}`;
}

/** Roles that one line names. */
const ROLES_A_LINE = 10;

/** A line per member with what changes for him: `@Ana: +@Pilot −@Guest`. */
export function changesByMember(
  changes: readonly { discordId: string; action: 'add' | 'remove'; roleId: string }[],
): string[] {
  const ofMember = Map.groupBy(changes, ({ discordId }) => discordId);
  return [...ofMember].map(([discordId, own]) => {
    const words = own.slice(0, ROLES_A_LINE).map(signed);
    const rest = own.length - words.length;
    return `${user(discordId)}: ${[...words, ...(rest > 0 ? [`and ${count(rest, 'more role')}`] : [])].join(' ')}`;
  });
}

/** As many lines as there is room for, then `… and 5 more`, and `where` all of them can be seen. */
export function few(
  lines: readonly string[],
  limit: { lines: number; characters: number },
  where: string | null = null,
): string[] {
  let characters = 0;
  const end = lines.findIndex((line, index) => {
    characters += line.length + 1;
    return index >= limit.lines || characters > limit.characters;
  });
  if (end < 0) return [...lines];
  return [...lines.slice(0, end), moreWords(lines.length - end, where)];
}

/** That there is more than a list shows: `… and 5 more: \`/audit\` lists all.` */
export function moreWords(number: number, where: string | null): string {
  return `… and ${number.toLocaleString('en')} more${where === null ? '' : `: ${where}`}`;
}

/** The edge of an embed, by what it tells. */
export const COLORS = { waits: 0xf0b232, wrong: 0xda373c, fine: 0x23a55a, told: 0x5865f2 };
