import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LedgerEdit, PlannedChange } from '../../src/core/plan.ts';
import { needsFreshLook, planWrite, type SeenIn } from '../../src/core/write.ts';

type Step = Pick<PlannedChange, 'action' | 'roleId'>;

/** `+a -b` as changes. */
function steps(words: string): Step[] {
  return words
    .split(' ')
    .filter(Boolean)
    .map((word) => ({ action: word.startsWith('+') ? 'add' : 'remove', roleId: word.slice(1) }));
}

describe('planWrite', () => {
  it.each([
    { name: 'needs no call for nothing', changes: '', current: ['a'], write: { call: 'none' } },
    { name: 'puts a single role', changes: '+b', current: ['a'], write: { call: 'put', roleId: 'b' } },
    { name: 'deletes a single role', changes: '-a', current: ['a', 'b'], write: { call: 'delete', roleId: 'a' } },
    {
      name: 'writes the whole list for several',
      changes: '+c -a',
      current: ['a', 'b'],
      write: { call: 'patch', roleIds: ['b', 'c'] },
    },
    { name: 'can take the last role', changes: '-a -b', current: ['a', 'b'], write: { call: 'patch', roleIds: [] } },
    {
      name: 'keeps what somebody else gave meanwhile',
      changes: '+b +c',
      current: ['new'],
      write: { call: 'patch', roleIds: ['new', 'b', 'c'] },
    },
    {
      name: 'leaves out what is so already',
      changes: '+a -b',
      current: ['a', 'b'],
      write: { call: 'delete', roleId: 'b' },
    },
    { name: 'needs no call when all is so already', changes: '+a -b', current: ['a'], write: { call: 'none' } },
  ])('$name', ({ changes, current, write }) => expect(planWrite(steps(changes), new Set(current))).toEqual(write));

  it('leads to exactly what the changes say and keeps all the rest, for any changes', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const step = fc.record({
      action: fc.constantFrom<Step['action']>('add', 'remove'),
      roleId: fc.constantFrom(...ids),
    });
    const changes = fc.uniqueArray(step, { selector: ({ roleId }) => roleId });
    fc.assert(
      fc.property(changes, fc.subarray([...ids, 'x', 'y']), (wanted, present) => {
        const current = new Set(present);
        const write = planWrite(wanted, current);
        const named = new Map(wanted.map(({ action, roleId }) => [roleId, action]));
        const expected = [...ids, 'x', 'y'].filter(
          (id) => (named.get(id) ?? (current.has(id) ? 'add' : 'remove')) === 'add',
        );
        expect(after(write, current).toSorted()).toEqual(expected);
        expect(current).toEqual(new Set(present));
        const open = wanted.filter(({ action, roleId }) => current.has(roleId) === (action === 'remove')).length;
        expect(write.call === 'none').toBe(open === 0);
        expect(write.call === 'patch').toBe(open > 1);
      }),
      { numRuns: 1000 },
    );
  });
});

/** The member's roles after the call; a list that names a role twice is refused by Discord. */
function after(write: ReturnType<typeof planWrite>, current: ReadonlySet<string>): string[] {
  if (write.call === 'patch') return write.roleIds;
  if (write.call === 'put') return [...current, write.roleId];
  return [...current].filter((id) => write.call === 'none' || id !== write.roleId);
}

function change(action: PlannedChange['action'], roleId: string): PlannedChange {
  return { action, roleId, reason: action === 'add' ? 'mapping_true' : 'mapping_false', mappingIds: ['m'] };
}

describe('needsFreshLook', () => {
  const add = change('add', 'a');
  const remove = change('remove', 'b');
  const save: LedgerEdit = { edit: 'save', roleId: 'c', mappingIds: ['m'], undesiredSince: null, why: 'adopted' };
  const forget: LedgerEdit = { edit: 'forget', roleId: 'd' };

  it.each<{
    name: string;
    changes: PlannedChange[];
    ledger: LedgerEdit[];
    event: boolean;
    join: boolean;
    page: boolean;
  }>([
    { name: 'nothing to do', changes: [], ledger: [], event: false, join: false, page: false },
    { name: 'one role to give', changes: [add], ledger: [], event: true, join: false, page: false },
    { name: 'one role to take', changes: [remove], ledger: [], event: true, join: true, page: false },
    { name: 'a whole list to write', changes: [add, remove], ledger: [], event: true, join: true, page: true },
    { name: 'two roles to give', changes: [add, change('add', 'e')], ledger: [], event: true, join: true, page: true },
    { name: 'a grant to note', changes: [], ledger: [save], event: true, join: true, page: false },
    { name: 'a grant to forget', changes: [], ledger: [save, forget], event: true, join: true, page: true },
  ])('$name', ({ changes, ledger, ...expected }) => {
    for (const seenIn of ['event', 'join', 'page'] satisfies SeenIn[]) {
      expect([seenIn, needsFreshLook({ changes, ledger }, seenIn)]).toEqual([seenIn, expected[seenIn]]);
    }
  });
});
