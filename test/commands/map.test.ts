import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/doctor.ts';
import { AT, emptyPlan, mappingOf } from '../support/fake-app.ts';
import { ADMIN, ANA, CHIEF, groupOf, OWNER, PILOT, smallWorld, STAFF } from '../support/small-world.ts';

const gain = (roleId: string) =>
  emptyPlan({ changes: [{ action: 'add', roleId, reason: 'mapping_true', mappingIds: [] }] });
const stuck = (roleId: string) =>
  emptyPlan({
    blocked: [{ action: 'add', roleId, reason: 'mapping_true', mappingIds: [], block: 'role_above_bot' }],
  });
/** What /map add says of Pilot while one member cannot get this role. */
const askBeside = async (roleId: string, more = {}) => {
  const { admin } = smallWorld({ plans: new Map([[ANA, stuck(roleId)]]) });
  return (await admin.run('map add', { group: 'pilots', role: PILOT, ...more })).text;
};
const broken: Finding = { code: 'role_above_bot', severity: 'error', mend: "Drag Rolewright's role above @Pilot." };
const pilots = (more = {}) => ({
  mapping: mappingOf({ id: 'm1', roleId: PILOT, groupId: 'pilots-id', ...more }),
  findings: [] as Finding[],
});

describe('/map add', () => {
  it('shows what would happen, and maps only when told to', async () => {
    const { admin, world } = smallWorld({ plans: new Map([[ANA, gain(PILOT)]]), foreignHolders: 2 });
    const asked = await admin.run('map add', { group: 'pilots', role: PILOT });
    expect(asked.text).toContain(`Add the mapping <@&${PILOT}> ← **Pilots**?`);
    expect(asked.text).toContain(`1 member would get <@&${PILOT}> now.`);
    expect(asked.text).toContain('2 members who hold');
    expect(asked.text).toContain('would keep it');
    expect(world.mappings).toEqual([]);
    const done = await admin.click(asked, 'Add mapping');
    expect(done.text).toContain(`✅ Added: <@&${PILOT}> ← **Pilots**`);
    expect(done.buttons).toEqual([]);
    expect(world.mappings.map(({ mapping }) => mapping)).toMatchObject([
      { groupId: 'pilots-id', roleId: PILOT, priority: 0 },
    ]);
  });

  it('speaks of its own trouble, and only counts that of other mappings', async () => {
    const others = await askBeside(CHIEF);
    expect(others).toContain('No member would change now. 1 change of other mappings cannot work either way: ');
    expect(others).not.toContain(ANA);
    expect(await askBeside(PILOT)).toContain(`1 change cannot work: run \`/doctor\` or ask`);
    expect(await askBeside(CHIEF, { exclusive_set: 'rank' })).toContain(`<@${ANA}>: ⚠️<@&${CHIEF}>`);
  });

  it.each([
    { options: { add_only: true, grace: '7d' }, says: '`grace` has no effect with `add_only`' },
    { options: { add_only: true, on_foreign: 'remove' }, says: 'still takes what somebody else gave' },
    { options: { priority: 3 }, says: '`priority` has no effect without an `exclusive_set`' },
    { options: { min_characters: 2 }, says: 'report no characters or permissions, so nobody qualifies' },
    { options: { permission: 'fly' }, says: 'report no characters or permissions, so nobody qualifies' },
    { options: { excluded_groups: 'Pilots' }, says: 'Cancel and change the conditions.' },
  ])('warns of $options', async ({ options, says }) => {
    const { admin } = smallWorld();
    expect((await admin.run('map add', { group: 'pilots', role: PILOT, ...options })).text).toContain(says);
    expect((await admin.run('map add', { group: 'pilots', role: PILOT })).text).not.toContain('⚠️');
  });

  it('takes each group once', async () => {
    const { admin } = smallWorld({ groups: [groupOf('pilots-id', 'Pilots'), groupOf('b', 'B')] });
    const asked = await admin.run('map add', { group: 'pilots', role: PILOT, also_groups: 'Pilots, b, B' });
    expect(asked.text).toContain(`<@&${PILOT}> ← **Pilots** or **B**?`);
  });

  it('points at a mapping of the same group and role', async () => {
    const { admin } = smallWorld({ mappings: [pilots({ priority: 2, exclusiveSet: 'rank' })] });
    const asked = await admin.run('map add', { group: 'pilots', role: PILOT });
    expect(asked.text).toContain(
      `⚠️ There is <@&${PILOT}> ← **Pilots** · priority 2 · one of set “rank” already: who fits either of them gets the role.`,
    );
  });

  it('maps nothing when cancelled', async () => {
    const { admin, world } = smallWorld();
    await admin.click(await admin.run('map add', { group: 'pilots', role: PILOT }), 'Cancel');
    expect(world.mappings).toEqual([]);
  });

  it('asks once more, by name, before a rule hands out power', async () => {
    const { admin, world } = smallWorld();
    const asked = await admin.run('map add', { group: 'pilots', role: CHIEF });
    const again = await admin.click(asked, 'Add mapping');
    expect(again.text).toBe(
      `⚠️ <@&${CHIEF}> carries **Manage Server and Ban Members**.\n` +
        'Everybody in **Pilots** gets them, now and later, without being asked again. Is that what you want?',
    );
    expect(world.mappings).toEqual([]);
    await admin.click(again, 'Yes, hand out Manage Server and Ban Members');
    expect(world.mappings).toHaveLength(1);
  });

  it('reads every option', async () => {
    const { admin, world } = smallWorld({ groups: [groupOf('a', 'A'), groupOf('b', 'B'), groupOf('c', 'C')] });
    const options = {
      group: 'a',
      role: PILOT,
      priority: 5,
      exclusive_set: 'rank',
      on_foreign: 'remove',
      on_drift: 'respect',
      also_groups: 'B, http:corp:1',
      require_all: true,
      excluded_groups: 'c',
      min_characters: 2,
      max_characters: 9,
      permission: 'fly, dock',
      add_only: true,
      grace: '1d 12h',
    };
    const asked = await admin.run('map add', options);
    expect(asked.text).toContain(
      '**A**, **B** and **http\\:corp\\:1**, not in **C**, at least 2 characters, at most 9 characters, with fly, with dock' +
        ' · priority 5 · one of set “rank” · taken from everybody else · stays off when somebody takes it · only adds · stays 36 hours longer',
    );
    await admin.click(asked, 'Add mapping');
    expect(world.mappings[0]?.mapping).toMatchObject({
      priority: 5,
      exclusiveSet: 'rank',
      onForeign: 'remove',
      onDrift: 'respect',
      addOnly: true,
      graceSeconds: 129_600,
      conditions: {
        requireAll: true,
        groups: ['b', 'http:corp:1'],
        excludedGroups: ['c'],
        characterCountMin: 2,
        characterCountMax: 9,
        requiredPermissions: ['fly', 'dock'],
      },
    });
  });

  it.each([
    { options: { group: 'nobody' }, says: 'There is no group “nobody” here' },
    { options: { also_groups: 'Pilots, nobody' }, says: 'There is no group “nobody” here' },
    { options: { grace: 'long' }, says: 'Say the grace as a time' },
    { options: { grace: '99999d' }, says: 'a year at most' },
  ])('refuses $options in words', async ({ options, says }) => {
    const seen = await smallWorld().admin.run('map add', { group: 'pilots', role: PILOT, ...options });
    expect(seen.text).toContain(says);
  });

  it('says that a question has expired: by time, by a second press, after a restart', async () => {
    const { admin, world, ...talk } = smallWorld();
    const asked = await admin.run('map add', { group: 'pilots', role: PILOT });
    const later = talk.as({ discordId: ADMIN, roleIds: [STAFF], at: new Date(AT.getTime() + 16 * 60_000) });
    expect((await later.click({ ...asked }, 'Add mapping')).text).toBe('This has expired. Run `/map` again.');
    await admin.click({ ...asked }, 'Add mapping');
    expect((await admin.click({ ...asked }, 'Add mapping')).text).toBe('This has expired. Run `/map` again.');
    expect((await admin.press(`map:save_dangerous:${ADMIN}:1573306918502400001`)).text).toBe(
      'This has expired. Run `/map` again.',
    );
    expect(world.mappings).toHaveLength(1);
  });

  it("does not let another admin press one's buttons", async () => {
    const { admin, world, ...talk } = smallWorld();
    const asked = await admin.run('map add', { group: 'pilots', role: PILOT });
    const other = await talk.as({ discordId: OWNER }).click({ ...asked }, 'Add mapping');
    expect(other.text).toContain('Only the person who ran the command');
    expect(world.mappings).toEqual([]);
  });

  it('stays within a message when everybody would change', async () => {
    const plans = new Map(
      Array.from({ length: 500 }, (_, index) => [String(210000000000000000n + BigInt(index)), gain(PILOT)]),
    );
    const asked = await smallWorld({ plans }).admin.run('map add', { group: 'pilots', role: PILOT });
    expect(asked.text.length).toBeLessThanOrEqual(4096);
    expect(asked.text).toMatch(/… and \d+ more$/);
    expect(asked.text).toContain('500 members would get');
  });
});

