import { z } from 'zod';

/** One thing that is wrong with what somebody sent: where, and a phrase that goes on from there (`is missing`). */
export interface Complaint {
  path: readonly (string | number)[];
  message: string;
}

type Issue = Parameters<z.core.$ZodErrorMap>[0];

/** What the schema makes of it, or everything that is wrong, in words. A message of a schema's own goes before these words. */
export function readInWords<S extends z.ZodType>(
  schema: S,
  value: unknown,
): { data: z.output<S> } | { complaints: Complaint[] } {
  const read = schema.safeParse(value, { error: wordsOf });
  return read.success ? { data: read.data } : { complaints: read.error.issues.flatMap(complaintsOf) };
}

function complaintsOf(issue: z.core.$ZodIssue): Complaint[] {
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  return issue.keys.map((key) => ({ path: [...path, key], message: 'is not known here' }));
}

const KINDS: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  date: 'a moment',
  never: 'left out',
  null: 'null',
  object: 'an object',
  record: 'an object',
  undefined: 'left out',
};

const FORMS: Readonly<Record<string, string>> = {
  date: 'a date such as 2026-11-20',
  datetime: 'a moment such as 2026-11-20T12:00:00Z',
  email: 'an email address',
  url: 'a full web address',
  uuid: 'a UUID',
};

function wordsOf(issue: Issue): string {
  if (issue.input === undefined && issue.code !== 'custom') return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${boundedKind(issue, issue.expected)}`;
    case 'too_small':
    case 'too_big':
      return `must be ${boundedKind(issue, issue.origin)}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return FORMS[issue.format] ? `must be ${FORMS[issue.format]}` : 'is not written as it has to be';
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return 'holds what is not known here';
    case 'invalid_union':
      return wordsOfUnion(issue.errors);
    case 'invalid_key':
      return `holds a name that ${issue.issues[0]?.message ?? 'is not right'}`;
    case 'custom':
    case 'invalid_element':
    default:
      return 'is not right';
  }
}

/** `must be text or a whole number`, where each way says what it takes. */
function wordsOfUnion(ways: readonly z.core.$ZodIssue[][]): string {
  const taken = ways.flatMap(([first]) => (first?.path.length === 0 ? [first.message.replace(/^must be /, '')] : []));
  return ways.length > 0 && taken.length === ways.length
    ? `must be ${[...new Set(taken)].join(' or ')}`
    : 'is not right';
}

const bounds = z.object({
  type: z.string().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});
type Bounds = z.output<typeof bounds>;

const known = new WeakMap<object, Bounds>();

/** Ten thousand entries can be wrong in one body: their schema is looked at once. */
function boundsOf({ schema, inst }: Issue): Bounds {
  const owner = schema ?? inst;
  if (!(owner instanceof z.ZodType)) return {};
  const before = known.get(owner);
  if (before) return before;
  const found = bounds.parse(z.toJSONSchema(owner, { io: 'input', unrepresentable: 'any' }));
  known.set(owner, found);
  return found;
}

/** `text of 1 to 100 characters`: both bounds, whichever of them is crossed. */
function boundedKind(issue: Issue, kind: string): string {
  if (kind === 'string') {
    const { minLength, maxLength } = boundsOf(issue);
    return `text${sizeOf('of', minLength, maxLength, 'character', 'characters')}`;
  }
  if (kind === 'array') {
    const { minItems, maxItems } = boundsOf(issue);
    return `a list${sizeOf('with', minItems, maxItems, 'entry', 'entries')}`;
  }
  if (kind === 'number' || kind === 'int') {
    const { type, minimum, maximum } = boundsOf(issue);
    return `${type === 'integer' || kind === 'int' ? 'a whole number' : 'a number'}${rangeOf(minimum, maximum)}`;
  }
  return KINDS[kind] ?? 'of another kind';
}

function sizeOf(link: string, least = 0, most = Number.POSITIVE_INFINITY, one: string, many: string): string {
  const [low, high] = [least, most].map((size) => size.toLocaleString('en'));
  if (least === most) return ` ${link} exactly ${low} ${least === 1 ? one : many}`;
  if (most < Number.POSITIVE_INFINITY)
    return ` ${link} ${least > 0 ? `${low} to` : 'at most'} ${high} ${most === 1 ? one : many}`;
  return least > 0 ? ` ${link} at least ${low} ${least === 1 ? one : many}` : '';
}

function rangeOf(least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY): string {
  // What JSON can carry at all is no bound of ours.
  const [hasLeast, hasMost] = [least > Number.MIN_SAFE_INTEGER, most < Number.MAX_SAFE_INTEGER];
  const [low, high] = [least, most].map((bound) => bound.toLocaleString('en'));
  if (hasLeast && hasMost) return ` from ${low} to ${high}`;
  if (hasMost) return ` of at most ${high}`;
  return hasLeast ? ` of at least ${low}` : '';
}
