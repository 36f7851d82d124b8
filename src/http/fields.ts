import { z } from 'zod';

// Fields that many bodies share: each validates, and tells the document what it is.

export const snowflake = z
  .string()
  .regex(/^[1-9]\d{16,19}$/, { error: 'must be a Discord id: 17 to 20 digits, as a string' })
  .meta({ id: 'Snowflake', description: 'A Discord id, as a string.', example: '175928847299117063' });

export const uuid = z.uuid().meta({ id: 'Uuid', example: '7d6f2a80-6c1c-4cf0-9d3d-6f5b0f6f0a51' });

/** A moment in an answer: a Date goes in, ISO 8601 in UTC comes out. */
export const instant = z
  .date()
  .transform((date) => date.toISOString())
  .pipe(z.iso.datetime())
  .meta({ id: 'Instant', description: 'A moment: ISO 8601, UTC.', example: '2026-11-20T12:00:00.000Z' });

/** A moment in a request. */
export const moment = z.iso
  .datetime({ offset: true })
  .transform((iso) => new Date(iso))
  .meta({ description: 'ISO 8601 with a time zone.', example: '2026-11-20T12:00:00Z' });

type Described = { type: 'boolean' } | { type: 'integer'; minimum: number; maximum: number };

/** An address holds only text: the document tells what the text is to say. */
function described(as: Described, standard?: boolean | number) {
  return {
    override({ jsonSchema }: { jsonSchema: object }) {
      for (const key of ['type', 'enum', 'pattern']) Reflect.deleteProperty(jsonSchema, key);
      Object.assign(jsonSchema, as, standard === undefined ? {} : { default: standard });
    },
  };
}

/** Yes or no in a query. */
export const flag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((word) => word === 'true')
  .meta(described({ type: 'boolean' }));

/** The same, no where it is left out. */
export function flagFor(description: string) {
  return flag.default(false).meta({ description, ...described({ type: 'boolean' }, false) });
}

const MOST_PAGES = 1_000_000;
function wholeNumber(minimum: number, maximum: number, standard: number) {
  const error = `must be a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d{1,7}$/, { error })
    .transform(Number)
    .pipe(z.int().min(minimum, { error }).max(maximum, { error }))
    .default(standard)
    .meta({ example: standard, ...described({ type: 'integer', minimum, maximum }, standard) });
}

/** The document tells what a body means by leaving fields out. Only where something new is made: an edit leaves them as they are. */
export function leftOutMeans(values: Readonly<Record<string, unknown>>) {
  return {
    override({ jsonSchema }: { jsonSchema: { properties?: Readonly<Record<string, unknown>> } }) {
      for (const [name, property] of Object.entries(jsonSchema.properties ?? {})) {
        if (name in values && typeof property === 'object') Object.assign(property ?? {}, { default: values[name] });
      }
    },
  };
}

/** `page` (1) and `limit` (1..100, 20) of a list. */
export const paging = {
  page: wholeNumber(1, MOST_PAGES, 1).describe('The page, from 1.'),
  limit: wholeNumber(1, 100, 20).describe('How many on a page, 1 to 100.'),
};

/** What every list answers beside its entries. */
export const listed = {
  total: z.int().meta({ description: 'How many there are on all pages.' }),
  page: z.int(),
  limit: z.int(),
};

/** One page of what stands in memory anyway. */
export function pageOf<T>(entries: readonly T[], { page, limit }: { page: number; limit: number }) {
  return { entries: entries.slice((page - 1) * limit, page * limit), total: entries.length, page, limit };
}

/** Text that people type, of so many characters at most. */
export function text(most: number, least = 0) {
  return z.string().min(least).max(most);
}
