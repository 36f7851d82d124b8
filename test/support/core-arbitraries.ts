import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { Facts, SourceAnswer } from '../../src/core/facts.ts';
import type { Grant } from '../../src/core/grant.ts';
import type { Conditions, Mapping } from '../../src/core/mapping.ts';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { type GuildRules, type MemberPlan, type MemberView, planMember } from '../../src/core/plan.ts';
import type { Suppression } from '../../src/core/suppression.ts';
import {
  afterwards,
  aGrant,
  aGuild,
  aMapping,
  aMember,
  aRole,
  aSuppression,
  at,
  aView,
  factsOf,
  gone,
  known,
  NOW,
  silent,
  someRules,
  suppressing,
} from './core-worlds.ts';

// Small alphabets, so that chance meets every overlap.
export const LOCAL_GROUPS = ['g', 'h', 'i'] as const;
export const HTTP_GROUPS = ['http:x', 'http:y'] as const;
export const ROLES = ['r', 's', 't'] as const;
const FACT_PERMISSIONS = ['fly', 'dock'] as const;

function answerOf(groupIds: readonly string[]): fc.Arbitrary<SourceAnswer> {
  return fc
    .record({
      groups: fc.subarray([...groupIds]),
      characters: fc.option(fc.nat(4), { nil: undefined }),
      permissions: fc.option(fc.subarray([...FACT_PERMISSIONS]), { nil: undefined }),
      name: fc.constantFrom(undefined, undefined, 'Ann', ''),
      ticker: fc.constantFrom(undefined, 'CORP'),
    })
    .map(({ groups, characters, permissions, name, ticker }) =>
      known(groups, {
        ...(characters === undefined ? {} : { characters }),
        ...(permissions && { permissions }),
        ...(name === undefined ? {} : { name }),
        ...(ticker === undefined ? {} : { ticker }),
      }),
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

// Names that would run into each other if they were just put side by side.
const oddNames = fc.subarray(['g', 'h', 'g,h', 'g","h', '[]', 'null'], { maxLength: 2 });
const ages = fc.constantFrom(NOW, at(-60));

/** What one source says, of any kind and age: far apart in what it means, and as alike as can be. */
const agedAnswers: fc.Arbitrary<SourceAnswer> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({ groups: oddNames, asOf: ages, counted: fc.constantFrom({}, { characters: 0 }, { characters: 1 }) })
      .chain(({ groups, asOf, counted }) =>
        fc
          .option(oddNames, { freq: 2, nil: undefined })
          .map((permissions) => known(groups, { asOf, ...counted, ...(permissions && { permissions }) })),
      ),
  },
  ages.map(gone),
  fc.constantFrom(null, NOW, at(-60)).map(silent),
);

/** Facts of any kind and age, of none to two sources. */
export const agedFacts: fc.Arbitrary<Facts> = fc
  .record({ local: fc.option(agedAnswers, { nil: undefined }), http: fc.option(agedAnswers, { nil: undefined }) })
  .map(({ local, http }) => factsOf({ ...(local && { local }), ...(http && { http }) }));

/** Facts of any kind and age that speak of the groups and permissions of `someMappings`, of none to two sources. */
export const spokenFacts: fc.Arbitrary<Facts> = fc
  .record({ facts: someFacts, local: ages, http: ages, sources: fc.subarray(['local', 'http']) })
  .map(({ facts, sources, ...asOf }) => {
    const spoken = [...facts].filter(([source]) => sources.includes(source));
    return new Map(
      spoken.map(([source, answer]) => [source, { ...answer, asOf: source === 'local' ? asOf.local : asOf.http }]),
    );
  });

const anyGroup = fc.constantFrom<string>(...LOCAL_GROUPS, ...HTTP_GROUPS);
const fewGroups = fc.array(anyGroup, { maxLength: 2 });

const someConditions: fc.Arbitrary<Conditions> = fc.record({
  requireAll: fc.boolean(),
  groups: fewGroups,
  excludedGroups: fc.oneof({ arbitrary: fc.constant([]), weight: 2 }, fewGroups),
  characterCountMin: fc.option(fc.integer({ min: -1, max: 5 }), { freq: 2 }),
  characterCountMax: fc.option(fc.integer({ min: -1, max: 5 }), { freq: 2 }),
  requiredPermissions: fc.oneof({ arbitrary: fc.constant([]), weight: 2 }, fc.subarray([...FACT_PERMISSIONS])),
});

