import * as fc from 'fast-check';
import { z } from 'zod';

/** As much of a JSON Schema as our document holds. */
export interface Schema {
  $ref?: string | undefined;
  type?: string | string[] | undefined;
  enum?: unknown[] | undefined;
  const?: unknown;
  anyOf?: Schema[] | undefined;
  properties?: Record<string, Schema> | undefined;
  required?: string[] | undefined;
  items?: Schema | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
  maxLength?: number | undefined;
  pattern?: string | undefined;
  format?: string | undefined;
}

export const schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    anyOf: z.array(schema).optional(),
    properties: z.record(z.string(), schema).optional(),
    required: z.array(z.string()).optional(),
    items: schema.optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    maxLength: z.number().optional(),
    pattern: z.string().optional(),
    format: z.string().optional(),
  }),
);

const NASTY = [
  '__proto__',
  'constructor',
  '\u0000',
  '\ud800',
  '\u202e',
  '%00',
  '../../etc/passwd',
  "' or 1=1 --",
  '<script>alert(1)</script>',
  '${7*7}',
  '@everyone',
  '9007199254740993',
  '-0',
  'NaN',
];
const nasty = fc.constantFrom(...NASTY);

/** Anything at all that JSON can say. */
export const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  nasty,
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom(1e308, -1, 0.5, 2 ** 53, null, true, [], {}),
  fc.constant(JSON.parse('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"x":1}}}')),
);

/** Mostly what the schema asks for, with things that are not that in between. */
export function nearly(part: Schema, parts: Readonly<Record<string, Schema>>): fc.Arbitrary<unknown> {
  const right = fitting(part, parts);
  return fc.oneof({ weight: 6, arbitrary: right }, { weight: 1, arbitrary: anything });
}

function fitting(part: Schema, parts: Readonly<Record<string, Schema>>): fc.Arbitrary<unknown> {
  if (part.$ref !== undefined) return nearly(parts[part.$ref.split('/').at(-1) ?? ''] ?? {}, parts);
  if (part.enum) return fc.constantFrom(...part.enum);
  if (part.const !== undefined) return fc.constant(part.const);
  if (part.anyOf) return fc.oneof(...part.anyOf.map((one) => nearly(one, parts)));
  const type = Array.isArray(part.type) ? part.type[0] : part.type;
  switch (type) {
    case 'object':
      return objectOf(part, parts);
    case 'array':
      return fc.array(nearly(part.items ?? {}, parts), { maxLength: 4 });
    case 'integer':
    case 'number':
      return fc.integer({ min: Math.max(part.minimum ?? -5, -(2 ** 31)), max: Math.min(part.maximum ?? 5, 2 ** 31) });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
    case undefined:
    default:
      return textOf(part);
  }
}

function objectOf({ properties = {}, required = [] }: Schema, parts: Readonly<Record<string, Schema>>) {
  const entries = Object.entries(properties).map(([key, one]) => [key, nearly(one, parts)] as const);
  const known = fc.record(Object.fromEntries(entries), { requiredKeys: required.filter((key) => key in properties) });
  const extra = fc.option(fc.tuple(nasty, anything), { freq: 8, nil: null });
  return fc.tuple(known, extra).map(([body, more]) => (more ? Object.assign({}, body, { [more[0]]: more[1] }) : body));
}

function textOf({ format, pattern, maxLength = 40 }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (pattern?.includes('\\d{16,19}')) return fc.bigInt(10n ** 16n, 10n ** 19n).map(String);
  return fc.oneof(
    fc.string({ maxLength: Math.min(maxLength, 200) }),
    nasty,
    fc.integer({ min: 0, max: 99 }).map(String),
  );
}
