/**
 * Discord's markdown as data: a list of texts and of `{ kind, ... }` with `children`, `text`, `id` or `url`.
 * Knows no DOM and no names.
 */
export function parseMarkdown(source) {
  const blocks = [];
  const lines = source.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    if (line.startsWith('```') || line.startsWith('>>> ')) {
      const rest = lines.slice(at).join('\n');
      const fence = /^```(?:\w*\n)?([\s\S]*?)```/.exec(rest);
      if (line.startsWith('>>> ')) return [...blocks, { kind: 'quote', children: parseMarkdown(rest.slice(4)) }];
      if (fence) {
        blocks.push({ kind: 'block', text: fence[1] });
        at += fence[0].split('\n').length - 1;
        const after = lines[at].slice(lines[at].lastIndexOf('```') + 3);
        if (after !== '') blocks.push(...parseInline(after));
        continue;
      }
    }
    if (line.startsWith('> ')) {
      const end = lines.findIndex((other, index) => index > at && !other.startsWith('> '));
      const quoted = lines.slice(at, end === -1 ? undefined : end);
      blocks.push({ kind: 'quote', children: parseMarkdown(quoted.map((each) => each.slice(2)).join('\n')) });
      at += quoted.length - 1;
      continue;
    }
    blocks.push(...parseLine(line));
    if (at + 1 < lines.length) blocks.push('\n');
  }
  return joined(blocks);
}

function parseLine(line) {
  const heading = /^#{1,3} (.+)$/.exec(line);
  if (heading) return [{ kind: 'strong', children: parseInline(heading[1]) }];
  if (line.startsWith('-# ')) return [{ kind: 'small', children: parseInline(line.slice(3)) }];
  return parseInline(line);
}

/** Anything but the end, an escaped character counting as one. */
const inner = String.raw`((?:\\.|[^\\])+?)`;

/** What may stand within a line, the first that fits wins; an escape goes before everything else. */
const rules = [
  [/^\\([^\sa-zA-Z0-9])/, ([, character]) => character],
  [/^`([^`]+)`/, ([, text]) => ({ kind: 'code', text })],
  [new RegExp(String.raw`^\*\*${inner}\*\*(?!\*)`), nestedAs('strong')],
  [new RegExp(String.raw`^__${inner}__(?!_)`), nestedAs('underline')],
  [new RegExp(String.raw`^~~${inner}~~`), nestedAs('struck')],
  [new RegExp(String.raw`^\*(?!\s)${inner}\*(?!\*)`), nestedAs('emphasis')],
  [new RegExp(String.raw`^_${inner}_(?!\w)`), nestedAs('emphasis')],
  [/^<@!?(\d+)>/, ([, id]) => ({ kind: 'user', id })],
  [/^<@&(\d+)>/, ([, id]) => ({ kind: 'role', id })],
  [/^<#(\d+)>/, ([, id]) => ({ kind: 'channel', id })],
  [/^<\/([^:>]+):\d+>/, ([, name]) => ({ kind: 'command', text: `/${name}` })],
  [
    /^<t:(-?\d+)(?::([tTdDfFR]))?>/,
    ([, seconds, style = 'f']) => ({ kind: 'time', at: Number(seconds) * 1000, style }),
  ],
  [/^\[([^\]]+)\]\(<?([^)\s>]+)>?\)/, ([, text, url]) => ({ kind: 'link', url, text })],
  [/^<(https?:\/\/[^\s>]+)>/, ([, url]) => ({ kind: 'link', url, text: url })],
  [/^https?:\/\/[^\s<]*[^\s<.,:;"')\]]/, ([url]) => ({ kind: 'link', url, text: url })],
];

function nestedAs(kind) {
  return ([, content]) => ({ kind, children: parseInline(content) });
}

function parseInline(text) {
  const parts = [];
  let rest = text;
  let before = '';
  while (rest !== '') {
    // An underscore within a word is only that.
    const isInWord = rest.startsWith('_') && /\w$/.test(before);
    const found = isInWord ? null : firstFit(rest);
    parts.push(found ? found.part : rest[0]);
    before = rest.slice(0, found?.length ?? 1);
    rest = rest.slice(found?.length ?? 1);
  }
  return joined(parts);
}

function firstFit(rest) {
  for (const [pattern, partOf] of rules) {
    const match = pattern.exec(rest);
    if (match) return { part: partOf(match), length: match[0].length };
  }
  return null;
}

/** Texts that stand side by side become one. */
function joined(parts) {
  const result = [];
  for (const part of parts) {
    if (typeof part === 'string' && typeof result.at(-1) === 'string') result.push(result.pop() + part);
    else result.push(part);
  }
  return result;
}
