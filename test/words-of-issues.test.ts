import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readInWords } from '../src/words-of-issues.ts';

function complaintsAbout(schema: z.ZodType, value: unknown): string[] {
  const read = readInWords(schema, value);
  return 'data' in read ? [] : read.complaints.map(({ path, message }) => [...path, message].join(' '));
}

const name = z.string().min(1).max(100);

describe('what is wrong with what somebody sent', () => {
  it.each<[z.ZodType, unknown, string]>([
    [name, undefined, 'is missing'],
    [z.enum(['remove', 'keep']), undefined, 'is missing'],
    [z.uuid(), undefined, 'is missing'],
    [z.union([z.string(), z.int()]), undefined, 'is missing'],
    [z.string(), 7, 'must be text'],
    [name, 7, 'must be text of 1 to 100 characters'],
    [name, '', 'must be text of 1 to 100 characters'],
    [name, 'x'.repeat(101), 'must be text of 1 to 100 characters'],
    [z.string().max(1), 'xx', 'must be text of at most 1 character'],
    [z.string().min(1), '', 'must be text of at least 1 character'],
    [z.string().length(4), 'x', 'must be text of exactly 4 characters'],
    [z.array(z.string()), 'x', 'must be a list'],
    [z.array(z.string()).min(1), [], 'must be a list with at least 1 entry'],
    [z.array(z.string()).max(10_000), Array(10_001).fill('x'), 'must be a list with at most 10,000 entries'],
    [z.array(z.string()).min(1).max(3), [], 'must be a list with 1 to 3 entries'],
    [z.number(), 'x', 'must be a number'],
    [z.int(), 1.5, 'must be a whole number'],
    [z.int(), 'x', 'must be a whole number'],
    [z.int().min(0).max(1_000_000), -1, 'must be a whole number from 0 to 1,000,000'],
    [z.int().min(-5).max(5), 6, 'must be a whole number from -5 to 5'],
    [z.int().min(0), -1, 'must be a whole number of at least 0'],
    [z.number().max(5), 6, 'must be a number of at most 5'],
    [z.number().multipleOf(5), 6, 'must be a multiple of 5'],
    [z.boolean(), 'yes', 'must be true or false'],
    [z.object({}), [], 'must be an object'],
    [z.record(z.string(), z.string()), 'x', 'must be an object'],
    [
      z.record(z.string().max(2), z.string()),
      { xxx: 'x' },
      'xxx holds a name that must be text of at most 2 characters',
    ],
    [z.date(), 'x', 'must be a moment'],
    [z.symbol(), 'x', 'must be of another kind'],
    [z.enum(['remove', 'keep']), 'x', 'must be one of remove, keep'],
    [z.literal(1), 2, 'must be 1'],
    [z.uuid(), 'x', 'must be a UUID'],
    [z.url(), 'x', 'must be a full web address'],
    [z.email(), 'x', 'must be an email address'],
    [z.iso.datetime(), 'x', 'must be a moment such as 2026-11-20T12:00:00Z'],
    [z.iso.date(), 'x', 'must be a date such as 2026-11-20'],
    [z.string().regex(/^a/), 'x', 'is not written as it has to be'],
    [z.union([name, z.int()]), true, 'must be text of 1 to 100 characters or a whole number'],
    [z.union([z.object({ a: z.int() }), z.object({ b: z.int() })]), { a: 'x' }, 'is not right'],
    [z.null(), 'x', 'must be null'],
    [z.undefined(), 'x', 'must be left out'],
    [z.string().refine(() => false), 'x', 'is not right'],
    [z.never(), 'x', 'must be left out'],
  ])('%#: a phrase for people', (schema, value, words) => {
    expect(complaintsAbout(schema, value)).toEqual([words]);
  });

  it('tells of every place, deep ones and unknown ones too', () => {
    const schema = z.strictObject({ name, groups: z.array(z.strictObject({ id: z.string() })) });
    expect(complaintsAbout(schema, { groups: [{ id: 1, more: 1 }], other: 1, another: 2 })).toEqual([
      'name is missing',
      'groups 0 id must be text',
      'groups 0 more is not known here',
      'other is not known here',
      'another is not known here',
    ]);
  });

  it('leaves the words that a schema has of its own', () => {
    expect(complaintsAbout(z.string().regex(/^a/, { error: 'must begin with a' }), 'x')).toEqual(['must begin with a']);
  });

  it('hands on what is right', () => {
    expect(readInWords(z.string().transform(Number), '7')).toEqual({ data: 7 });
  });
});
