import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { needsSecondLook, type ShownWrite } from '../../src/core/write.ts';
import { planOf, worlds } from '../support/core-arbitraries.ts';
import { planInWords } from '../support/core-worlds.ts';

const nothing = { changes: [], ledger: [], restrain: [], lift: [] };
const busy: Readonly<Record<string, Partial<Parameters<typeof needsSecondLook>[0]>>> = {
  'a change': { changes: [{ action: 'add', roleId: 'r', reason: 'mapping_true', mappingIds: [] }] },
  'a note': { ledger: [{ edit: 'forget', roleId: 'r' }] },
  'a role to leave alone': { restrain: [{ roleId: 'r', because: 'respect' }] },
  'a role to leave alone no more': { lift: ['r'] },
};

function roles(...ids: string[]): ReadonlySet<string> {
  return new Set(ids);
}

describe('needsSecondLook', () => {
  it.each<{ name: string; seenBefore?: ReadonlySet<string>; shown?: Partial<ShownWrite>; isNeeded: boolean }>([
    { name: 'is not needed where nobody saw anything before', isNeeded: false },
    { name: 'is not needed where the same was seen before', seenBefore: roles('b', 'a'), isNeeded: false },
    { name: 'is needed where a role more was seen before', seenBefore: roles('a', 'b', 'c'), isNeeded: true },
    { name: 'is needed where a role less was seen before', seenBefore: roles('a'), isNeeded: true },
    { name: 'is needed where another role was seen before', seenBefore: roles('a', 'c'), isNeeded: true },
    { name: 'is needed where nothing was seen on him before', seenBefore: roles(), isNeeded: true },
    { name: 'is not needed where our last write showed nothing', shown: {}, isNeeded: false },
    { name: 'is not needed where what we gave is there', shown: { added: ['a', 'b'] }, isNeeded: false },
    { name: 'is needed where something that we gave is missing', shown: { added: ['a', 'c'] }, isNeeded: true },
    { name: 'is not needed where what we took is gone', shown: { removed: ['c', 'd'] }, isNeeded: false },
    { name: 'is needed where something that we took is there', shown: { removed: ['c', 'b'] }, isNeeded: true },
    {
      name: 'is needed where our write showed otherwise, though the same was seen before',
      seenBefore: roles('a', 'b'),
      shown: { added: ['c'] },
      isNeeded: true,
    },
    {
      name: 'is needed where something else was seen before, though our write showed the same',
      seenBefore: roles('a'),
      shown: { added: ['b'] },
      isNeeded: true,
    },
  ])('$name', ({ seenBefore = null, shown, isNeeded }) => {
    const known = { seenBefore, shown: shown ? { added: [], removed: [], ...shown } : null };
    for (const [what, parts] of Object.entries(busy)) {
      expect([what, needsSecondLook({ ...nothing, ...parts }, roles('a', 'b'), known)]).toEqual([what, isNeeded]);
    }
    expect(needsSecondLook(nothing, roles('a', 'b'), known)).toBe(false);
  });

  it('is never needed where the plan has nothing to do about roles, and never for what was just seen', () => {
    const someRoles = fc.subarray(['r', 's', 't', 'u']);
    const shown = fc.option(fc.record({ added: someRoles, removed: someRoles }));
    fc.assert(
      fc.property(worlds, fc.option(someRoles), shown, (world, before, written) => {
        const plan = planOf(world);
        const read = world.view.member.roleIds;
        const isIdle = planInWords(world.rules, world.view).every((line) => /^(kept|cannot|rename)/.test(line));
        const seenBefore = before && new Set(before);
        if (isIdle) expect(needsSecondLook(plan, read, { seenBefore, shown: written })).toBe(false);
        const agreed = { added: [...read], removed: [] };
        expect(needsSecondLook(plan, read, { seenBefore: new Set(read), shown: agreed })).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });
});
