import { describe, expect, it } from 'vitest';
import { decideRoles } from '../../src/core/verdict.ts';
import { AT, emptyPlan, linkOf, mappingOf } from '../support/fake-app.ts';
import { ANA, CHIEF, PILOT, smallWorld } from '../support/small-world.ts';

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
