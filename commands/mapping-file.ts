import { z } from 'zod';
import type { Mapping } from '../src/core/mapping.ts';
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

/** The file of a guild's mappings: its rules and the names of its groups, and no id of a person. */
export function writeMappingFile(mappings: readonly Mapping[], groups: readonly LocalGroup[]): string {
  const file = {
    format: FORMAT,
    version: 1,
    groups: groups.map(({ id, name }) => ({ id, name })),
    mappings: mappings.map((mapping) => ({ id: mapping.id, ...mappingRecord(mapping) })),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** AppError invalid_input where nothing of it can be used. */
export function readMappingFile(text: string): MappingFile {
  const read = readInWords(frame, parseJson(text));
  if ('complaints' in read) {
    const problems = problemsOf('', read.complaints).slice(0, 5).join('; ');
    throw new AppError('invalid_input', `This file cannot be imported: ${problems}. /map export makes one that can.`);
  }
  const { groups, mappings } = read.data;
  const file = { groupNames: new Map(groups.map(({ id, name }) => [id, name])) };
  const entries: MappingFile['entries'] = [];
  const problems: string[] = [];
  for (const [index, value] of mappings.entries()) {
    const place = `mappings[${index}]`;
    const found = readInWords(entry, value);
    if ('data' in found) entries.push({ place, entry: found.data });
    else problems.push(...problemsOf(place, found.complaints));
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

/** `mappings[3].priority: must be ...` */
function problemsOf(place: string, complaints: readonly Complaint[]): string[] {
  return complaints.map(({ path, message }) => {
    const inner = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
    return `${`${place}${inner}`.replace(/^\./, '') || 'the file'}: ${message}`;
  });
}
