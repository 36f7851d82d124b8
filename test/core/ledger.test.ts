import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Grant } from '../../src/core/grant.ts';
import { ledgerSteps, type LedgerSteps } from '../../src/core/ledger.ts';
import { planMember, type LedgerEdit, type MemberPlan, type PlannedChange } from '../../src/core/plan.ts';
import { planOf, worlds } from '../support/core-arbitraries.ts';
import { aGrant, aMember, at, aView, DISCORD_ID, GUILD_ID, NOW, someRules } from '../support/core-worlds.ts';

const add: PlannedChange = { action: 'add', roleId: 'r', reason: 'mapping_true', mappingIds: ['m'] };
const remove: PlannedChange = { action: 'remove', roleId: 'r', reason: 'mapping_false', mappingIds: ['m'] };
const adopt: LedgerEdit = { edit: 'save', roleId: 'r', mappingIds: ['m'], undesiredSince: null, why: 'adopted' };

const NOTHING = { before: { save: [], forget: [] }, ifApplied: { renew: [], forget: [] }, ifRefused: { forget: [] } };

function stepsOf({
  changes = [],
  ledger = [],
  grants = [],
}: {
  changes?: PlannedChange[];
  ledger?: LedgerEdit[];
  grants?: Grant[];
}): LedgerSteps {
  const nothing = planMember(someRules([]), aView(), NOW);
  const plan: MemberPlan = { ...nothing, changes, ledger };
  return ledgerSteps(GUILD_ID, aView({ grants }), plan, 'run', NOW);
}

