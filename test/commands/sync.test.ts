import { describe, expect, it, vi } from 'vitest';
import { emptyProgress, type RunProgress } from '../../src/sync/results.ts';
import { emptyPlan, linkOf, mappingOf, role } from '../support/fake-app.ts';
import { runOf } from '../support/fake-runs.ts';
import { ADMIN, ANA, CHIEF, OWNER, PILOT, smallWorld, STAFF } from '../support/small-world.ts';

const due = () =>
  emptyPlan({
    changes: [
      { action: 'add', roleId: PILOT, reason: 'mapping_true', mappingIds: ['m1'] },
      { action: 'remove', roleId: CHIEF, reason: 'mapping_false', mappingIds: ['m2'] },
    ],
  });
const blocked = () =>
  emptyPlan({
    blocked: [{ action: 'add', roleId: CHIEF, reason: 'mapping_true', mappingIds: [], block: 'role_above_bot' }],
    kept: [{ roleId: PILOT, because: 'foreign', until: null }],
  });

describe('/sync user', () => {
  it('shows the plan, then does it', async () => {
    const { admin, world } = smallWorld({ plans: new Map([[ANA, due()]]), links: new Map([[ANA, linkOf(ANA)]]) });
    const asked = await admin.run('sync user', { user: ANA });
    expect(asked.text).toBe(
      `The sync of <@${ANA}> would change:\n+ <@&${PILOT}>: a mapping gives it\n− <@&${CHIEF}>: no mapping gives it any more`,
    );
    const done = await admin.click(asked, 'Apply');
    expect(done.text).toContain(`✅ + <@&${PILOT}>: a mapping gives it`);
    expect(done.buttons).toEqual([]);
    expect(world.plans.get(ANA)?.changes).toEqual([]);
  });

  it('tells a nickname that would be set', async () => {
    const { admin, world } = smallWorld({ plans: new Map([[ANA, emptyPlan({ nick: '[X] Ana' })]]) });
    const asked = await admin.run('sync user', { user: ANA });
    expect(asked.text).toContain('✎ The nickname becomes **\\[X\\] Ana**');
    const done = await admin.click(asked, 'Apply');
    expect(done.text).toBe(`Synced <@${ANA}>:\n✅ The nickname is now **\\[X\\] Ana**`);
    expect(world.causes).toMatchObject([{ trigger: 'manual', actor: ADMIN, isConfirmed: true }]);
  });

  it('is agreed to as far as the person could take the roles by hand', async () => {
    const { as, admin, world } = smallWorld();
    const boss = role('400000000000000009', 'Boss', { position: 9 });
    world.guild.roles = new Map([...world.guild.roles, [boss.id, boss]]);
    world.guild.bot.roleIds = [boss.id];
    for (const person of [admin, as({ discordId: OWNER })]) {
      world.plans.set(ANA, due());
      await person.click(await person.run('sync user', { user: ANA }), 'Apply');
    }
    expect(world.causes.map(({ agreement }) => agreement)).toEqual([{ exceptRoleIds: [STAFF, boss.id] }, {}]);
  });

  it('asks for the plan of an admin, who ends what is left as it is', async () => {
    const kept = [{ roleId: PILOT, because: 'suppressed' as const, until: null }];
    const { admin } = smallWorld({ plans: new Map([[ANA, { ...due(), kept }]]) });
    expect((await admin.run('sync user', { user: ANA })).text).not.toContain('left as it is');
  });

  it('keeps its answer when Apply is clicked twice', async () => {
    const { admin } = smallWorld({ plans: new Map([[ANA, due()]]), links: new Map([[ANA, linkOf(ANA)]]) });
    const asked = await admin.run('sync user', { user: ANA });
    const { buttons } = asked;
    await admin.click(asked, 'Apply');
    asked.buttons = buttons;
    expect((await admin.click(asked, 'Apply')).text).toContain(`✅ + <@&${PILOT}>: a mapping gives it`);
  });

  it('only shows the plan on a dry run, and when cancelled does nothing', async () => {
    const { admin, world } = smallWorld({ plans: new Map([[ANA, due()]]) });
    const dry = await admin.run('sync user', { user: ANA, dry_run: true });
    expect(dry.buttons).toEqual([]);
    expect(dry.text).toContain('has not linked yet');
    await admin.click(await admin.run('sync user', { user: ANA }), 'Cancel');
    expect(world.plans.get(ANA)?.changes).toHaveLength(2);
  });

  it.each([
    { name: 'nothing to do', plan: emptyPlan(), says: `✅ There is nothing to change for <@${ANA}>.` },
    {
      name: 'what is blocked',
      plan: blocked(),
      says: `<@&${CHIEF}> cannot be given: it is not below Rolewright's own role. To mend it, run \`/doctor\``,
    },
    { name: 'what is kept', plan: blocked(), says: `= <@&${PILOT}> stays: somebody else gave it` },
    { name: 'who is left alone', plan: emptyPlan({ leftAlone: 'bypass' }), says: 'bypass role and is left alone' },
  ])('says $name without buttons', async ({ plan, says }) => {
    const seen = await smallWorld({ plans: new Map([[ANA, plan]]) }).admin.run('sync user', { user: ANA });
    expect(seen.text).toContain(says);
    expect(seen.buttons).toEqual([]);
  });

  it('says when the person is not here', async () => {
    expect((await smallWorld().admin.run('sync user', { user: OWNER })).text).toContain(
      'is not a member of this server',
    );
  });
});

