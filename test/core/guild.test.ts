import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareRoles, highestRole, standsBelow } from '../../src/core/guild.ts';
import { aGuild, aRole, GUILD_ID } from '../support/core-worlds.ts';

describe('compareRoles', () => {
  it.each([
    { name: 'the higher position is above', a: { id: '5', position: 2 }, b: { id: '4', position: 1 }, sign: 1 },
    { name: 'the lower position is below', a: { id: '4', position: 1 }, b: { id: '5', position: 2 }, sign: -1 },
    {
      name: 'at equal position the lower id is above',
      a: { id: '4', position: 1 },
      b: { id: '5', position: 1 },
      sign: 1,
    },
    {
      name: 'at equal position the higher id is below',
      a: { id: '5', position: 1 },
      b: { id: '4', position: 1 },
      sign: -1,
    },
    { name: 'ids are numbers, not words', a: { id: '99', position: 1 }, b: { id: '100', position: 1 }, sign: 1 },
    {
      name: 'a role is neither above nor below itself',
      a: { id: '4', position: 1 },
      b: { id: '4', position: 1 },
      sign: 0,
    },
  ])('$name', ({ a, b, sign }) => expect(Math.sign(compareRoles(a, b))).toBe(sign));

  it('is one order: no ties between two roles, no circles', () => {
    const role = fc.record({ id: fc.constantFrom('98', '99', '100'), position: fc.nat(2) });
    fc.assert(
      fc.property(role, role, role, (a, b, c) => {
        expect(Math.sign(compareRoles(a, b))).toBe(0 - Math.sign(compareRoles(b, a)));
        if (a.id !== b.id) expect(compareRoles(a, b)).not.toBe(0);
        if (compareRoles(a, b) > 0 && compareRoles(b, c) > 0) expect(compareRoles(a, c)).toBeGreaterThan(0);
      }),
    );
  });
});

describe('highestRole', () => {
  const guild = aGuild([aRole({ id: '301', position: 1 }), aRole({ id: '302', position: 2 })]);
  it.each([
    { name: 'is the highest of several, when it comes last', roleIds: ['301', '302'], highest: '302' },
    { name: 'is the highest of several, when it comes first', roleIds: ['302', '301'], highest: '302' },
    { name: 'is @everyone for somebody without roles', roleIds: [], highest: GUILD_ID },
    { name: 'passes over roles that no longer exist', roleIds: ['999', '301'], highest: '301' },
  ])('$name', ({ roleIds, highest }) => expect(highestRole(guild, roleIds)?.id).toBe(highest));

  it('is nobody while the roles of the guild are not known', () => {
    expect(highestRole({ id: GUILD_ID, roles: new Map() }, ['301'])).toBeNull();
  });

  it('is the highest of those that are known, @everyone or not', () => {
    const role = aRole({ id: '301' });
    expect(highestRole({ id: GUILD_ID, roles: new Map([['301', role]]) }, ['301'])).toEqual(role);
  });
});

describe('standsBelow', () => {
  const own = aRole({ id: '302', position: 2 });
  const guild = aGuild([aRole({ id: '301', position: 1 }), own, aRole({ id: '303', position: 3 })]);
  it.each([
    { name: 'a lower role does', role: aRole({ id: '301', position: 1 }), isBelow: true },
    { name: 'the same role does not', role: own, isBelow: false },
    { name: 'a higher role does not', role: aRole({ id: '303', position: 3 }), isBelow: false },
  ])('$name', ({ role, isBelow }) => expect(standsBelow(guild, role, ['302'])).toBe(isBelow));

  it('nothing does while the roles of the guild are not known', () => {
    expect(standsBelow({ id: GUILD_ID, roles: new Map() }, own, ['302'])).toBe(false);
  });
});
