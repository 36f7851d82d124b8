import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/core/facts.ts';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { planMember, type GuildRules, type MemberPlan } from '../../src/core/plan.ts';
import { decideRoles } from '../../src/core/verdict.ts';
import { spokenFacts, worlds } from '../support/core-arbitraries.ts';
import {
  aGuild,
  aMapping,
  aMember,
  aRole,
  at,
  aView,
  changesOf,
  factsOf,
  gone,
  inGroups,
  known,
  NOW,
  silent,
  someRules,
} from '../support/core-worlds.ts';

type Verdicts = MemberPlan['verdicts'];

/** As many different facts as are remembered for one guild. */
const REMEMBERED = 5000;

function verdictsOn(rules: GuildRules, facts: Facts | null): Verdicts {
  return planMember(rules, aView({ facts }), NOW).verdicts;
}

/** All that the verdicts say, the checks behind them with it. */
function said(verdicts: Verdicts) {
  return [...verdicts].map(([roleId, { value, mappings }]) => ({
    roleId,
    value,
    mappings: mappings.map(({ mapping, holds, checks, value: settled, settledBy }) => {
      return { id: mapping.id, holds, checks, settled, settledBy: settledBy?.id };
    }),
  }));
}

function freshly(rules: GuildRules, facts: Facts | null) {
  return said(decideRoles(rules.mappings, facts, rules.unusable, rules.blocks));
}

const picky = aMapping({
  conditions: {
    excludedGroups: ['http:x'],
    characterCountMin: 2,
    characterCountMax: 3,
    requiredPermissions: ['fly'],
  },
});
const pilot = { characters: 2, permissions: ['fly'] };

/** Alike but for one thing each. */
const unlike: readonly { name: string; facts: Facts | null; isGiven: boolean }[] = [
  { name: 'one who earns it', facts: factsOf({ local: known(['g'], pilot), http: known([]) }), isGiven: true },
  { name: 'another group', facts: factsOf({ local: known(['h'], pilot), http: known([]) }), isGiven: false },
  {
    name: 'an excluded group',
    facts: factsOf({ local: known(['g'], pilot), http: known(['http:x']) }),
    isGiven: false,
  },
  {
    name: 'too few characters',
    facts: factsOf({ local: known(['g'], { ...pilot, characters: 1 }), http: known([]) }),
    isGiven: false,
  },
  {
    name: 'characters of two sources',
    facts: factsOf({ local: known(['g'], pilot), http: known([], { characters: 2 }) }),
    isGiven: false,
  },
  {
    name: 'another permission',
    facts: factsOf({ local: known(['g'], { ...pilot, permissions: ['dock'] }), http: known([]) }),
    isGiven: false,
  },
  {
    name: 'no permissions',
    facts: factsOf({ local: known(['g'], { characters: 2 }), http: known([]) }),
    isGiven: false,
  },
  {
    name: 'an older answer',
    facts: factsOf({ local: known(['g'], { ...pilot, asOf: at(-60) }), http: known([]) }),
    isGiven: true,
  },
  { name: 'a silent source', facts: factsOf({ local: known(['g'], pilot), http: silent(NOW) }), isGiven: false },
  { name: 'a source that forgot him', facts: factsOf({ local: known(['g'], pilot), http: gone() }), isGiven: true },
  { name: 'a source that never spoke', facts: factsOf({ local: known(['g'], pilot) }), isGiven: false },
  { name: 'no source that ever spoke', facts: new Map(), isGiven: false },
  { name: 'no link', facts: null, isGiven: false },
];

