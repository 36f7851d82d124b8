import { z } from 'zod';
import type { SourceAnswer } from '../core/facts.ts';
import { hostAnswer } from '../host-answer.ts';

const batch = z.object({ users: z.custom<object>((value) => typeof value === 'object' && !Array.isArray(value)) });

/** Reads what the host said of one user. What is malformed is unknown, never an empty list. */
export function readAnswer(json: unknown, asOf: Date): SourceAnswer {
  const read = hostAnswer.safeParse(json);
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
