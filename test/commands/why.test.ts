import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../src/core/explain.ts';
import type { Facts } from '../../src/core/facts.ts';
import { NO_CONDITIONS, type Mapping } from '../../src/core/mapping.ts';
import { decideRoles, rankMappings } from '../../src/core/verdict.ts';
import { AT, mappingOf, role } from '../support/fake-app.ts';
import { changeOf, runOf } from '../support/fake-runs.ts';
import { ADMIN, ANA, CHIEF, GUILD, PILOT, smallWorld } from '../support/small-world.ts';

const R = `<t:${AT.getTime() / 1000}:R>`;
const facts: Facts = new Map([
  [
    'local',
    { status: 'known', asOf: AT, groupIds: new Set(['pilots-id']), characters: 2, permissions: new Set(['fly']) },
  ],
  ['http', { status: 'unknown', asOf: null, reason: 'timeout' }],
]);

/** What the engine would say of Pilot on Ana. */
function explain(mappings: Mapping[], more: Partial<Explanation> = {}): Explanation {
  const verdict = decideRoles(rankMappings(mappings), facts).get(PILOT);
  const nothing = { leftAlone: null, grant: null, change: null, block: null, kept: null };
  return {
    ...nothing,
    discordId: ANA,
    roleId: PILOT,
    isPresent: false,
    isLinked: true,
    verdict: verdict?.value ?? 'unmanaged',
    mappings: verdict?.mappings ?? [],
    ...more,
  };
}

async function ask(explanation: Explanation): Promise<string> {
  const { admin } = smallWorld({ explanation });
  return (await admin.run('why', { user: ANA, role: PILOT })).text;
}

const pilots = (more: Partial<Mapping> = {}) => mappingOf({ id: 'm1', roleId: PILOT, groupId: 'pilots-id', ...more });

