import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LedgerEdit, PlannedChange, Restraint } from '../../src/core/plan.ts';
import { bucketsFor, needsFreshLook, planWrite, type SeenIn, type Write } from '../../src/core/write.ts';

type Step = Pick<PlannedChange, 'action' | 'roleId'>;

/** `+a -b` as changes. */
function steps(words: string): Step[] {
  return words
    .split(' ')
    .filter(Boolean)
    .map((word) => ({ action: word.startsWith('+') ? 'add' : 'remove', roleId: word.slice(1) }));
}

describe('planWrite', () => {
  it.each<{ name: string; changes: string; nick?: string; current: string[]; via?: 'role' | 'member'; write: Write }>([
    { name: 'needs no call for nothing', changes: '', current: ['a'], write: { call: 'none' } },
    { name: 'puts a single role', changes: '+b', current: ['a'], write: { call: 'put', roleId: 'b' } },
    { name: 'deletes a single role', changes: '-a', current: ['a', 'b'], write: { call: 'delete', roleId: 'a' } },
    {
      name: 'gives a single role in a list where that bucket has the place',
      changes: '+b',
      current: ['a'],
      via: 'member',
      write: { call: 'patch', roleIds: ['a', 'b'], nick: null },
    },
    {
      name: 'takes a single role in a list where that bucket has the place',
      changes: '-a',
      current: ['a', 'b'],
      via: 'member',
      write: { call: 'patch', roleIds: ['b'], nick: null },
    },
    {
      name: 'writes the whole list for several',
      changes: '+c -a',
      current: ['a', 'b'],
      write: { call: 'patch', roleIds: ['b', 'c'], nick: null },
    },
    {
      name: 'can take the last role',
      changes: '-a -b',
      current: ['a', 'b'],
      write: { call: 'patch', roleIds: [], nick: null },
    },
    {
      name: 'keeps what somebody else gave meanwhile',
      changes: '+b +c',
      current: ['new'],
      write: { call: 'patch', roleIds: ['new', 'b', 'c'], nick: null },
    },
    {
      name: 'leaves out what is so already',
      changes: '+a -b',
      current: ['a', 'b'],
      write: { call: 'delete', roleId: 'b' },
    },
    { name: 'needs no call when all is so already', changes: '+a -b', current: ['a'], write: { call: 'none' } },
    {
      name: 'needs no call then in the other bucket either',
      changes: '+a',
      current: ['a'],
      via: 'member',
      write: { call: 'none' },
    },
    {
      name: 'renames without a word about roles',
      changes: '',
      nick: 'Bob',
      current: ['a'],
      write: { call: 'patch', roleIds: null, nick: 'Bob' },
    },
    {
      name: 'says nothing about roles that are so already when it renames',
      changes: '+a -b',
      nick: 'Bob',
      current: ['a'],
      write: { call: 'patch', roleIds: null, nick: 'Bob' },
    },
    {
      name: 'renames and gives a role in one call',
      changes: '+b',
      nick: 'Bob',
      current: ['a'],
      write: { call: 'patch', roleIds: ['a', 'b'], nick: 'Bob' },
    },
    {
      name: 'takes a name away',
      changes: '',
      nick: '',
      current: [],
      write: { call: 'patch', roleIds: null, nick: '' },
    },
  ])('$name', ({ changes, nick, current, via, write }) => {
    expect(planWrite({ changes: steps(changes), nick: nick ?? null }, new Set(current), via)).toEqual(write);
  });

  it('leads to exactly what the changes say and keeps all the rest, for any changes', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const step = fc.record({
      action: fc.constantFrom<Step['action']>('add', 'remove'),
      roleId: fc.constantFrom(...ids),
    });
    const plans = fc.record({
      changes: fc.uniqueArray(step, { selector: ({ roleId }) => roleId }),
      nick: fc.constantFrom(null, null, 'Bob'),
    });
    const vias = fc.constantFrom(undefined, 'role' as const, 'member' as const);
    fc.assert(
      fc.property(plans, fc.subarray([...ids, 'x', 'y']), vias, ({ changes, nick }, present, via) => {
        const current = new Set(present);
        const write = planWrite({ changes, nick }, current, via);
        const named = new Map(changes.map(({ action, roleId }) => [roleId, action]));
        const expected = [...ids, 'x', 'y'].filter(
          (id) => (named.get(id) ?? (current.has(id) ? 'add' : 'remove')) === 'add',
        );
        expect(after(write, current).toSorted()).toEqual(expected);
        expect(current).toEqual(new Set(present));
        const open = changes.filter(({ action, roleId }) => current.has(roleId) === (action === 'remove')).length;
        expect(write.call === 'none').toBe(open === 0 && nick === null);
        expect(write.call === 'patch').toBe(open > 1 || nick !== null || (open === 1 && via === 'member'));
        if (write.call === 'patch') expect([write.nick, write.roleIds === null]).toEqual([nick, open === 0]);
      }),
      { numRuns: 2000 },
    );
  });
});

