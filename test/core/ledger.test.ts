import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Grant } from '../../src/core/grant.ts';
import { ledgerAfter } from '../../src/core/ledger.ts';
import type { LedgerEdit, MemberPlan, PlannedChange } from '../../src/core/plan.ts';
import { planOf, worlds } from '../support/core-arbitraries.ts';
import { aGrant, at, aView, DISCORD_ID, GUILD_ID, NOW } from '../support/core-worlds.ts';

const run = { id: 'run' };
const add: PlannedChange = { action: 'add', roleId: 'r', reason: 'mapping_true', mappingIds: ['m'] };
const remove: PlannedChange = { action: 'remove', roleId: 'r', reason: 'mapping_false', mappingIds: ['m'] };
const adopt: LedgerEdit = { edit: 'save', roleId: 'r', mappingIds: ['m'], undesiredSince: null, why: 'adopted' };

function ledgerOf(
  { changes = [], ledger = [], grants = [] }: { changes?: PlannedChange[]; ledger?: LedgerEdit[]; grants?: Grant[] },
  confirmedBy: { id: string } | null = run,
) {
  const plan: MemberPlan = { leftAlone: null, changes, blocked: [], kept: [], ledger, verdicts: new Map() };
  return ledgerAfter(GUILD_ID, aView({ grants }), plan, confirmedBy, NOW);
}

describe('ledgerAfter', () => {
  const given = aGrant({ grantedAt: NOW, runId: 'run' });

  it.each<{ name: string; given: Parameters<typeof ledgerOf>; save: Grant[]; forget: string[] }>([
    { name: 'has nothing to store for nothing', given: [{}], save: [], forget: [] },
    {
      name: 'takes down what was given, by which run and when',
      given: [{ changes: [add] }],
      save: [given],
      forget: [],
    },
    { name: 'forgets what was taken', given: [{ changes: [remove], grants: [aGrant()] }], save: [], forget: ['r'] },
    {
      name: 'takes down nothing that Discord did not confirm',
      given: [{ changes: [add] }, null],
      save: [],
      forget: [],
    },
    {
      name: 'forgets nothing that Discord did not confirm',
      given: [{ changes: [remove], grants: [aGrant()] }, null],
      save: [],
      forget: [],
    },
    {
      name: 'notes what needs no call, confirmed or not',
      given: [{ ledger: [{ edit: 'forget', roleId: 'r' }] }, null],
      save: [],
      forget: ['r'],
    },
    {
      name: 'adopts a role: nobody gave it, so no run did',
      given: [{ ledger: [adopt] }],
      save: [aGrant({ grantedAt: NOW, runId: null })],
      forget: [],
    },
    {
      name: 'remembers who gave a role that is desired again',
      given: [
        {
          ledger: [adopt],
          grants: [aGrant({ runId: 'first', mappingIds: ['old'], undesiredSince: at(-60), isReleased: true })],
        },
      ],
      save: [aGrant({ runId: 'first' })],
      forget: [],
    },
    {
      name: 'ends a grace, and a release, when the role is given again',
      given: [{ changes: [add], grants: [aGrant({ undesiredSince: at(-60), isReleased: true })] }],
      save: [given],
      forget: [],
    },
    {
      name: 'lets a grace go on when the role is given back during it',
      given: [
        { changes: [add], ledger: [{ ...adopt, undesiredSince: at(-60), why: 'grace_began' }], grants: [aGrant()] },
      ],
      save: [{ ...given, undesiredSince: at(-60) }],
      forget: [],
    },
    {
      name: 'keeps the edits apart by role',
      given: [
        {
          changes: [add],
          ledger: [
            { ...adopt, roleId: 's', undesiredSince: at(-60) },
            { edit: 'forget', roleId: 't' },
          ],
        },
      ],
      save: [aGrant({ roleId: 's', grantedAt: NOW, undesiredSince: at(-60) }), given],
      forget: ['t'],
    },
  ])('$name', ({ given: [plan, confirmedBy], save, forget }) => {
    expect(ledgerOf(plan, confirmedBy)).toEqual({ save, forget });
  });

  it('never saves and forgets one role, and speaks of this member alone, for any plan', () => {
    fc.assert(
      fc.property(worlds, fc.constantFrom(null, run), (world, confirmedBy) => {
        const { save, forget } = ledgerAfter(GUILD_ID, world.view, planOf(world), confirmedBy, NOW);
        const saved = save.map(({ roleId }) => roleId);
        expect(new Set([...saved, ...forget]).size).toBe(saved.length + forget.length);
        for (const grant of save) {
          expect(grant).toMatchObject({ guildId: GUILD_ID, discordId: DISCORD_ID, isReleased: false });
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('claims no role that the member would not have, for any plan', () => {
    fc.assert(
      fc.property(worlds, fc.constantFrom(null, run), (world, confirmedBy) => {
        const plan = planOf(world);
        const { save } = ledgerAfter(GUILD_ID, world.view, plan, confirmedBy, NOW);
        const added = confirmedBy
          ? plan.changes.filter(({ action }) => action === 'add').map(({ roleId }) => roleId)
          : [];
        const had = [...world.view.member.roleIds, ...world.view.grants.keys()];
        for (const { roleId } of save) expect([...had, ...added]).toContain(roleId);
      }),
      { numRuns: 1000 },
    );
  });
});
