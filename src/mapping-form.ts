import { z } from 'zod';
import { PLAIN_RULE } from './core/mapping.ts';
import { inApiNames, inOurNames, RULE_FIELDS, TERM_FIELDS, type NamesOf } from './sync/field-names.ts';
import type { MappingEdit } from './sync/mapping-drafts.ts';

// What people may say of a mapping, over HTTP and in files.

const { roleId: _role, groupId: _group, ...PLAIN_FIELDS } = RULE_FIELDS;
const MOST_GROUPS = 100;
export const namedGroup = z.string().min(1).max(100).meta({
  id: 'NamedGroup',
  description: 'A local group by its id, or a group of a source as source:id.',
  example: 'http:pilots',
});
const count = z.int().min(0).max(1_000_000);

/** Every condition of a mapping, in the API's names. */
const everyTerm = z.strictObject({
  require_all: z.boolean().meta({ description: 'true: in group_id and in all of groups; false: in any of them.' }),
  groups: z.array(namedGroup).max(MOST_GROUPS).meta({ description: 'More groups, beside group_id.' }),
  excluded_groups: z.array(namedGroup).max(MOST_GROUPS).meta({ description: 'Whoever is in one of them is out.' }),
  character_count_min: count.nullable().meta({ description: 'At least so many characters; null: any number.' }),
  character_count_max: count.nullable().meta({ description: 'At most so many characters; null: any number.' }),
  required_permissions: z
    .array(z.string().min(1).max(200))
    .max(MOST_GROUPS)
    .meta({ description: 'Permissions that he has to have, all of them, as the source of his groups names them.' }),
} satisfies Record<NamesOf<typeof TERM_FIELDS>, z.ZodType>);

export const mappingTerms = everyTerm.meta({ id: 'Conditions' });
const someTerms = everyTerm.partial().meta({ id: 'SomeConditions' });

/** Everything about a mapping but its role and its group, in the API's names. */
export const mappingSettings = z.strictObject({
  conditions: someTerms.meta({ description: 'Who has the role, beside being in the group: all of them have to hold.' }),
  priority: z.int().min(-1_000_000).max(1_000_000).meta({
    description: 'In an exclusive set the mapping of the highest priority wins, of two alike the older one.',
  }),
  exclusive_set: z.string().min(1).max(100).nullable().meta({
    description: 'Of the mappings of a guild with the same word here a member has the role of one; null: in no set.',
  }),
  on_foreign: z.enum(['keep', 'remove']).meta({
    description:
      'A member has the role, should not, and Rolewright did not give it: keep it, or remove it (if every active mapping of the role says so).',
  }),
  on_drift: z.enum(['revert', 'respect', 'alert']).meta({
    description:
      'Somebody takes the role away by hand. revert: it is given back; respect: it stays away until an admin syncs that member; alert: the same, and the audit channel asks admins to act.',
  }),
  add_only: z.boolean().meta({
    description:
      'true: the role stays when the conditions cease to hold; only an unlink or the end of the mapping takes it.',
  }),
  grace_seconds: z
    .int()
    .min(0)
    .max(365 * 86_400)
    .meta({
      description: 'So many seconds the role stays after the conditions have ceased to hold; not after an unlink.',
    }),
  is_active: z.boolean().meta({ description: 'false: it is kept, and gives nothing.' }),
} satisfies Record<Exclude<NamesOf<typeof RULE_FIELDS>, 'group_id' | 'discord_role_id'>, z.ZodType>);

/** What a mapping has where nobody says otherwise, in the API's names. */
export const PLAIN_SETTINGS: Readonly<Partial<Record<keyof typeof mappingSettings.shape, unknown>>> = {
  ...inApiNames(PLAIN_RULE, PLAIN_FIELDS),
  conditions: inApiNames(PLAIN_RULE.conditions, TERM_FIELDS),
};

type MappingForm = z.output<ReturnType<typeof mappingSettings.partial>> & {
  group_id?: string | undefined;
  discord_role_id?: string | undefined;
};

/** What was named; the rest stays as it is. */
export function editOf({ conditions: terms, ...body }: MappingForm): MappingEdit {
  return { ...inOurNames(body, RULE_FIELDS), ...(terms && { conditions: inOurNames(terms, TERM_FIELDS) }) };
}