/** The member's roles after the call; a list that names a role twice is refused by Discord. */
function after(write: Write, current: ReadonlySet<string>): string[] {
  switch (write.call) {
    case 'none':
      return [...current];
    case 'put':
      return [...current, write.roleId];
    case 'delete':
      return [...current].filter((id) => id !== write.roleId);
    case 'patch':
      return write.roleIds ?? [...current];
  }
}

function change(action: PlannedChange['action'], roleId: string): PlannedChange {
  return { action, roleId, reason: action === 'add' ? 'mapping_true' : 'mapping_false', mappingIds: ['m'] };
}

describe('bucketsFor', () => {
  it.each([
    { name: 'nothing needs none', changes: [], nick: null, buckets: [] },
    { name: 'one role goes through either', changes: [change('add', 'a')], nick: null, buckets: ['role', 'member'] },
    {
      name: 'a list goes through one alone',
      changes: [change('add', 'a'), change('remove', 'b')],
      nick: null,
      buckets: ['member'],
    },
    { name: 'so does a name', changes: [], nick: 'Bob', buckets: ['member'] },
    { name: 'so does a name with a role', changes: [change('add', 'a')], nick: 'Bob', buckets: ['member'] },
  ])('$name', ({ changes, nick, buckets }) => {
    expect(bucketsFor({ changes, nick })).toEqual(buckets);
  });
});

describe('needsFreshLook', () => {
  const add = change('add', 'a');
  const remove = change('remove', 'b');
  const save: LedgerEdit = { edit: 'save', roleId: 'c', mappingIds: ['m'], undesiredSince: null, why: 'adopted' };
  const forget: LedgerEdit = { edit: 'forget', roleId: 'd' };
  const restraint: Restraint = { roleId: 'r', because: 'respect' };

  interface Situation {
    name: string;
    changes?: PlannedChange[];
    ledger?: LedgerEdit[];
    restrain?: Restraint[];
    lift?: string[];
    nick?: string;
    event: boolean;
    join: boolean;
    page: boolean;
    oldPage: boolean;
  }

  const always = { event: true, join: true, page: true, oldPage: true };

  it.each<Situation>([
    { name: 'nothing to do', event: false, join: false, page: false, oldPage: false },
    { name: 'one role to give', changes: [add], event: true, join: false, page: false, oldPage: true },
    {
      name: 'one role to give back',
      changes: [{ ...add, reason: 'given_back_on_rejoin' }],
      event: true,
      join: true,
      page: false,
      oldPage: true,
    },
    { name: 'one role to take', changes: [remove], event: true, join: true, page: false, oldPage: true },
    { name: 'a whole list to write', changes: [add, remove], ...always },
    { name: 'two roles to give', changes: [add, change('add', 'e')], ...always },
    { name: 'a grant to note', ledger: [save], event: true, join: true, page: false, oldPage: true },
    { name: 'a grant to forget', ledger: [save, forget], ...always },
    { name: 'a role to leave alone from now on', restrain: [restraint], ...always },
    { name: 'a role to leave alone no more', lift: ['r'], ...always },
    { name: 'a name to give', nick: 'Bob', ...always },
  ])('$name', ({ changes = [], ledger = [], restrain = [], lift = [], nick = null, event, join, page, oldPage }) => {
    const isNeeded = (seenIn: SeenIn, ageMs = 0) =>
      needsFreshLook({ changes, ledger, restrain, lift, nick }, { seenIn, ageMs });
    expect({
      event: isNeeded('event'),
      join: isNeeded('join'),
      page: isNeeded('page', 30_000),
      oldPage: isNeeded('page', 30_001),
    }).toEqual({ event, join, page, oldPage });
  });
});
