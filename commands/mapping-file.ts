import { z } from 'zod';
import { groupsNamedBy, type Mapping } from '../src/core/mapping.ts';
import { AppError } from '../src/errors.ts';
import type { LocalGroup } from '../src/groups/local-groups.ts';
import { mappingSettings, namedGroup } from '../src/mapping-form.ts';
import { mappingRecord } from '../src/sync/config-records.ts';
import { readInWords, type Complaint } from '../src/words-of-issues.ts';

const FORMAT = 'rolewright-mappings';
/** Discord's most for roles, and then some. */
const MOST = 500;

const entry = mappingSettings.partial().extend({
  id: z.uuid().optional(),
  group_id: namedGroup,
  discord_role_id: z.string().regex(/^[1-9]\d{16,19}$/, { error: 'must be a Discord id, as a string' }),
  discord_role_name: z.string().max(100).optional(),
});

const groupName = z.strictObject({ id: z.string().max(100), name: z.string().max(100) });
const frame = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(1),
  groups: z.array(groupName).max(MOST).default([]),
  mappings: z.array(z.unknown()).max(MOST),
});

/** One mapping of a file, in the API's names. */
export type FileEntry = z.output<typeof entry>;

/** What a file says, and what of it cannot be read, each by its place. */
export interface MappingFile {
  /** The names that groups had where the file was made, by id. */
  groupNames: ReadonlyMap<string, string>;
  entries: { place: string; entry: FileEntry }[];
  problems: string[];
}

/** The file of a guild's mappings: its rules and the names of its groups and those that they name, and no id of a person. */
export function writeMappingFile(mappings: readonly Mapping[], groups: readonly LocalGroup[]): string {
  const named = new Set(mappings.flatMap((mapping) => [...groupsNamedBy(mapping)]));
  const told = groups.filter(({ id, guildId }) => guildId !== null || named.has(id));
  const file = {
    format: FORMAT,
    version: 1,
    groups: told.map(({ id, name }) => ({ id, name })),
    mappings: mappings.map((mapping) => ({ id: mapping.id, ...mappingRecord(mapping) })),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** AppError invalid_input where nothing of it can be used. */
export function readMappingFile(text: string): MappingFile {
  const read = readInWords(frame, parseJson(text));
  if ('complaints' in read) {
    const problems = read.complaints.slice(0, 5).map(sentenceOf);
    throw new AppError(
      'invalid_input',
      `This file cannot be imported: ${problems.join('; ')}. /map export makes one that can.`,
    );
  }
  const { groups, mappings } = read.data;
  const file = { groupNames: new Map(groups.map(({ id, name }) => [id, name])) };
  const entries: MappingFile['entries'] = [];
  const problems: string[] = [];
  for (const [index, value] of mappings.entries()) {
    const place = `Mapping ${index + 1}`;
    const found = readInWords(entry, value);
    if ('data' in found) entries.push({ place, entry: found.data });
    else problems.push(...found.complaints.map((complaint) => `${place}: ${sentenceOf(complaint)}`));
  }
  return { ...file, entries, problems };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid_input', 'This file is not JSON. /map export makes one that can be imported.', {
      cause,
    });
  }
}

/** `conditions.priority must be ...`, `entry 2 of conditions.groups must be ...`; `it must be ...` of the whole. */
function sentenceOf({ path, message }: Complaint): string {
  const place = path.reduce<string>((outer, key) => {
    if (typeof key === 'number') return `entry ${key + 1} of ${outer}`;
    return outer === '' ? key : outer.includes(' ') ? `${key} of ${outer}` : `${outer}.${key}`;
  }, '');
  return `${place || 'it'} ${message}`;
}
