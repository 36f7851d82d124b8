import { z } from 'zod';
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
});

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
});

type MappingForm = z.output<ReturnType<typeof mappingSettings.partial>> & {
  group_id?: string | undefined;
  discord_role_id?: string | undefined;
};

/** What was named; the rest stays as it is. */
export function editOf(body: MappingForm): MappingEdit {
  const { group_id: groupId, discord_role_id: roleId, conditions: terms } = body;
  return {
    ...(groupId !== undefined && { groupId }),
    ...(roleId !== undefined && { roleId }),
    ...(terms && { conditions: termsOf(terms) }),
    ...(body.priority !== undefined && { priority: body.priority }),
    ...(body.exclusive_set !== undefined && { exclusiveSet: body.exclusive_set }),
    ...(body.on_foreign && { onForeign: body.on_foreign }),
    ...(body.on_drift && { onDrift: body.on_drift }),
    ...(body.add_only !== undefined && { addOnly: body.add_only }),
    ...(body.grace_seconds !== undefined && { graceSeconds: body.grace_seconds }),
    ...(body.is_active !== undefined && { isActive: body.is_active }),
  };
}

function termsOf(terms: z.output<typeof someTerms>): NonNullable<MappingEdit['conditions']> {
  return {
    ...(terms.require_all !== undefined && { requireAll: terms.require_all }),
    ...(terms.groups && { groups: terms.groups }),
    ...(terms.excluded_groups && { excludedGroups: terms.excluded_groups }),
    ...(terms.character_count_min !== undefined && { characterCountMin: terms.character_count_min }),
    ...(terms.character_count_max !== undefined && { characterCountMax: terms.character_count_max }),
    ...(terms.required_permissions && { requiredPermissions: terms.required_permissions }),
  };
}
