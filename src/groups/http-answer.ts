import { z } from 'zod';
import type { SourceAnswer } from '../core/facts.ts';

/** What is kept of one user is bounded, so that one answer cannot fill the memory, or take all the time to look at. */
const MAX_ENTRIES = 1_000;
const MAX_LENGTH = 200;

const text = z.string().min(1).max(MAX_LENGTH);
const absentAsNull = z.string().max(MAX_LENGTH).nullish();
const groupId = z.union([text, z.int()], { error: 'expected a text' });

/** Counts before it looks at any: what is too long costs nothing. */
function listOf<T extends z.ZodType>(entry: T) {
  return z.array(z.unknown()).max(MAX_ENTRIES).pipe(z.array(entry));
}

/** What a host says of one user. Whatever else it sends is its own business. */
const answer = z.object({
  groups: listOf(z.object({ id: groupId, is_active: z.boolean().optional() })),
  characters: z.union([z.int().min(0), z.array(z.unknown())], { error: 'expected a number or a list' }).optional(),
  permissions: listOf(text).optional(),
  name: absentAsNull,
  ticker: absentAsNull,
});

const batch = z.object({ users: z.custom<object>((value) => typeof value === 'object' && !Array.isArray(value)) });

/** Reads what the host said of one user. What is malformed is unknown, never an empty list. */
export function readAnswer(json: unknown, asOf: Date): SourceAnswer {
  const read = answer.safeParse(json);
  if (!read.success)
    return { status: 'unknown', asOf: null, reason: `its answer is malformed: ${complaint(read.error)}` };
  const { groups, characters, permissions, name, ticker } = read.data;
  const active = groups.filter((group) => group.is_active !== false);
  return {
    status: 'known',
    asOf,
    groupIds: new Set(active.map(({ id }) => `http:${id}`)),
    ...(characters !== undefined && { characters: typeof characters === 'number' ? characters : characters.length }),
    ...(permissions && { permissions: new Set(permissions) }),
    ...(name && { name }),
    ...(ticker && { ticker }),
  };
}

/** What the host said of each id; null where the whole is malformed. */
export function readBatch(json: unknown): ReadonlyMap<string, unknown> | null {
  const read = batch.safeParse(json);
  return read.success && read.data.users ? new Map(Object.entries(read.data.users)) : null;
}

/** The first thing that is wrong, without a value: it is somebody's. */
function complaint({ issues: [first] }: z.ZodError): string {
  if (!first) return 'it cannot be read';
  const path = first.path.map((part) => (typeof part === 'number' ? '[]' : String(part))).join('.');
  return path === ''
    ? 'it is not an object with groups'
    : `${path.replaceAll('.[]', '[]')} is ${first.code === 'too_big' ? 'too long' : 'not as it should be'}`;
}
