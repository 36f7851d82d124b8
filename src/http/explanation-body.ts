import { z } from 'zod';
import type { Check } from '../core/conditions.ts';
import { mendOf } from '../core/doctor.ts';
import type { Mapping } from '../core/mapping.ts';
import type { MappingVerdict } from '../core/verdict.ts';
import type { WholeExplanation } from '../sync/explanations.ts';
import { instant, snowflake } from './fields.ts';
import { blockCode } from './known-words.ts';
import { changeBody, changeView, plannedChange } from './run-body.ts';
import { changeOf } from './sync-body.ts';

const truth = z.enum(['true', 'false', 'unknown']).meta({ id: 'Truth' });
const asOf = instant.nullable().meta({ description: 'When the source said so; null: it never answered.' });
const seenGroup = z.object({ group_id: z.string(), is_member: truth, as_of: asOf }).meta({ id: 'SeenGroup' });

const condition = z.union([
  z
    .object({ kind: z.literal('groups'), value: truth, require_all: z.boolean(), groups: z.array(seenGroup) })
    .meta({ id: 'GroupsCheck' }),
  z
    .object({ kind: z.literal('excluded_groups'), value: truth, groups: z.array(seenGroup) })
    .meta({ id: 'ExcludedGroupsCheck' }),
  z
    .object({
      kind: z.literal('character_count'),
      value: truth,
      min: z.int().nullable(),
      max: z.int().nullable(),
      count: z.int(),
      is_exact: z.boolean().meta({ description: 'false: a source is silent, there may be more.' }),
      as_of: asOf,
    })
    .meta({ id: 'CharacterCountCheck' }),
  z
    .object({ kind: z.literal('required_permission'), value: truth, permission: z.string(), as_of: asOf })
    .meta({ id: 'PermissionCheck' }),
]);

const judgedMapping = z
  .object({
    mapping_id: z.string(),
    group_id: z.string(),
    is_active: z.boolean(),
    priority: z.int(),
    holds: truth.nullable().meta({ description: 'Whether its own condition holds; null: it is switched off.' }),
    value: truth.nullable().meta({ description: 'The same after its exclusive set was settled.' }),
    conditions: z.array(condition),
    exclusive_set: z.string().nullable(),
    winner: z.string().nullable().meta({
      description:
        'The mapping that settles the exclusive set: with `value` unknown, the one above of which nobody can say.',
    }),
  })
  .meta({ id: 'JudgedMapping' });

export const explanationBody = z
  .object({
    guild_id: snowflake,
    discord_id: snowflake,
    role_id: snowflake,
    role_name: z.string().nullable(),
    is_present: z.boolean().meta({ description: 'He has the role on Discord.' }),
    is_linked: z.boolean(),
    left_alone: z.enum(['bot', 'pending', 'bypass']).nullable().meta({ description: 'Why nothing of his is touched.' }),
    verdict: z.enum(['true', 'false', 'unknown', 'unmanaged']),
    mappings: z.array(judgedMapping).meta({ description: 'Every mapping that names the role.' }),
    grant: z
      .object({
        granted_at: instant,
        sync_id: z.string().nullable().meta({ description: 'null: found in place, or the run is no longer kept.' }),
        mapping_ids: z.array(z.string()),
        undesired_since: instant.nullable(),
        is_confirmed: z.boolean(),
      })
      .nullable()
      .meta({ description: 'That Rolewright gave it.' }),
    next_change: plannedChange.nullable().meta({ description: 'What the next sync would do about it.' }),
    block: z.object({ code: blockCode, mend: z.string() }).nullable(),
    kept: z
      .object({
        because: z.enum(['foreign', 'add_only', 'grace', 'unknown', 'suppressed']),
        until: instant.nullable(),
      })
      .nullable()
      .meta({ description: 'Why it stays as it is although no mapping gives it.' }),
    suppression: z
      .object({ reason: z.enum(['drift', 'fight', 'undo']), changed_by: z.string().nullable(), since: instant })
      .nullable()
      .meta({ description: 'It is left as it is until an admin syncs that member.' }),
    held_in: z.string().nullable().meta({ description: 'The run in which its removal waits for approval.' }),
    last_changes: z.array(changeBody).meta({ description: 'The newest first.' }),
  })
  .meta({ id: 'Explanation' });

export function explanationView(
  guildId: string,
  { explanation, switchedOff, heldIn, lastChanges }: WholeExplanation,
  roleName: string | null,
): z.input<typeof explanationBody> {
  const { grant, block, kept, roleId } = explanation;
  const suppression = kept?.suppression;
  return {
    guild_id: guildId,
    discord_id: explanation.discordId,
    role_id: roleId,
    role_name: roleName,
    is_present: explanation.isPresent,
    is_linked: explanation.isLinked,
    left_alone: explanation.leftAlone,
    verdict: explanation.verdict,
    mappings: [...explanation.mappings.map(judgedView), ...switchedOff.map(switchedOffView)],
    grant: grant && {
      granted_at: grant.grantedAt,
      sync_id: grant.runId,
      mapping_ids: [...grant.mappingIds],
      undesired_since: grant.undesiredSince,
      is_confirmed: grant.isConfirmed,
    },
    next_change: explanation.change && changeOf(explanation.change),
    block: block && { code: block, mend: mendOf(block, roleName ?? roleId) },
    kept: kept && { because: kept.because, until: kept.until },
    suppression: suppression
      ? { reason: suppression.reason, changed_by: suppression.changedBy, since: suppression.since }
      : null,
    held_in: heldIn,
    last_changes: lastChanges.map(changeView),
  };
}

function judgedView({ mapping, holds, value, checks, settledBy }: MappingVerdict): z.input<typeof judgedMapping> {
  const wins = mapping.exclusiveSet !== null && value === 'true';
  return {
    ...mappingView(mapping),
    holds,
    value,
    conditions: checks.map(conditionView),
    winner: settledBy?.id ?? (wins ? mapping.id : null),
  };
}

function switchedOffView(mapping: Mapping): z.input<typeof judgedMapping> {
  return { ...mappingView(mapping), holds: null, value: null, conditions: [], winner: null };
}

function mappingView(mapping: Mapping) {
  return {
    mapping_id: mapping.id,
    group_id: mapping.groupId,
    is_active: mapping.isActive,
    priority: mapping.priority,
    exclusive_set: mapping.exclusiveSet,
  };
}

type SeenGroup = Extract<Check, { kind: 'groups' }>['groups'][number];
const groupView = ({ groupId, isMember, asOf: at }: SeenGroup) => ({
  group_id: groupId,
  is_member: isMember,
  as_of: at,
});

function conditionView(check: Check): z.input<typeof condition> {
  const { value } = check;
  switch (check.kind) {
    case 'groups':
      return { kind: check.kind, value, require_all: check.requireAll, groups: check.groups.map(groupView) };
    case 'excluded_groups':
      return { kind: check.kind, value, groups: check.groups.map(groupView) };
    case 'character_count': {
      const { kind, min, max, count, isExact, asOf: at } = check;
      return { kind, value, min, max, count, is_exact: isExact, as_of: at };
    }
    case 'required_permission':
      return { kind: check.kind, value, permission: check.permission, as_of: check.asOf };
  }
}
