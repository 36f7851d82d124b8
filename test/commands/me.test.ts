import { describe, expect, it } from 'vitest';
import { decideRoles } from '../../src/core/verdict.ts';
import { AT, emptyPlan, linkOf, mappingOf } from '../support/fake-app.ts';
import { changeOf, runOf } from '../support/fake-runs.ts';
import { ANA, CHIEF, PILOT, STAFF, smallWorld } from '../support/small-world.ts';

/** Ana is in Pilots, which gives Pilot (there) and Chief (still to come). */
function anasPlan() {
  const mappings = [
    mappingOf({ id: 'm1', roleId: PILOT, groupId: 'pilots-id' }),
    mappingOf({ id: 'm2', roleId: CHIEF, groupId: 'pilots-id' }),
  ];
  const facts = new Map([['local', { status: 'known' as const, asOf: AT, groupIds: new Set(['pilots-id']) }]]);
  return emptyPlan({
    verdicts: decideRoles(mappings, facts),
    changes: [{ action: 'add', roleId: CHIEF, reason: 'mapping_true', mappingIds: ['m2'] }],
  });
}

describe('/me', () => {
  it('shows the account, its groups and its roles, and syncs on a press', async () => {
    const { ana, world } = smallWorld({ links: new Map([[ANA, linkOf(ANA)]]), plans: new Map([[ANA, anasPlan()]]) });
    const seen = await ana.run('me');
    expect(seen.text).toContain(`Linked: <@${ANA}> (ana), <t:`);
    expect(seen.text).toContain('Groups that count here: **Pilots**');
    expect(seen.text).toContain(`Roles they give you here: <@&${PILOT}>\n+ <@&${CHIEF}>: a mapping gives it`);
    const synced = await ana.click(seen, 'Sync now');
    expect(synced.text).toBe(`**Testers**\n✅ + <@&${CHIEF}>: a mapping gives it`);
    expect(world.plans.get(ANA)?.changes).toEqual([]);
    expect((await ana.press(`me:sync:${ANA}:`)).text).toContain('Everything is as it should be');
    expect(ana.shown).toContain('Syncing your roles …');
  });

  it('tells what waits for approval, and what is left off', async () => {
    const plan = anasPlan();
    plan.changes = [{ action: 'remove', roleId: STAFF, reason: 'mapping_false', mappingIds: ['m3'] }];
    plan.kept = [{ roleId: CHIEF, because: 'suppressed', until: null }];
    const { ana } = smallWorld({
      links: new Map([[ANA, linkOf(ANA)]]),
      plans: new Map([[ANA, plan]]),
      runs: [runOf({ id: 'held', status: 'held' })],
      changes: [changeOf({ runId: 'held', discordId: ANA, roleId: STAFF })],
    });
    const lines = (await ana.run('me')).text.split('\n');
    expect(lines).toContain(`Roles they give you here: <@&${PILOT}>`);
    expect(lines).toContain(`− <@&${STAFF}>: no mapping gives it any more, but an admin has to approve that first`);
    expect(lines).toContain(`= <@&${CHIEF}> is left as it is until an admin runs \`/sync user\`: somebody changed it`);
  });

  it('tells which groups wait for the link, and only then', async () => {
    const world = smallWorld({ plans: new Map([[ANA, emptyPlan()]]) });
    await world.admin.run('group add', { group: 'pilots-id', user: ANA });
    const lines = (await world.ana.run('me')).text.split('\n');
    expect(lines).toContain('**Pilots** waits until you link: run `/link`.');
    world.world.links.set(ANA, linkOf(ANA));
    expect((await world.ana.run('me')).text).not.toContain('until you link');
  });

  it('tells which roles are none of the groups', async () => {
    const plan = emptyPlan({ kept: [{ roleId: STAFF, because: 'foreign', until: null }] });
    const { ana } = smallWorld({ plans: new Map([[ANA, plan]]) });
    expect((await ana.run('me')).text.split('\n').slice(-2)).toEqual([
      'Roles they give you here: none',
      `Yours from elsewhere, not from your groups: <@&${STAFF}>`,
    ]);
  });

  it('does not confirm what nobody has seen', async () => {
    const { ana, world } = smallWorld({ links: new Map([[ANA, linkOf(ANA)]]), plans: new Map([[ANA, anasPlan()]]) });
    await ana.click(await ana.run('me'), 'Sync now');
    expect(world.causes).toEqual([{ trigger: 'manual', actor: ANA }]);
  });

  it('says why nothing was synced here', async () => {
    const { ana, world } = smallWorld({ links: new Map([[ANA, linkOf(ANA)]]), plans: new Map([[ANA, anasPlan()]]) });
    const seen = await ana.run('me');
    world.plans.clear();
    expect((await ana.click(seen, 'Sync now')).text).toBe('This Discord user is not a member of this server.');
  });

  it('syncs nothing for who has unlinked since', async () => {
    const { ana, world } = smallWorld({ links: new Map([[ANA, linkOf(ANA)]]), plans: new Map([[ANA, anasPlan()]]) });
    const seen = await ana.run('me');
    world.links.clear();
    const answer = await ana.click(seen, 'Sync now');
    expect(answer).toMatchObject({ text: 'You are not linked, so no group counts. Run `/link`.', buttons: [] });
    expect(world.plans.get(ANA)?.changes).toHaveLength(1);
  });

  it('tells a stranger how to link', async () => {
    const seen = await smallWorld({ plans: new Map([[ANA, emptyPlan()]]) }).ana.run('me');
    expect(seen.text).toContain('Run `/link`');
    expect(seen.buttons).toEqual([]);
  });
});