describe('/map list', () => {
  it('shows health, the broken first', async () => {
    const sick = { ...pilots({ id: 'm2', roleId: CHIEF }), findings: [broken] };
    const off = pilots({ id: 'm3', isActive: false });
    const { text } = await smallWorld({ mappings: [pilots(), sick, off] }).admin.run('map list');
    expect(text.split('\n')).toEqual([
      '**3 mappings**',
      `❌ <@&${CHIEF}> ← **Pilots**`,
      `✅ <@&${PILOT}> ← **Pilots**`,
      `⏸️ <@&${PILOT}> ← **Pilots** · **off**`,
      '1 mapping needs a look: run `/doctor` or ask somebody with Manage Server to.',
    ]);
  });

  it('cuts 250 mappings to what a message holds', async () => {
    const mappings = Array.from({ length: 250 }, (_, index) => pilots({ id: `m${index}` }));
    const { text } = await smallWorld({ mappings }).admin.run('map list');
    expect(text.length).toBeLessThanOrEqual(4096);
    const shown = text.split('\n').filter((line) => line.startsWith('✅')).length;
    expect(text).toContain(`… and ${250 - shown} more: \`/map export\` has all.`);
  });
});

describe('what /map completes', () => {
  it('names mappings by group and role', async () => {
    const { admin } = smallWorld({
      mappings: [pilots({ priority: 2 }), pilots({ id: 'm2', roleId: CHIEF, isActive: false })],
    });
    expect(await admin.type('map remove', 'mapping', 'pilot')).toEqual([
      { name: '@Chief ← Pilots, off', value: 'm2' },
      { name: '@Pilot ← Pilots, priority 2', value: 'm1' },
    ]);
  });

  it('goes on with a list of groups', async () => {
    const { admin } = smallWorld({ groups: [groupOf('a', 'Alpha'), groupOf('b', 'Beta')] });
    expect(await admin.type('map add', 'also_groups', 'Alpha, b')).toEqual([
      { name: 'Alpha, Beta', value: 'Alpha, Beta' },
    ]);
    expect(await admin.type('map add', 'group', 'bet')).toEqual([{ name: 'Beta (0)', value: 'b' }]);
  });

  it('offers a group of another source as it is typed, for nobody may carry it yet', async () => {
    const { admin } = smallWorld({ groups: [groupOf('a', 'Alpha')] });
    const corp = { name: 'http:corp-1', value: 'http:corp-1' };
    expect(await admin.type('map add', 'group', ' http:corp-1')).toEqual([corp]);
    expect(await admin.type('map add', 'group', 'http:')).toEqual([]);
    expect(await admin.type('map add', 'excluded_groups', 'Alpha, http:corp-1')).toEqual([
      { name: 'Alpha, http:corp-1', value: 'Alpha, http:corp-1' },
    ]);
    expect(await admin.type('group show', 'group', 'http:corp-1')).toEqual([]);
  });
});