const mappingParts = fc.record({
  roleId: fc.constantFrom<string>(...ROLES),
  groupId: anyGroup,
  conditions: someConditions,
  priority: fc.integer({ min: 0, max: 2 }),
  exclusiveSet: fc.option(fc.constantFrom('rank', 'wing'), { nil: null }),
  onForeign: fc.constantFrom<Mapping['onForeign']>('keep', 'remove'),
  onDrift: fc.constantFrom<Mapping['onDrift']>('revert', 'respect', 'alert'),
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

const LONG_AGO = at(-86_400);
/** Before it he may have been away; what was granted later was granted to him as he is here now. */
const JOINED = at(-300);

const someGrant = (ids: readonly string[]) =>
  fc.record({
    mappingIds: fc.subarray([...ids]),
    grantedAt: fc.constantFrom(LONG_AGO, at(-60)),
    undesiredSince: fc.constantFrom(null, null, at(-30), at(-7200)),
    isReleased: fc.boolean(),
    isConfirmed: fc.oneof({ arbitrary: fc.constant(true), weight: 4 }, fc.constant(false)),
  });

/** By role; each role once or not at all. */
function byRole<T>(roleIds: readonly string[], value: fc.Arbitrary<T>): fc.Arbitrary<[string, T][]> {
  return fc.uniqueArray(fc.tuple(fc.constantFrom(...roleIds), value), { selector: ([roleId]) => roleId });
}

/** The bot stands above all roles that members of these worlds have, and may rename. */
const guild = aGuild([aRole({ id: 'bot', position: 9 })], {
  permissions: PERMISSIONS.manageNicknames,
  roleIds: ['bot'],
});

/** A guild's mappings and one member, with every kind of grant, block and silence. `u` is a role that no mapping names. */
export const worlds: fc.Arbitrary<World> = someMappings().chain((mappings) => {
  const roleIds = [...ROLES, 'u'];
  const ids = mappings.map(({ id }) => id);
  return fc
    .record({
      unusable: fc.oneof({ arbitrary: fc.constant<string[]>([]), weight: 3 }, fc.subarray(ids)),
      blocked: fc.oneof({ arbitrary: fc.constant<string[]>([]), weight: 2 }, fc.subarray(roleIds)),
      removeRolesOnLeave: fc.boolean(),
      nicknameTemplate: fc.constantFrom('', '{name}', '[{ticker}] {name}'),
      facts: fc.oneof({ arbitrary: someFacts, weight: 5 }, fc.constant(null)),
      present: fc.subarray(roleIds),
      nick: fc.constantFrom(null, 'Ann', '[CORP] Ann'),
      granted: byRole(roleIds, someGrant(ids)),
      joinedAt: fc.constantFrom(null, at(-100_000), JOINED),
      isRejoin: fc.oneof({ arbitrary: fc.constant(false), weight: 4 }, fc.constant(true)),
      suppressed: fc.oneof(
        { arbitrary: fc.constant<[string, Suppression['reason']][]>([]), weight: 2 },
        byRole(roleIds, fc.constantFrom<Suppression['reason']>('drift', 'fight', 'undo')),
      ),
      flips: byRole(roleIds, fc.integer({ min: 1, max: 4 })),
      isAsked: fc.oneof({ arbitrary: fc.constant(false), weight: 3 }, fc.constant(true)),
    })
    .map(({ unusable, blocked, facts, present, nick, joinedAt, granted, suppressed, flips, ...one }) => ({
      rules: someRules(mappings, {
        guild,
        unusable: new Set(unusable),
        blocks: new Map(blocked.map((roleId) => [roleId, 'role_above_bot'])),
        removeRolesOnLeave: one.removeRolesOnLeave,
        nicknameTemplate: one.nicknameTemplate,
      }),
      view: aView({
        // Who has just come back joined now.
        member: aMember(present, { nick, joinedAt: one.isRejoin ? NOW : joinedAt }),
        facts,
        isRejoin: one.isRejoin,
        isAsked: one.isAsked,
        grants: granted.map(([roleId, grant]) => aGrant({ ...grant, roleId })),
        suppressed: suppressing(...suppressed.map(([roleId, reason]) => aSuppression({ roleId, reason }))),
        flips: new Map(flips),
      }),
    }));
});

/** A world in which nobody came back, nothing was left alone, nobody changed anything by hand, and no one is renamed. */
export const calmWorlds: fc.Arbitrary<World> = worlds.map(({ rules, view }) => {
  const member = { ...view.member, joinedAt: at(-100_000) };
  const calm = { ...view, member, isRejoin: false, isAsked: false, suppressed: new Map(), flips: new Map() };
  const isDrifted = ({ roleId, isConfirmed }: Grant) => isConfirmed && !member.roleIds.has(roleId);
  const grants = new Map([...view.grants].filter(([, grant]) => !isDrifted(grant)));
  return { rules: { ...rules, nicknameTemplate: '' }, view: { ...calm, grants } };
});

/** The plan for a world at NOW. */
export function planOf({ rules, view }: World, now: Date = NOW): MemberPlan {
  return planMember(rules, view, now);
}

/** The same world, all of whose mappings have this in common. */
export function withAll({ rules, view }: World, parts: Partial<Mapping>): World {
  return { rules: { ...rules, mappings: rules.mappings.map((mapping) => ({ ...mapping, ...parts })) }, view };
}

/** Follows the plan: what is the world like then? */
export function settle({ rules, view }: World, now: Date = NOW): World {
  return { rules, view: afterwards(view, planOf({ rules, view }, now), now) };
}

export function expectNothingToDo(world: World, now: Date = NOW): void {
  const { changes, ledger, restrain, lift, nick } = planOf(world, now);
  expect({ changes, ledger, restrain, lift, nick }).toEqual({
    changes: [],
    ledger: [],
    restrain: [],
    lift: [],
    nick: null,
  });
}
