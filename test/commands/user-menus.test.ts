import { describe, expect, it } from 'vitest';
import { decideRoles } from '../../src/core/verdict.ts';
import { AT, emptyPlan, linkOf, mappingOf } from '../support/fake-app.ts';
import { ADMIN, ANA, CHIEF, PILOT, smallWorld, STAFF } from '../support/small-world.ts';

/** Ana is in Pilots; Chief wins over Pilot within a set; who gives Staff cannot be told. */
function anasPlan() {
  const set = { exclusiveSet: 'rank' };
  const mappings = [
    mappingOf({ id: 'm2', roleId: CHIEF, groupId: 'pilots-id', priority: 5, ...set }),
    mappingOf({ id: 'm1', roleId: PILOT, groupId: 'pilots-id', ...set }),
    mappingOf({ id: 'm3', roleId: STAFF, groupId: 'http:staff' }),
  ];
  const facts = new Map([['local', { status: 'known' as const, asOf: AT, groupIds: new Set(['pilots-id']) }]]);
  return emptyPlan({
    verdicts: decideRoles(mappings, facts),
    changes: [{ action: 'add', roleId: CHIEF, reason: 'mapping_true', mappingIds: ['m2'] }],
  });
}

describe('“Explain roles”', () => {
  it('explains every mapped role in short, and what the next sync does', async () => {
    const { admin } = smallWorld({ links: new Map([[ANA, linkOf(ANA)]]), plans: new Map([[ANA, anasPlan()]]) });
    const seen = await admin.menu('Explain roles', ANA);
    expect(seen.isEphemeral).toBe(true);
    expect(seen.text.split('\n')).toEqual([
      `**Mapped roles of** <@${ANA}>`,
      `✅ <@&${CHIEF}> ← **Pilots**`,
      `❌ <@&${PILOT}> ← **Pilots** · beaten in its exclusive set`,
      `❔ <@&${STAFF}> ← **http\\:staff** · nobody can say right now`,
      '',
      '**The next sync**',
      `+ <@&${CHIEF}>: a mapping gives it`,
    ]);
  });

  it('leads to each of them in full', async () => {
    const explanation = {
      guildId: '1',
      discordId: ANA,
      roleId: CHIEF,
      isPresent: false,
      isLinked: true,
      verdict: 'unmanaged' as const,
      mappings: [],
      grant: null,
      leftAlone: null,
      change: null,
      block: null,
      kept: null,
    };
    const { admin } = smallWorld({ plans: new Map([[ANA, anasPlan()]]), explanation });
    const seen = await admin.menu('Explain roles', ANA);
    expect(seen.selects?.[0]).toMatchObject({
      options: [
        { label: '@Chief', value: CHIEF },
        { label: '@Pilot', value: PILOT },
        { label: '@Staff', value: STAFF },
      ],
    });
    const full = await admin.choose(seen, 'Explain one role in full', CHIEF);
    expect(full.text).toContain(`<@${ANA}> does **not** have <@&${CHIEF}>.`);
    expect(full.selects).toHaveLength(1);
  });

  it.each([
    { name: 'nothing is mapped', plan: emptyPlan(), says: 'there is nothing to explain' },
    { name: 'he is no member', plan: null, says: 'is not a member of this server' },
  ])('says that $name', async ({ plan, says }) => {
    const { admin } = smallWorld({ plans: new Map(plan ? [[ANA, plan]] : []) });
    const seen = await admin.menu('Explain roles', ANA);
    expect(seen.text).toContain(says);
    expect(seen.selects).toEqual([]);
  });

  it('says that nobody has linked, and that nothing changes', async () => {
    const plan = { ...anasPlan(), changes: [] };
    const { text } = await smallWorld({ plans: new Map([[ANA, plan]]) }).admin.menu('Explain roles', ANA);
    expect(text).toContain('who has not linked: no group counts');
    expect(text).toContain('The next sync would change nothing.');
  });

  it('leaves bots alone, and is for who manages roles', async () => {
    const { admin, ana } = smallWorld();
    expect((await admin.menu('Explain roles', '20000000000000000b')).text).toBe('Bots are left alone.');
    expect((await ana.menu('Explain roles', ADMIN)).text).toContain(
      'the Manage Roles permission to use “Explain roles”',
    );
  });
});

describe('“Sync roles”', () => {
  it('shows what `/sync user` shows, and does it', async () => {
    const { admin, world } = smallWorld({ plans: new Map([[ANA, anasPlan()]]), links: new Map([[ANA, linkOf(ANA)]]) });
    const asked = await admin.menu('Sync roles', ANA);
    expect(asked.text).toBe(`The sync of <@${ANA}> would change:\n+ <@&${CHIEF}>: a mapping gives it`);
    const done = await admin.click(asked, 'Apply');
    expect(done.text).toContain(`✅ + <@&${CHIEF}>: a mapping gives it`);
    expect(world.causes).toMatchObject([{ trigger: 'manual', actor: ADMIN, isConfirmed: true }]);
  });

  it('is for who manages roles', async () => {
    expect((await smallWorld().ana.menu('Sync roles', ADMIN)).text).toContain('Manage Roles permission');
  });
});
