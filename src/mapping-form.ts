import { z } from 'zod';
import { inOurNames, RULE_FIELDS, TERM_FIELDS, type NamesOf } from './sync/field-names.ts';
import type { MappingEdit } from './sync/mapping-drafts.ts';

// What people may say of a mapping, over HTTP and in files.

const MOST_GROUPS = 100;
export const namedGroup = z.string().min(1).max(100).meta({
  id: 'NamedGroup',
  description: 'A local group by its id, or a group of a source as source:id.',
  example: 'http:pilots',
});
const count = z.int().min(0).max(1_000_000);

/** Every condition of a mapping, in the API's names. */
const everyTerm = z.strictObject({
  require_all: z.boolean().meta({ description: 'In all of the groups, not in any of them.' }),
  groups: z.array(namedGroup).max(MOST_GROUPS),
  excluded_groups: z.array(namedGroup).max(MOST_GROUPS),
  character_count_min: count.nullable(),
  character_count_max: count.nullable(),
  required_permissions: z.array(z.string().min(1).max(200)).max(MOST_GROUPS),
} satisfies Record<NamesOf<typeof TERM_FIELDS>, z.ZodType>);

export const mappingTerms = everyTerm.meta({ id: 'Conditions' });
const someTerms = everyTerm.partial().meta({ id: 'SomeConditions' });

/** Everything about a mapping but its role and its group, in the API's names. */
export const mappingSettings = z.strictObject({
  conditions: someTerms,
  priority: z.int().min(-1_000_000).max(1_000_000),
  exclusive_set: z.string().min(1).max(100).nullable(),
  on_foreign: z.enum(['keep', 'remove']),
  on_drift: z.enum(['revert', 'respect', 'alert']),
  add_only: z.boolean(),
  grace_seconds: z
    .int()
    .min(0)
    .max(365 * 86_400),
  is_active: z.boolean(),
} satisfies Record<Exclude<NamesOf<typeof RULE_FIELDS>, 'group_id' | 'discord_role_id'>, z.ZodType>);

type MappingForm = z.output<ReturnType<typeof mappingSettings.partial>> & {
  group_id?: string | undefined;
  discord_role_id?: string | undefined;
};

/** What was named; the rest stays as it is. */
export function editOf({ conditions: terms, ...body }: MappingForm): MappingEdit {
  return { ...inOurNames(body, RULE_FIELDS), ...(terms && { conditions: inOurNames(terms, TERM_FIELDS) }) };
}
