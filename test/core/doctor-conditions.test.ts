import { describe, expect, it } from 'vitest';
import { examineMapping, isNeverTrue, saysTheSame, type Finding } from '../../src/core/doctor.ts';
import type { Conditions, Mapping } from '../../src/core/mapping.ts';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { aGuild, aMapping, aRole, at } from '../support/core-worlds.ts';

const roles = [
  aRole({ id: '301', position: 1 }),
  aRole({ id: '306', position: 1 }),
  aRole({ id: '302', name: 'Rolewright', position: 2 }),
];
const guild = aGuild(roles, { permissions: PERMISSIONS.manageRoles, roleIds: ['302'] });

function codesOf(mapping: Mapping, mappings: readonly Mapping[]): Finding['code'][] {
  return examineMapping(mapping, { guild, mappings, groupExists: () => true }).map(({ code }) => code);
}

function isShadowed(mapping: Mapping, other: Mapping): boolean {
  return codesOf(mapping, [mapping, other]).includes('shadowed');
}

describe('shadowed', () => {
  const low = aMapping({ id: 'low', roleId: '301', exclusiveSet: 'rank', priority: 1, createdAt: at(0) });
  const high = { ...low, id: 'high', roleId: '306', priority: 2 };

  it.each([
    { name: 'a higher one of the same conditions always wins', other: high, isFound: true },
    { name: 'an inactive one wins nothing', other: { ...high, isActive: false }, isFound: false },
    { name: 'a lower one does not', other: { ...high, priority: 0 }, isFound: false },
    {
      name: 'an older one of equal priority does',
      other: { ...high, priority: 1, createdAt: at(-1) },
      isFound: true,
    },
    {
      name: 'a younger one of equal priority does not',
      other: { ...high, priority: 1, createdAt: at(1) },
      isFound: false,
    },
    { name: 'at equal age the id decides, as it does in the sync', other: { ...high, priority: 1 }, isFound: true },
    { name: 'and so it does the other way', other: { ...high, id: 'zero', priority: 1 }, isFound: false },
    { name: 'a higher but younger one does', other: { ...high, createdAt: at(1) }, isFound: true },
    { name: 'a lower but older one does not', other: { ...high, priority: 0, createdAt: at(-1) }, isFound: false },
    { name: 'one of another set does not', other: { ...high, exclusiveSet: 'wing' }, isFound: false },
    { name: 'one for other people does not', other: { ...high, groupId: 'h' }, isFound: false },
    {
      name: 'a wider one does',
      other: { ...high, conditions: { ...high.conditions, groups: ['h'] } },
      isFound: true,
    },
  ])('$name', ({ other, isFound }) => expect(isShadowed(low, other)).toBe(isFound));

  it('there is nothing to win without a set', () => {
    expect(isShadowed({ ...low, exclusiveSet: null }, { ...high, exclusiveSet: null })).toBe(false);
  });
});

it('a mapping is not compared with its own stored version', () => {
  const edited = aMapping({ roleId: '301', exclusiveSet: 'rank', priority: 1 });
  const stored = { ...edited, priority: 2, createdAt: at(-1) };
  expect(codesOf(edited, [stored])).toEqual([]);
  expect(codesOf({ ...edited, priority: 2 }, [stored])).toEqual([]);
});

describe('duplicate', () => {
  const older = aMapping({ id: 'older', roleId: '301', createdAt: at(-1) });
  const younger = { ...older, id: 'younger', createdAt: at(0) };
  it.each([
    { name: 'is the younger of two that say the same', one: younger, other: older, isFound: true },
    { name: 'is not the older one', one: older, other: younger, isFound: false },
    { name: 'is not so for another role', one: younger, other: { ...older, roleId: '306' }, isFound: false },
    { name: 'is not so in another set', one: younger, other: { ...older, exclusiveSet: 'rank' }, isFound: false },
    {
      name: 'is not so at another priority of a set: it may beat what the other does not',
      one: { ...younger, exclusiveSet: 'rank', priority: 1 },
      other: { ...older, exclusiveSet: 'rank' },
      isFound: false,
    },
    {
      name: 'is so at another priority, where nothing is to beat',
      one: { ...younger, priority: 1 },
      other: older,
      isFound: true,
    },
    {
      name: 'is not so while the other is inactive',
      one: younger,
      other: { ...older, isActive: false },
      isFound: false,
    },
    {
      name: 'is not so for a wider one',
      one: younger,
      other: { ...older, conditions: { ...older.conditions, groups: ['h'] } },
      isFound: false,
    },
    {
      name: 'is not so for a narrower one',
      one: { ...younger, conditions: { ...older.conditions, groups: ['h'] } },
      other: older,
      isFound: false,
    },
  ])('$name', ({ one, other, isFound }) => {
    expect(codesOf(one, [one, other])).toEqual(isFound ? ['duplicate'] : []);
  });
});