describe('/why', () => {
  it('says which mapping gives a role, since when, and that it stays', async () => {
    const grant = {
      guildId: GUILD,
      discordId: ANA,
      roleId: PILOT,
      mappingIds: ['m1'],
      grantedAt: AT,
      runId: '0f7c2a91-5d1e-4c55-9a0b-2f6f3f0a9b1d',
      undesiredSince: null,
      isReleased: false,
      isConfirmed: true,
    };
    const text = await ask(explain([pilots()], { isPresent: true, grant }));
    expect(text.split('\n')).toEqual([
      `<@${ANA}> **has** <@&${PILOT}>. It should be there: a mapping gives it.`,
      `✅ <@&${PILOT}> ← **Pilots**`,
      '> ✅ in **Pilots**',
      `Grant: Rolewright gave it ${R} (by run 0f7c2a91).`,
      'The next sync would change nothing here.',
    ]);
  });

  it('goes through every condition', async () => {
    const conditions = {
      ...NO_CONDITIONS,
      excludedGroups: ['http:banned'],
      characterCountMin: 5,
      requiredPermissions: ['fly'],
    };
    const text = await ask(explain([pilots({ conditions })]));
    expect(text).toContain('> ❔ not in **http\\:banned** (unknown, never answered)');
    expect(text).toContain('> ❔ at least 5 characters: 2 characters or more, never answered');
    expect(text).toContain('> ✅ permission fly, never answered');
    expect(text).toContain('Nobody can say right now, so it stays as it is.');
  });

  it('names the winner of an exclusive set', async () => {
    const chief = mappingOf({ id: 'm2', roleId: CHIEF, groupId: 'pilots-id', priority: 9, exclusiveSet: 'rank' });
    const text = await ask(explain([pilots({ exclusiveSet: 'rank' }), chief]));
    expect(text).toContain(
      `> ❌ exclusive set “rank”: it loses, because <@&${CHIEF}> ← **Pilots** · priority 9 · one of set “rank” wins`,
    );
    expect(await ask(explain([pilots({ exclusiveSet: 'rank' })]))).toContain('> ✅ exclusive set “rank”: it wins');
  });

  it.each([
    {
      name: 'what comes next',
      more: { change: { action: 'add' as const, roleId: PILOT, reason: 'mapping_true' as const, mappingIds: ['m1'] } },
      says: `The next sync would give <@&${PILOT}>: a mapping gives it.`,
    },
    {
      name: 'what blocks it',
      more: { block: 'role_above_bot' as const },
      says: "cannot give or take it: it is not below Rolewright's own role",
    },
    {
      name: 'what keeps it',
      more: { kept: { roleId: PILOT, because: 'grace' as const, until: AT } },
      says: `It stays: its grace period ends ${R}.`,
    },
    { name: 'that he is left alone', more: { leftAlone: 'pending' as const }, says: 'membership screening' },
    { name: 'that he has not linked', more: { isLinked: false }, says: 'has not linked, so no group counts' },
    { name: 'that somebody else gave it', more: { isPresent: true }, says: 'Grant: none. Somebody else gave it.' },
  ])('says $name', async ({ more, says }) => {
    expect(await ask(explain([pilots()], more))).toContain(says);
  });

  it.each([
    { reason: 'drift', changedBy: ADMIN, says: `<@${ADMIN}> took it away ${R}` },
    { reason: 'drift', changedBy: null, says: `somebody took it away ${R}` },
    { reason: 'undo', changedBy: ADMIN, says: `a change of it was undone ${R} by <@${ADMIN}>` },
    { reason: 'fight', changedBy: null, says: `it went back and forth too often, last ${R}` },
  ] as const)('says that it is left as it is: $says', async ({ reason, changedBy, says }) => {
    const suppression = { guildId: GUILD, discordId: ANA, roleId: PILOT, since: AT, reason, changedBy };
    const kept = { roleId: PILOT, because: 'suppressed', until: null, suppression } as const;
    expect(await ask(explain([pilots()], { kept }))).toContain(
      `It is left as it is until an admin runs \`/sync user\`: ${says}.\nThe next sync would change nothing here.`,
    );
  });

  it('says that its removal waits for approval', async () => {
    const change = { action: 'remove' as const, roleId: PILOT, reason: 'mapping_false' as const, mappingIds: ['m1'] };
    const { admin } = smallWorld({
      explanation: explain([pilots()], { isPresent: true, change }),
      runs: [runOf({ id: 'held', status: 'held' })],
      changes: [changeOf({ runId: 'held', discordId: ANA, roleId: PILOT })],
    });
    expect((await admin.run('why', { user: ANA, role: PILOT })).text).toContain(
      'It would go (no mapping gives it any more), but an admin has to approve that first with `/sync status`.',
    );
  });

  it('tells several groups apart, and how old the word of another source is', async () => {
    const conditions = { ...NO_CONDITIONS, groups: ['cadets', 'http:corp'] };
    expect(await ask(explain([pilots({ conditions })]))).toContain(
      '> ✅ in **Pilots** (is in), **cadets** (is not in) or **http\\:corp** (unknown, never answered)',
    );
  });

  it('leaves bots and @everyone at a sentence', async () => {
    const { admin } = smallWorld({ explanation: explain([pilots()], { isLinked: false }) });
    expect((await admin.run('why', { user: '20000000000000000b', role: PILOT })).text).toBe('Bots are left alone.');
    expect((await admin.run('why', { user: ANA, role: GUILD })).text).toBe('Everybody has @everyone.');
  });

  it('knows who gives a role that an integration keeps', async () => {
    const { admin, world } = smallWorld({ explanation: explain([], { isPresent: true }) });
    const booster = { ...role(PILOT, 'Server Booster'), isManaged: true };
    world.guild = { ...world.guild, roles: new Map(world.guild.roles).set(PILOT, booster) };
    expect((await admin.run('why', { user: ANA, role: PILOT })).text).toContain('Discord or an integration gives it.');
  });

  it('speaks of the link only where a mapping asks for groups', async () => {
    expect(await ask(explain([], { isLinked: false }))).not.toContain('has not linked');
  });

  it('mentions a mapping that is switched off', async () => {
    const mappings = [{ mapping: pilots({ isActive: false }), findings: [] }];
    const { admin } = smallWorld({ explanation: explain([]), mappings });
    expect((await admin.run('why', { user: ANA, role: PILOT })).text).toContain(
      `⏸️ <@&${PILOT}> ← **Pilots** · **off**`,
    );
  });

  it('says that it does not manage the role', async () => {
    expect(await ask(explain([]))).toContain('No active mapping names this role, so Rolewright does not manage it.');
  });

  it('says when the person is not here', async () => {
    const seen = await smallWorld().admin.run('why', { user: ANA, role: PILOT });
    expect(seen.text).toContain('is not a member of this server');
  });
});
