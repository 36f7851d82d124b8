import { z } from 'zod';

/** What is kept of one user is bounded, so that one answer cannot fill the memory, or take all the time to look at. */
const MAX_ENTRIES = 1_000;
const MAX_LENGTH = 200;

const text = z.string().min(1).max(MAX_LENGTH);
const absentAsNull = z.string().max(MAX_LENGTH).nullish();
const groupId = z.union([text, z.int()]);

/** Counts before it looks at any: what is too long costs nothing. */
function listOf<T extends z.ZodType>(entry: T) {
  return z.array(z.unknown()).max(MAX_ENTRIES).pipe(z.array(entry));
}

/** What a host says of one user, when it is asked or by a webhook. Whatever else it sends is its own business. */
export const hostAnswer = z.object({
  groups: listOf(z.object({ id: groupId, is_active: z.boolean().optional() })).meta({
    description: 'The groups that he is in, each { "id", "is_active" }; with is_active false it does not count.',
  }),
  characters: z
    .union([z.int().min(0), z.array(z.unknown())])
    .optional()
    .meta({ description: 'How many characters he has, or the list of them; left out: none.' }),
  permissions: listOf(text).optional().meta({ description: 'The permissions that he has; left out: none.' }),
  name: absentAsNull.meta({ description: 'What {name} is in nicknames; left out or null: not known.' }),
  ticker: absentAsNull.meta({ description: 'What {ticker} is in nicknames; left out or null: he has none.' }),
});