describe('ledgerSteps', () => {
  const given = aGrant({ grantedAt: NOW, runId: 'run' });
  const onItsWay = { ...given, isConfirmed: false };

  it.each<{ name: string; given: Parameters<typeof stepsOf>[0]; steps: Partial<LedgerSteps> }>([
    { name: 'has nothing to store for nothing', given: {}, steps: {} },
    {
      name: 'takes down what is about to be given, and takes that back if Discord refuses',
      given: { changes: [add] },
      steps: {
        before: { save: [onItsWay], forget: [] },
        ifApplied: { renew: [given], forget: [] },
        ifRefused: { forget: ['r'] },
      },
    },
    {
      name: 'forgets what was taken, once it was taken',
      given: { changes: [remove], grants: [aGrant()] },
      steps: { ifApplied: { renew: [], forget: ['r'] } },
    },
    {
      name: 'renews a grant whose role is given back, and leaves it standing if Discord refuses',
      given: { changes: [{ ...add, reason: 'drift_reverted' }], grants: [aGrant({ undesiredSince: at(-60) })] },
      steps: { ifApplied: { renew: [given], forget: [] } },
    },
    {
      name: 'forgets a grant that was never confirmed when Discord refuses',
      given: { changes: [add], grants: [aGrant({ isConfirmed: false })] },
      steps: { ifApplied: { renew: [given], forget: [] }, ifRefused: { forget: ['r'] } },
    },
    {
      name: 'forgets what needs no call at once',
      given: { ledger: [{ edit: 'forget', roleId: 'r' }] },
      steps: { before: { save: [], forget: ['r'] } },
    },
    {
      name: 'adopts a role: nobody gave it, so no run did',
      given: { ledger: [adopt] },
      steps: { before: { save: [aGrant({ grantedAt: NOW, runId: null })], forget: [] } },
    },
    {
      name: 'remembers who gave a role that is desired again',
      given: {
        ledger: [{ ...adopt, why: 'desired_again' }],
        grants: [aGrant({ runId: 'first', mappingIds: ['old'], undesiredSince: at(-60), isReleased: true })],
      },
      steps: { before: { save: [aGrant({ runId: 'first' })], forget: [] } },
    },
    {
      name: 'adopts a role anew after he came back: from now on it is ours, whoever had given it before',
      given: { ledger: [adopt], grants: [aGrant({ runId: 'first', isReleased: true })] },
      steps: { before: { save: [aGrant({ grantedAt: NOW, runId: null })], forget: [] } },
    },
    {
      name: 'takes down what is about to be given to one who came back as a newcomer: his old grant is none',
      given: { changes: [add], grants: [aGrant()] },
      steps: {
        before: { save: [onItsWay], forget: [] },
        ifApplied: { renew: [given], forget: [] },
        ifRefused: { forget: ['r'] },
      },
    },
    {
      name: 'puts a role back where it was without a word about whose it is',
      given: {
        changes: [
          { ...add, reason: 'put_back' },
          { ...remove, roleId: 's', reason: 'put_back' },
        ],
        grants: [aGrant({ roleId: 's' })],
      },
      steps: {},
    },
    {
      name: 'takes a role down again that undo gives back',
      given: { changes: [{ ...add, reason: 'undone' }] },
      steps: {
        before: { save: [onItsWay], forget: [] },
        ifApplied: { renew: [given], forget: [] },
        ifRefused: { forget: ['r'] },
      },
    },
    {
      name: 'forgets what undo takes, once it was taken',
      given: { changes: [{ ...remove, reason: 'undone' }], grants: [aGrant()] },
      steps: { ifApplied: { renew: [], forget: ['r'] } },
    },
    {
      name: 'ends a release when the role is given again',
      given: { changes: [{ ...add, reason: 'drift_reverted' }], grants: [aGrant({ isReleased: true })] },
      steps: {
        before: { save: [onItsWay], forget: [] },
        ifApplied: { renew: [given], forget: [] },
        ifRefused: { forget: ['r'] },
      },
    },
    {
      name: 'lets a grace go on when the role is given back during it',
      given: {
        changes: [{ ...add, reason: 'given_back_on_rejoin' }],
        ledger: [{ ...adopt, undesiredSince: at(-60), why: 'grace_began' }],
        grants: [aGrant()],
      },
      steps: { ifApplied: { renew: [{ ...given, undesiredSince: at(-60) }], forget: [] } },
    },
    {
      name: 'keeps the edits apart by role',
      given: {
        changes: [add],
        ledger: [
          { ...adopt, roleId: 's', undesiredSince: at(-60) },
          { edit: 'forget', roleId: 't' },
        ],
      },
      steps: {
        before: { save: [aGrant({ roleId: 's', grantedAt: NOW, undesiredSince: at(-60) }), onItsWay], forget: ['t'] },
        ifApplied: { renew: [given], forget: [] },
        ifRefused: { forget: ['r'] },
      },
    },
  ])('$name', ({ given: plan, steps }) => {
    expect(stepsOf(plan)).toEqual({ ...NOTHING, ...steps });
  });

  it.each([
    { name: 'dates a grant no earlier than he joined, however late our clock is', joinedAt: at(30), from: at(30) },
    { name: 'dates a grant now when he has been there for long', joinedAt: at(-30), from: NOW },
    { name: 'dates a grant now when nobody knows since when he is there', joinedAt: null, from: NOW },
  ])('$name', ({ joinedAt, from }) => {
    const nothing = planMember(someRules([]), aView(), NOW);
    const plan: MemberPlan = { ...nothing, changes: [add], ledger: [{ ...adopt, roleId: 's' }] };
    const { before, ifApplied } = ledgerSteps(GUILD_ID, aView({ member: aMember([], { joinedAt }) }), plan, 'run', NOW);
    const dates = [...before.save, ...ifApplied.renew].map(({ roleId, grantedAt }) => [roleId, grantedAt]);
    expect(dates).toEqual([
      ['s', from],
      ['r', from],
      ['r', from],
    ]);
  });

  it('never saves and forgets one role in one step, and speaks of this member alone, for any plan', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { before, ifApplied } = ledgerSteps(GUILD_ID, world.view, planOf(world), 'run', NOW);
        for (const { grants, forget } of [
          { grants: before.save, forget: before.forget },
          { grants: ifApplied.renew, forget: ifApplied.forget },
        ]) {
          const roleIds = [...grants.map(({ roleId }) => roleId), ...forget];
          expect(new Set(roleIds).size).toBe(roleIds.length);
          for (const grant of grants) {
            expect(grant).toMatchObject({ guildId: GUILD_ID, discordId: DISCORD_ID, isReleased: false });
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('claims nothing more than before once Discord has refused, for any plan', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { before, ifRefused } = ledgerSteps(GUILD_ID, world.view, planOf(world), 'run', NOW);
        const had = new Set([...world.view.member.roleIds, ...world.view.grants.keys()]);
        const claimed = before.save.map(({ roleId }) => roleId).filter((roleId) => !ifRefused.forget.includes(roleId));
        for (const roleId of claimed) expect(had).toContain(roleId);
      }),
      { numRuns: 1000 },
    );
  });
});
