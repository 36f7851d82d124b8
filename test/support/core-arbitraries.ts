import * as fc from 'fast-check';
import type { Facts, SourceAnswer } from '../../src/core/facts.ts';
import type { Conditions, Mapping } from '../../src/core/mapping.ts';
import { type GuildRules, type MemberPlan, type MemberView, planMember } from '../../src/core/plan.ts';
import { aGrant, aMapping, aMember, at, aView, factsOf, gone, known, NOW, silent, someRules } from './core-worlds.ts';

// Small alphabets, so that chance meets every overlap.
export const LOCAL_GROUPS = ['g', 'h', 'i'] as const;
export const HTTP_GROUPS = ['http:x', 'http:y'] as const;
export const ROLES = ['r', 's', 't'] as const;
const PERMISSIONS = ['fly', 'dock'] as const;

function answerOf(groupIds: readonly string[]): fc.Arbitrary<SourceAnswer> {
  return fc
    .record({
      groups: fc.subarray([...groupIds]),
      characters: fc.option(fc.nat(4), { nil: undefined }),
      permissions: fc.option(fc.subarray([...PERMISSIONS]), { nil: undefined }),
    })
    .map(({ groups, characters, permissions }) =>
      known(groups, { ...(characters === undefined ? {} : { characters }), ...(permissions ? { permissions } : {}) }),
    );
}

const localAnswers = answerOf(LOCAL_GROUPS);
const httpAnswers = fc.oneof({ arbitrary: answerOf(HTTP_GROUPS), weight: 4 }, fc.constant(gone()));

/** Facts in which every source has answered. */
export const completeFacts: fc.Arbitrary<Facts> = fc
  .record({ local: localAnswers, http: httpAnswers })
  .map((answers) => factsOf(answers));

/** Complete facts, and the same with some of the sources silent. */
export const factsAndLess: fc.Arbitrary<{ complete: Facts; partial: Facts }> = fc
  .record({ complete: completeFacts, silenced: fc.subarray(['local', 'http']) })
  .map(({ complete, silenced }) => ({
    complete,
    partial: new Map([...complete].map(([name, answer]) => [name, silenced.includes(name) ? silent(NOW) : answer])),
  }));

export const someFacts: fc.Arbitrary<Facts> = factsAndLess.map(({ partial }) => partial);

const anyGroup = fc.constantFrom<string>(...LOCAL_GROUPS, ...HTTP_GROUPS);
const fewGroups = fc.array(anyGroup, { maxLength: 2 });

const someConditions: fc.Arbitrary<Conditions> = fc.record({
  requireAll: fc.boolean(),
  groups: fewGroups,
  excludedGroups: fc.oneof({ arbitrary: fc.constant([]), weight: 2 }, fewGroups),
  characterCountMin: fc.option(fc.integer({ min: -1, max: 5 }), { freq: 2 }),
  characterCountMax: fc.option(fc.integer({ min: -1, max: 5 }), { freq: 2 }),
  requiredPermissions: fc.oneof({ arbitrary: fc.constant([]), weight: 2 }, fc.subarray([...PERMISSIONS])),
});

const mappingParts = fc.record({
  roleId: fc.constantFrom<string>(...ROLES),
  groupId: anyGroup,
  conditions: someConditions,
  priority: fc.integer({ min: 0, max: 2 }),
  exclusiveSet: fc.option(fc.constantFrom('rank', 'wing'), { nil: null }),
  onForeign: fc.constantFrom<Mapping['onForeign']>('keep', 'remove'),
  addOnly: fc.boolean(),
  graceSeconds: fc.constantFrom(0, 0, 60, 3600),
  isActive: fc.oneof({ arbitrary: fc.constant(true), weight: 7 }, fc.constant(false)),
  createdAt: fc.constantFrom(at(-3600), at(-7200)),
});

/** Mappings of one guild, each with an id of its own. */
export function someMappings(bounds: { minLength?: number; maxLength?: number } = {}): fc.Arbitrary<Mapping[]> {
  return fc
    .array(mappingParts, { minLength: 1, maxLength: 5, ...bounds })
    .map((all) => all.map((parts, index) => aMapping({ ...parts, id: `m${index}` })));
}

export interface World {
  rules: GuildRules;
  view: MemberView;
}

/** A guild's mappings and one member, with every kind of grant, block and silence. `u` is a role that no mapping names. */
export const worlds: fc.Arbitrary<World> = someMappings().chain((mappings) => {
  const roleIds = [...ROLES, 'u'];
  const ids = mappings.map(({ id }) => id);
  const grants = fc.record({
    mappingIds: fc.subarray(ids),
    undesiredSince: fc.constantFrom(null, null, at(-30), at(-7200)),
    isReleased: fc.boolean(),
  });
  return fc
    .record({
      unusable: fc.oneof({ arbitrary: fc.constant<string[]>([]), weight: 3 }, fc.subarray(ids)),
      blocked: fc.oneof({ arbitrary: fc.constant<string[]>([]), weight: 2 }, fc.subarray(roleIds)),
      facts: fc.oneof({ arbitrary: someFacts, weight: 5 }, fc.constant(null)),
      present: fc.subarray(roleIds),
      granted: fc.uniqueArray(fc.tuple(fc.constantFrom(...roleIds), grants), { selector: ([roleId]) => roleId }),
      isRejoin: fc.boolean(),
    })
    .map(({ unusable, blocked, facts, present, granted, isRejoin }) => ({
      rules: someRules(mappings, {
        unusable: new Set(unusable),
        blocks: new Map(blocked.map((roleId) => [roleId, 'role_above_bot'])),
      }),
      view: aView({
        member: aMember(present),
        facts,
        isRejoin,
        grants: granted.map(([roleId, grant]) => aGrant({ ...grant, roleId })),
      }),
    }));
});

/** The plan for a world at NOW. */
export function planOf({ rules, view }: World, now: Date = NOW): MemberPlan {
  return planMember(rules, view, now);
}
