import { describe, expect, it } from 'vitest';
import { planMember, type MemberPlan } from '../../src/core/plan.ts';
import { rankMappings, type Verdict } from '../../src/core/verdict.ts';
import { summarizeServers } from '../../src/http/server-summary.ts';
import type { Outcome } from '../../src/sync/ports.ts';
import type { ChangeResult, MemberResult } from '../../src/sync/results.ts';
import { aMember } from '../support/core-worlds.ts';

const change = (action: 'add' | 'remove', roleId: string, outcome: Outcome): ChangeResult => ({
  action,
  roleId,
  outcome,
  reason: 'mapping_true',
  mappingIds: [],
});

const result = (parts: Partial<MemberResult> = {}): MemberResult => ({
  guildId: 'g',
  guildName: 'Guild',
  discordId: 'd',
  runId: null,
  state: 'synced',
  changes: [],
  plan: null,
  error: null,
  ...parts,
});

const summaryOf = (parts: Partial<MemberResult>) =>
  summarizeServers([result(parts)], (_guild, role) => `role ${role}`)[0];

const emptyPlan: MemberPlan = planMember(
  {
    guild: { id: 'g', name: 'Guild', ownerId: 'o', roles: new Map(), bot: { permissions: 0n, roleIds: [] } },
    mappings: rankMappings([]),
    unusable: new Set(),
    blocks: new Map(),
    syncPendingMembers: false,
    bypassRoleId: null,
    removeRolesOnLeave: true,
    nicknameTemplate: '',
  },
  { member: aMember([], { discordId: 'd' }), facts: null, grants: new Map() },
  new Date(0),
);
const verdict = (roleId: string): [string, Verdict] => [roleId, { roleId, value: 'true', mappings: [] }];

describe('the summary of a sync for a page', () => {
  it('leaves out servers where he is no member or where sync is off', () => {
    const results = [result({ state: 'not_in_guild' }), result({ state: 'disabled' })];
    expect(summarizeServers(results, () => '')).toEqual([]);
  });

  it('tells what was given, what was taken and what he had already', () => {
    const changes = [change('add', 'a', 'applied'), change('add', 'b', 'already'), change('remove', 'c', 'applied')];
    const plan = { ...emptyPlan, verdicts: new Map([verdict('a'), verdict('b'), verdict('h')]) };
    expect(summaryOf({ changes, plan })).toMatchObject({
      given: ['role a', 'role b'],
      taken: ['role c'],
      held: ['role h'],
      missing: [],
      note: null,
    });
  });

  it('tells why a role is missing, once per role', () => {
    const { outcome: _, ...blocked } = change('add', 'x', 'failed');
    const changes = [
      change('add', 'x', 'blocked:role_above_bot'),
      change('add', 'y', 'failed'),
      change('add', 'z', 'held'),
    ];
    const plan = {
      ...emptyPlan,
      blocked: [{ ...blocked, block: 'role_above_bot' as const }],
      verdicts: new Map([verdict('x')]),
    };
    expect(summaryOf({ changes, plan })).toMatchObject({
      given: [],
      held: [],
      missing: [
        { role: 'role x', why: 'An admin of the server has to mend this: /doctor tells how.' },
        { role: 'role y', why: 'Rolewright tries again by itself.' },
        { role: 'role z', why: 'An admin of the server has to approve it first.' },
      ],
    });
  });

  it.each<{ parts: Partial<MemberResult>; note: string }>([
    { parts: { state: 'guild_unavailable' }, note: "Your roles couldn't be set here just now." },
    { parts: { plan: { ...emptyPlan, leftAlone: 'pending' } }, note: 'welcome steps' },
    { parts: { plan: { ...emptyPlan, leftAlone: 'bypass' } }, note: 'by hand' },
    { parts: {}, note: 'No role is meant for you here yet.' },
  ])('says "$note" where there is nothing to list', ({ parts, note }) => {
    expect(summaryOf(parts)?.note).toContain(note);
  });
});