describe('the verdicts that are remembered for a guild', () => {
  it.each(unlike)('are not mixed up by $name', ({ facts, isGiven }) => {
    const rules = someRules([picky]);
    for (const other of unlike) verdictsOn(rules, other.facts);
    expect(changesOf(planMember(rules, aView({ facts }), NOW))).toEqual(isGiven ? ['add r'] : []);
    expect(said(verdictsOn(rules, facts))).toEqual(freshly(rules, facts));
  });

  it('tell everybody how old his own facts are', () => {
    const rules = someRules([aMapping()]);
    const ages = [at(0), at(-60), at(-7200)];
    for (const asOf of [...ages, ...ages]) {
      const [verdict] = verdictsOn(rules, factsOf({ local: known(['g'], { asOf }) })).values();
      expect(verdict?.mappings[0]?.checks).toMatchObject([{ groups: [{ asOf }] }]);
    }
  });

  it('are what each member would be told alone, for any guild and any members in any order', () => {
    fc.assert(
      fc.property(worlds, fc.array(fc.option(spokenFacts), { maxLength: 12 }), ({ rules, view }, others) => {
        const everybody = [view.facts, ...others];
        for (const facts of [...everybody, ...everybody.toReversed()]) {
          const { verdicts } = planMember(rules, { ...view, facts }, NOW);
          expect(said(verdicts)).toEqual(freshly(rules, facts));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('are shared by whoever has the same facts, whatever else is different about them', () => {
    const rules = someRules([aMapping()]);
    const first = planMember(rules, aView({ facts: inGroups('g', 'h') }), NOW);
    const other = aView({ facts: inGroups('h', 'g'), member: aMember(['r'], { discordId: 'other', name: 'Ann' }) });
    const second = planMember(rules, other, at(60));
    expect(second.verdicts).toBe(first.verdicts);
    expect([changesOf(first), changesOf(second)]).toEqual([['add r'], []]);
  });

  it('name nobody by the name of another, though he has the same groups', () => {
    const bot = { permissions: PERMISSIONS.manageNicknames, roleIds: ['bot'] };
    const guild = aGuild([aRole({ id: 'bot', position: 9 })], bot);
    const rules = someRules([aMapping()], { guild, nicknameTemplate: '{name}' });
    const nicks = ['Ann', 'Eve', 'Ann'].map(
      (name) => planMember(rules, aView({ facts: factsOf({ local: known(['g'], { name }) }) }), NOW).nick,
    );
    expect(nicks).toEqual(['Ann', 'Eve', 'Ann']);
  });

  it('are those of these rules alone', () => {
    const facts = inGroups('g');
    const rules = someRules([aMapping()]);
    const values = [
      rules,
      { ...rules, mappings: [aMapping({ groupId: 'h' })] },
      { ...rules, unusable: new Set(['m']) },
      { ...rules },
    ].map((one) => verdictsOn(one, facts).get('r')?.value);
    expect(values).toEqual(['true', 'false', 'unknown', 'true']);
  });

  it('are right for everybody in a guild with more different facts than are remembered', () => {
    const rules = someRules([
      picky,
      aMapping({ id: 'h', roleId: 's', groupId: 'h', exclusiveSet: 'rank', priority: 1 }),
      aMapping({ id: 'i', roleId: 't', groupId: 'i', exclusiveSet: 'rank' }),
    ]);
    const everybody = Array.from({ length: REMEMBERED + 1000 }, (_, index): Facts | null =>
      index === REMEMBERED + 500 ? null : manifold(index),
    );
    for (const facts of everybody) verdictsOn(rules, facts);
    const confused = everybody.filter(
      (facts) => JSON.stringify(said(verdictsOn(rules, facts))) !== JSON.stringify(freshly(rules, facts)),
    );
    expect(confused).toEqual([]);
  });

  it('are those of the first 5,000 different facts, and no more', () => {
    const rules = someRules([aMapping()]);
    const isShared = (index: number) => verdictsOn(rules, aged(index)) === verdictsOn(rules, aged(index));
    const shared = Array.from({ length: REMEMBERED + 2 }, (_, index) => index).filter(isShared);
    expect(shared).toHaveLength(REMEMBERED);
    expect([shared.at(0), shared.at(-1)]).toEqual([0, REMEMBERED - 1]);
    expect(isShared(0)).toBe(true);
  });
});

/** Facts that differ from those of every other index in their age alone. */
function aged(index: number): Facts {
  return factsOf({ local: known(['g'], { asOf: at(-index) }) });
}

/** Facts that differ from those of every other index, in one way or another. */
function manifold(index: number): Facts {
  const bit = (place: number) => Math.floor(index / 2 ** place) % 2 === 1;
  const groups = ['g', 'h', 'i'].filter((_, place) => bit(place));
  const permissions = bit(3) ? ['fly'] : ['dock'];
  const http = bit(4) ? known(bit(5) ? ['http:x'] : []) : bit(5) ? gone() : silent(NOW);
  const characters = Math.floor(index / 64) % 5;
  return factsOf({ local: known(groups, { characters, permissions, asOf: at(-Math.floor(index / 320)) }), http });
}
