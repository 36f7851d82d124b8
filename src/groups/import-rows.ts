import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import { tidyGroupName, validateGroupName } from '../core/group-name.ts';
import { AppError } from '../errors.ts';
import { readInWords } from '../words-of-issues.ts';

/** One membership that a file asks for. */
export interface ImportRow {
  /** The line of a CSV file, or which entry of a JSON list it is, from 1. */
  place: number;
  group: string;
  discordId: string;
  /** null: without an end; absent: as it is. */
  expiresAt?: Date | null;
}

/** A row that cannot be used, and why: words that may hold what somebody typed. */
export interface BadRow {
  place: number;
  why: string;
}

export interface ImportFile {
  /** What `place` counts. */
  places: 'line' | 'entry';
  rows: ImportRow[];
  bad: BadRow[];
}

const MOST_ROWS = 5_000;
const TEN_YEARS_MS = 3653 * 86_400_000;

/** Reads a CSV file or a JSON list of `group`, `discord_id` and `expires_at`. AppError invalid_input for one that is neither. */
export function readRows(text: string, now: Date): ImportFile {
  const isJson = /^\s*[[{]/.test(text);
  const cells = isJson ? cellsOfJson(text) : cellsOfCsv(text);
  if (cells.length === 0) throw new AppError('invalid_input', 'There is no row in this file. It needs one a member.');
  if (cells.length > MOST_ROWS) {
    const [many, most] = [cells.length, MOST_ROWS].map((number) => number.toLocaleString('en'));
    throw new AppError('invalid_input', `This file has ${many} rows; at most ${most} go at once. Split it.`);
  }
  const rows: ImportRow[] = [];
  const bad: BadRow[] = [];
  const first = new Map<string, number>();
  for (const cell of cells) {
    const { place } = cell;
    const judged = 'why' in cell ? cell : judge(cell, now);
    if ('why' in judged) {
      bad.push({ place, why: judged.why });
      continue;
    }
    const key = `${judged.discordId} ${judged.group.normalize('NFKC').toLowerCase()}`;
    const before = first.get(key);
    if (before === undefined) {
      first.set(key, place);
      rows.push(judged);
    } else bad.push({ place, why: `says the same member and group as ${isJson ? 'entry' : 'line'} ${before}` });
  }
  return { places: isJson ? 'entry' : 'line', rows, bad };
}

/** What stands in one row, unjudged. */
interface Cells {
  place: number;
  group: string;
  discordId: string;
  expiresAt: string;
}

function judge({ place, group, discordId, expiresAt }: Cells, now: Date): ImportRow | { why: string } {
  const name = tidyGroupName(group);
  const complaint = validateGroupName(name);
  if (complaint !== null) return { why: `“${name}” cannot be the name of a group: it ${complaint}` };
  if (/^\d+([.,]\d+)?E\+?\d+$/i.test(discordId))
    return { why: 'a spreadsheet has cut this discord_id short. Format that column as text' };
  if (!/^[1-9]\d{16,19}$/.test(discordId)) return { why: 'discord_id has to be a Discord id: 17 to 20 digits' };
  const end = readEnd(expiresAt, now);
  if (end !== null && 'why' in end) return end;
  return { place, group: name, discordId, ...end };
}

/** null: nothing is said of it. */
function readEnd(text: string, now: Date): { expiresAt: Date | null } | { why: string } | null {
  if (text === '') return null;
  if (text.toLowerCase() === 'never') return { expiresAt: null };
  const iso = z.iso.date().safeParse(text).success ? `${text}T00:00:00Z` : text;
  if (!z.iso.datetime({ offset: true }).safeParse(iso).success)
    return { why: 'expires_at has to be a date such as 2027-12-31 or 2027-12-31T18:00:00Z, or never' };
  const expiresAt = new Date(iso);
  if (expiresAt <= now) return { why: 'expires_at has passed already' };
  if (expiresAt.getTime() - now.getTime() > TEN_YEARS_MS)
    return { why: 'expires_at is more than ten years ahead. Say never for no end' };
  return { expiresAt };
}

const record = z.object({ info: z.object({ lines: z.int() }), record: z.array(z.string()) });

function cellsOfCsv(text: string): Cells[] {
  const [head, ...rest] = parseCsv(text);
  const columns = head?.record.map((name) => name.toLowerCase()) ?? [];
  const [group, discordId, expiresAt] = ['group', 'discord_id', 'expires_at'].map((name) => columns.indexOf(name));
  if (group === undefined || discordId === undefined || group < 0 || discordId < 0) {
    throw new AppError(
      'invalid_input',
      'The first line has to name the columns: group, discord_id and, where memberships end, expires_at.',
    );
  }
  return rest.map(({ info, record: row }) => ({
    // Cells may hold line breaks: the parser tells on which line a row ends.
    place: info.lines - row.join('').split(/\r\n|\n|\r/).length + 1,
    group: row[group] ?? '',
    discordId: row[discordId] ?? '',
    expiresAt: row[expiresAt ?? -1] ?? '',
  }));
}

function parseCsv(text: string): z.infer<typeof record>[] {
  const [, head = ''] = /^\ufeff?\s*([^\r\n]*)/.exec(text) ?? [];
  const delimiter = [';', '\t', ','].find((sign) => head.includes(sign)) ?? ',';
  try {
    return z.array(record).parse(
      parse(text, {
        bom: true,
        delimiter,
        record_delimiter: ['\r\n', '\n', '\r'],
        relax_column_count: true,
        skip_empty_lines: true,
        skip_records_with_empty_values: true,
        trim: true,
        info: true,
      }),
    );
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const line = typeof cause['lines'] === 'number' ? `Line ${cause['lines']} of this file` : 'This file';
    throw new AppError('invalid_input', `${line} cannot be read as CSV: look for a stray quotation mark.`, { cause });
  }
}

/** Words for a value of another kind; what is missing is called so. */
const orMissing = (words: string) => ({
  error: ({ input }: { input?: unknown }) => (input === undefined ? undefined : words),
});

const entry = z.looseObject({
  group: z.string(),
  discord_id: z.string(orMissing('must be text in quotes: a number loses its last digits')),
  expires_at: z.string(orMissing('must be text in quotes')).nullish(),
});

function cellsOfJson(text: string): (Cells | { place: number; why: string })[] {
  const list = z.array(z.unknown()).safeParse(parseJson(text));
  if (!list.success) {
    throw new AppError(
      'invalid_input',
      'This JSON has to be a list such as [{ "group": "Pilots", "discord_id": "175928847299117063" }].',
    );
  }
  return list.data.map((value, index) => {
    const place = index + 1;
    const read = readInWords(entry, value);
    if ('complaints' in read) {
      return { place, why: read.complaints.map(({ path, message }) => [...path, message].join(' ')).join(', ') };
    }
    const { group, discord_id: discordId, expires_at: expiresAt } = read.data;
    return { place, group, discordId: discordId.trim(), expiresAt: expiresAt?.trim() ?? '' };
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid_input', 'This file is not whole: its JSON cannot be read.', { cause });
  }
}