describe('isNeverTrue', () => {
  it.each<{ name: string; conditions: Partial<Conditions>; isNever: boolean }>([
    { name: 'no: no conditions', conditions: {}, isNever: false },
    { name: 'yes: its only group is excluded', conditions: { excludedGroups: ['g'] }, isNever: true },
    { name: 'no: another group is left', conditions: { groups: ['h'], excludedGroups: ['g'] }, isNever: false },
    { name: 'yes: every group is excluded', conditions: { groups: ['h'], excludedGroups: ['h', 'g'] }, isNever: true },
    {
      name: 'yes: all are required and one is excluded',
      conditions: { requireAll: true, groups: ['h'], excludedGroups: ['h'] },
      isNever: true,
    },
    { name: 'no: an exact count', conditions: { characterCountMin: 2, characterCountMax: 2 }, isNever: false },
    { name: 'yes: the bounds cross', conditions: { characterCountMin: 3, characterCountMax: 2 }, isNever: true },
    { name: 'no: none at all is a count', conditions: { characterCountMax: 0 }, isNever: false },
    { name: 'yes: less than none', conditions: { characterCountMax: -1 }, isNever: true },
    {
      name: 'yes: less than none, whatever the lower bound',
      conditions: { characterCountMin: -2, characterCountMax: -1 },
      isNever: true,
    },
  ])('$name', ({ conditions, isNever }) => expect(isNeverTrue(aMapping({ conditions }))).toBe(isNever));
});

function same(a: Partial<Conditions>, b: Partial<Conditions>): boolean {
  return saysTheSame(aMapping({ conditions: a }), aMapping({ conditions: b }));
}

describe('saysTheSame', () => {
  it.each<{ name: string; a: Partial<Conditions>; b: Partial<Conditions>; isSame: boolean }>([
    { name: 'nothing and nothing', a: {}, b: {}, isSame: true },
    {
      name: 'the same groups in another order',
      a: { groups: ['h', 'i'] },
      b: { groups: ['i', 'h', 'g'] },
      isSame: true,
    },
    { name: 'all of one group and any of it', a: { requireAll: true, groups: ['g'] }, b: {}, isSame: true },
    {
      name: 'all of two groups and any of them',
      a: { requireAll: true, groups: ['h'] },
      b: { groups: ['h'] },
      isSame: false,
    },
    {
      name: 'all of two groups, both times',
      a: { requireAll: true, groups: ['h'] },
      b: { requireAll: true, groups: ['h', 'g'] },
      isSame: true,
    },
    {
      name: 'all of two and all of three groups',
      a: { requireAll: true, groups: ['h'] },
      b: { requireAll: true, groups: ['h', 'i'] },
      isSame: false,
    },
    { name: 'other excluded groups', a: { excludedGroups: ['h'] }, b: {}, isSame: false },
    {
      name: 'the same excluded groups',
      a: { excludedGroups: ['h', 'i'] },
      b: { excludedGroups: ['i', 'h'] },
      isSame: true,
    },
    { name: 'other permissions', a: { requiredPermissions: ['fly'] }, b: {}, isSame: false },
    {
      name: 'the same permissions',
      a: { requiredPermissions: ['fly'] },
      b: { requiredPermissions: ['fly'] },
      isSame: true,
    },
    { name: 'other lower bounds', a: { characterCountMin: 1 }, b: { characterCountMin: 2 }, isSame: false },
    { name: 'a lower bound of none and no lower bound', a: { characterCountMin: 0 }, b: {}, isSame: true },
    { name: 'other upper bounds', a: { characterCountMax: 1 }, b: {}, isSame: false },
    {
      name: 'the same bounds',
      a: { characterCountMin: 1, characterCountMax: 2 },
      b: { characterCountMin: 1, characterCountMax: 2 },
      isSame: true,
    },
  ])('$name: $isSame', ({ a, b, isSame }) => {
    expect(same(a, b)).toBe(isSame);
    expect(same(b, a)).toBe(isSame);
  });
});
