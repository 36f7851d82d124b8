import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/doctor.ts';
import { NO_CONDITIONS } from '../../src/core/mapping.ts';
import { mappingOf } from '../support/fake-app.ts';
import { CHIEF, groupOf, PILOT, smallWorld } from '../support/small-world.ts';

const pilots = (more = {}) => ({
  mapping: mappingOf({ id: 'm1', roleId: PILOT, groupId: 'pilots-id', ...more }),
  findings: [] as Finding[],
});

describe('/map edit', () => {
  it('shows before and after, and saves what was said', async () => {
    const { admin, world } = smallWorld({ mappings: [pilots({ priority: 3, exclusiveSet: 'rank' })] });
    const asked = await admin.run('map edit', { mapping: 'm1', exclusive_set: 'none', min_characters: 3 });
    expect(asked.text).toContain(`Before: <@&${PILOT}> ← **Pilots** · priority 3 · one of set “rank”`);
    expect(asked.text).toContain(`After: <@&${PILOT}> ← **Pilots**, at least 3 characters · priority 3\n`);
    await admin.click(asked, 'Save changes');
    expect(world.mappings[0]?.mapping).toMatchObject({
      exclusiveSet: null,
      priority: 3,
      conditions: { characterCountMin: 3 },
    });
  });

  it('clears what is set to nothing', async () => {
    const conditions = {
      requireAll: true,
      groups: ['b'],
      excludedGroups: ['c'],
      characterCountMin: 1,
      characterCountMax: 2,
      requiredPermissions: ['x'],
    };
    const { admin, world } = smallWorld({ mappings: [pilots({ conditions, graceSeconds: 60, addOnly: true })] });
    const options = {
      also_groups: 'none',
      excluded_groups: 'None',
      min_characters: 0,
      max_characters: -1,
      permission: 'none',
    };
    const asked = await admin.run('map edit', {
      mapping: 'm1',
      ...options,
      require_all: false,
      grace: '0m',
      add_only: false,
    });
    await admin.click(asked, 'Save changes');
    expect(world.mappings[0]?.mapping).toEqual(pilots().mapping);
  });

  it('says what switching off means', async () => {
    const { admin, world } = smallWorld({ mappings: [pilots()] });
    const asked = await admin.run('map edit', { mapping: 'm1', active: false });
    expect(asked.text).toContain('Members lose the role where only this mapping gave it');
    await admin.click(asked, 'Save changes');
    expect(world.mappings[0]?.mapping.isActive).toBe(false);
  });

  it('says when nothing would change, and asks nothing', async () => {
    const { admin } = smallWorld({ mappings: [pilots({ priority: 3 })] });
    for (const options of [{ priority: 3 }, { also_groups: 'Pilots' }, { group: 'Pilots' }]) {
      const seen = await admin.run('map edit', { mapping: 'm1', ...options });
      expect(seen).toMatchObject({ text: 'Nothing would change: the mapping is like this already.', buttons: [] });
    }
  });

  it('does not name a group twice when its own one changes', async () => {
    const conditions = { ...NO_CONDITIONS, groups: ['b', 'c'] };
    const groups = [groupOf('pilots-id', 'Pilots'), groupOf('b', 'B'), groupOf('c', 'C')];
    const { admin, world } = smallWorld({ groups, mappings: [pilots({ conditions })] });
    await admin.click(await admin.run('map edit', { mapping: 'm1', group: 'B' }), 'Save changes');
    expect(world.mappings[0]?.mapping).toMatchObject({ groupId: 'b', conditions: { groups: ['c'] } });
  });

  it('asks what to change', async () => {
    const seen = await smallWorld({ mappings: [pilots()] }).admin.run('map edit', { mapping: 'm1' });
    expect(seen.text).toContain('Say what to change');
  });
});

describe('/map remove', () => {
  it.each([{ roles: 'remove' }, { roles: 'keep' }])('asks, then removes it ($roles)', async ({ roles }) => {
    const { admin, world } = smallWorld({ mappings: [pilots()] });
    const asked = await admin.run('map remove', { mapping: 'Pilots', ...(roles === 'keep' ? { roles } : {}) });
    expect(asked.text).toContain(roles === 'keep' ? 'Everybody keeps the role' : 'Members lose the role');
    expect(world.mappings).toHaveLength(1);
    await admin.click(asked, 'Remove mapping');
    expect(world).toMatchObject({ mappings: [], rolesAfterRemoval: [roles] });
  });

  it.each(['m1', PILOT, `<@&${PILOT}>`, '@pilot', 'Pilot', 'PILOTS', 'pilots-id'])(
    'finds the mapping by "%s"',
    async (typed) => {
      const seen = await smallWorld({ mappings: [pilots()] }).admin.run('map remove', { mapping: typed });
      expect(seen.text).toContain('Remove the mapping');
    },
  );

  it('wants to know which, when several fit, and says when none does', async () => {
    const { admin } = smallWorld({ mappings: [pilots(), pilots({ id: 'm2', roleId: CHIEF })] });
    expect((await admin.run('map remove', { mapping: 'pilots' })).text).toContain('2 mappings fit “pilots”');
    expect((await admin.run('map remove', { mapping: 'x' })).text).toContain('There is no mapping for “x”');
  });
});