describe('/sync server', () => {
  it('shows the sums and the members, then does it and says so', async () => {
    const { admin, world } = smallWorld({
      plans: new Map([
        [ANA, due()],
        [OWNER, blocked()],
      ]),
    });
    const asked = await admin.run('sync server');
    expect(asked.text).toContain(
      '1 member would change: 1 role added and 1 role removed. 1 change cannot work: run `/doctor` or ask somebody with Manage Server to.',
    );
    expect(asked.text).toContain(`<@${ANA}>: +<@&${PILOT}> −<@&${CHIEF}>`);
    const done = await admin.click(asked, 'Apply');
    expect(done.text).toContain(
      '✅ The sync is done. 2 members looked at.\n1 role added, 1 role removed · 1 change cannot work',
    );
    expect(done.text).toContain('To mend what cannot work, run `/doctor`');
    expect(done.text).not.toContain('tried again');
    expect([...world.plans.values()].flatMap(({ changes }) => changes)).toEqual([]);
    expect(admin.shown).toContain('Syncing this server …');
  });

  it('says when nothing is to do, without buttons', async () => {
    const seen = await smallWorld({ plans: new Map([[ANA, blocked()]]) }).admin.run('sync server');
    expect(seen.text).toBe(
      '⚠️ There is nothing to change, but 1 change cannot work: run `/doctor` or ask somebody with Manage Server to.',
    );
    expect(seen.buttons).toEqual([]);
  });

  it('only shows the plan on a dry run', async () => {
    const seen = await smallWorld({ plans: new Map([[ANA, due()]]) }).admin.run('sync server', { dry_run: true });
    expect(seen.buttons).toEqual([]);
  });

  it('follows a sync that runs already, which can be cancelled, and offers a preview of what is left', async () => {
    const running = {
      ...emptyProgress(),
      runId: 'r',
      usersTotal: 1000,
      usersProcessed: 300,
      usersFailed: 1,
      rolesAdded: 9,
    };
    const ends = Promise.withResolvers<RunProgress>();
    const runs = [runOf({ id: 'r', status: 'running' })];
    const plans = new Map([[ANA, due()]]);
    const { admin, world } = smallWorld({ running, runningEnds: ends.promise, runs, plans });
    const asked = admin.run('sync server');
    await vi.waitFor(() =>
      expect(admin.shown.at(-1)).toBe(
        'Roles are being synced here already. This message follows that sync.\n▰▰▰▱▱▱▱▱▱▱ 300 of 1,000 members\n9 roles added, 0 roles removed · 1 member failed',
      ),
    );
    const stopped = await admin.press(`sync:stop:${ADMIN}:r`);
    expect(stopped.besides).toMatchObject({ isEphemeral: true });
    expect(stopped.besides?.text).toContain('The sync is cancelled. What it has changed so far stays');
    expect(world.running).toBeNull();

    const errors = ['Somebody cancelled the run. What it had not done yet stays as it was.'];
    ends.resolve({ ...running, status: 'cancelled', cancelledBy: ADMIN, errors });
    const done = await asked;
    expect(done.text).toContain(
      'You cancelled this sync: 300 of 1,000 members were done. What was not done yet stays as it was.',
    );
    expect(done.text).not.toContain('Somebody cancelled');
    expect(done.text).toContain('To see what is left to change, press **Preview what is left**.');
    expect(done.buttons.map(({ label }) => label)).toEqual(['Preview what is left']);
    const preview = await admin.click(done, 'Preview what is left');
    expect(preview.text).toContain('1 member would change');
    expect(preview.buttons.map(({ label }) => label)).toEqual(['Apply', 'Cancel']);
  });

  it.each([
    { end: { cancelledBy: OWNER, usersTotal: 1 }, says: `<@${OWNER}> cancelled this sync: 0 of 1 member was done.` },
    { end: { cancelledBy: OWNER }, says: `<@${OWNER}> cancelled this sync: it had not begun to change roles.` },
    { end: {}, says: 'Somebody cancelled this sync: it had not begun to change roles.' },
  ])('says who else cancelled it: $says', async ({ end, says }) => {
    const running = { ...emptyProgress(), runId: 'r' };
    const runningEnds = Promise.resolve({ ...running, status: 'cancelled' as const, ...end });
    expect((await smallWorld({ running, runningEnds }).admin.run('sync server')).text).toContain(says);
  });

  it('follows it in a dry run, and stays one', async () => {
    const running = { ...emptyProgress(), runId: 'r' };
    const world = smallWorld({ running, plans: new Map([[ANA, due()]]) });
    const done = await world.admin.run('sync server', { dry_run: true });
    world.world.running = null;
    expect((await world.admin.click(done, 'Preview what is left')).buttons).toEqual([]);
  });

  it('says what waits for approval and what comes later', async () => {
    const { admin, world } = smallWorld({ plans: new Map([[ANA, due()]]), held: 12, deferred: 1 });
    const done = await admin.click(await admin.run('sync server'), 'Apply');
    expect(done.text).toContain('1 role removed · 12 removals wait for approval · 1 change comes later');
    expect(done.text).toContain('To decide about the removals that wait, run `/sync status`.');
    expect(done.text).toContain('What comes later follows with the next syncs');
    expect(world.causes).toMatchObject([{ trigger: 'manual', actor: ADMIN, isConfirmed: true }]);
  });

  it('shows nicknames that would be set', async () => {
    const { admin } = smallWorld({ plans: new Map([[ANA, emptyPlan({ nick: '[X] Ana' })]]) });
    const seen = await admin.run('sync server');
    expect(seen.text).toBe(`1 member would change: 1 nickname set.\n<@${ANA}>: ✎ **\\[X\\] Ana**`);
    expect(seen.buttons.map(({ label }) => label)).toEqual(['Apply', 'Cancel']);
  });
});

describe('/sync status', () => {
  it('shows what runs and how the mappings are', async () => {
    const lastSync = new Date('2026-11-20T11:00:00Z');
    const mend = 'Mend it.';
    const mappings = [
      { mapping: mappingOf({ id: 'm1', roleId: PILOT, groupId: 'g', lastSync }), findings: [] },
      {
        mapping: mappingOf({ id: 'm2', roleId: CHIEF, groupId: 'g' }),
        findings: [{ code: 'role_deleted' as const, severity: 'error' as const, mend }],
      },
    ];
    const { text } = await smallWorld({ mappings }).admin.run('sync status');
    expect(text).toContain(
      `No sync is running.\nThe last sync of the whole server was <t:${lastSync.getTime() / 1000}:R>.`,
    );
    expect(text).toContain('2 active mappings, 1 of them cannot work');
  });
});
