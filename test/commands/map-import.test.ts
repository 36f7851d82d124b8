import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { writeMappingFile } from '../../commands/mapping-file.ts';
import { mappingOf } from '../support/fake-app.ts';
import { ADMIN, CHIEF, groupOf, PILOT, smallWorld, STAFF } from '../support/small-world.ts';

const FILE = '700000000000000007';
const pilot = mappingOf({ id: '7d6f2a80-6c1c-4cf0-9d3d-6f5b0f6f0a51', roleId: PILOT, groupId: 'pilots-id' });

function fileOf(mappings: unknown[], groups: unknown[] = []): string {
  return JSON.stringify({ format: 'rolewright-mappings', version: 1, groups, mappings });
}

/** A world that is given this file. */
function given(text: string, world: Parameters<typeof smallWorld>[0] = {}) {
  const begun = smallWorld({ files: new Map([[FILE, text]]), ...world });
  return { ...begun, read: () => begun.admin.run('map import', { file: FILE }) };
}

const entry = (values: object = {}) => ({ discord_role_id: PILOT, group_id: 'Pilots', ...values });

describe('/map export', () => {
  it('gives a file of all mappings with the names of the groups, and no id of a person', async () => {
    const mapping = { ...pilot, createdBy: ADMIN, graceSeconds: 60 };
    const seen = await smallWorld({ mappings: [{ mapping, findings: [] }] }).admin.run('map export');
    expect(seen.text).toContain('**1 mapping**. `/map import` takes this file');
    const [file] = seen.files ?? [];
    expect(file?.name).toBe('mappings-100000000000000001.json');
    expect(JSON.parse(file?.text ?? '')).toMatchObject({
      groups: [{ id: 'pilots-id', name: 'Pilots' }],
      mappings: [{ discord_role_id: PILOT, group_id: 'pilots-id', grace_seconds: 60, conditions: { groups: [] } }],
    });
    expect(file?.text).not.toContain(ADMIN);
  });

  it('names the groups of the server, and of the global ones those that its mappings name', async () => {
    const groups = [groupOf('unused', 'Cadets'), groupOf('pilots-id', 'Pilots', null), groupOf('far', 'Far', null)];
    const mapping = { ...pilot, conditions: { ...pilot.conditions, excludedGroups: ['banned'] } };
    groups.push(groupOf('banned', 'Banned', null));
    const seen = await smallWorld({ mappings: [{ mapping, findings: [] }], groups }).admin.run('map export');
    const file = z
      .object({ groups: z.array(z.object({ id: z.string() })) })
      .parse(JSON.parse(seen.files?.[0]?.text ?? ''));
    expect(file.groups.map(({ id }) => id).toSorted()).toEqual(['banned', 'pilots-id', 'unused']);
  });

  it('says that there is nothing', async () => {
    const seen = await smallWorld().admin.run('map export');
    expect(seen).toMatchObject({ text: expect.stringContaining('There are no mappings yet'), files: [] });
  });
});

describe('/map import', () => {
  it('shows what is added, changed, as it was and left out, and does it', async () => {
    const mappings = [
      { mapping: pilot, findings: [] },
      { mapping: mappingOf({ id: 'm2', roleId: STAFF, groupId: 'pilots-id', addOnly: true }), findings: [] },
    ];
    const text = fileOf([
      entry({ priority: 5 }),
      entry({ discord_role_id: STAFF, add_only: true }),
      entry({ group_id: 'cadets-id', conditions: { excluded_groups: ['Pilots'] } }),
      entry({ discord_role_id: '499999999999999999', discord_role_name: 'Gone **x**' }),
      entry({ group_id: 'Nobody' }),
      entry({ priority: 'high', grace_seconds: -1 }),
      entry({ priority: 5 }),
    ]);
    const { read, admin, world } = given(text, {
      mappings,
      groups: [groupOf('pilots-id', 'Pilots'), groupOf('cadets-id', 'Cadets')],
    });
    const asked = await read();
    expect(asked.text.split('\n')).toEqual([
      'Import this file? 1 mapping added, 1 mapping changed, 1 mapping like this already, 5 problems, left out.',
      'No member would change now.',
      expect.stringContaining('❌ Mapping 6\\: priority must be a whole number'),
      expect.stringContaining('❌ Mapping 6\\: grace\\_seconds must be a whole number'),
      '❌ Mapping 4\\: There is no role 499999999999999999 (“Gone \\*\\*x\\*\\*” where the file was made) here. Put the id of a role of this server.',
      expect.stringContaining('❌ Mapping 5\\: There is no group “Nobody” here.'),
      '❌ Mapping 7\\: the file says the same before.',
      `➕ <@&${PILOT}> ← **Cadets**, not in **Pilots**`,
      `✏️ <@&${PILOT}> ← **Pilots**`,
      `> becomes <@&${PILOT}> ← **Pilots** · priority 5`,
    ]);
    expect(world.mappings).toHaveLength(2);
    const done = await admin.click(asked, 'Apply');
    expect(done.text.split('\n')).toEqual([
      '✅ Imported: 1 mapping added, 1 changed.',
      expect.stringContaining('`/sync status`'),
    ]);
    expect(world.mappings.map(({ mapping }) => [mapping.groupId, mapping.priority])).toEqual([
      ['pilots-id', 5],
      ['pilots-id', 0],
      ['cadets-id', 0],
    ]);
  });

  it('takes what an export gave, in the same server and in another one', async () => {
    const file = writeMappingFile([pilot], [groupOf('pilots-id', 'Pilots')]);
    const same = given(file, { mappings: [{ mapping: pilot, findings: [] }] });
    expect((await same.read()).text).toBe('Nothing to import: 1 mapping like this already.');
    const other = given(file, { groups: [groupOf('other-id', 'pilots')] });
    await other.admin.click(await other.read(), 'Apply');
    expect(other.world.mappings.map(({ mapping }) => mapping.groupId)).toEqual(['other-id']);
  });

  it('knows a mapping again by its id, though its conditions changed', async () => {
    const twins = [pilot, { ...pilot, id: 'm2', conditions: { ...pilot.conditions, requireAll: true } }];
    const text = fileOf([entry({ id: pilot.id, conditions: { character_count_min: 3 } })]);
    const { read, admin, world } = given(text, { mappings: twins.map((mapping) => ({ mapping, findings: [] })) });
    await admin.click(await read(), 'Apply');
    expect(world.mappings.map(({ mapping }) => mapping.conditions.characterCountMin)).toEqual([3, null]);
  });

  it('asks again before it hands out power, and cancels', async () => {
    const { read, admin, world } = given(fileOf([entry({ discord_role_id: CHIEF })]));
    const question = await admin.click(await read(), 'Apply');
    expect(question.text).toContain(
      `<@&${CHIEF}> carries **Manage Server and Ban Members**, for everybody in **Pilots**`,
    );
    const { buttons } = question;
    expect((await admin.click(question, 'Cancel')).text).toContain('Nothing was changed');
    expect(world.mappings).toEqual([]);
    const done = await admin.click({ ...question, buttons }, 'Yes, hand out this power');
    expect(done.text).toContain('✅ Imported: 1 mapping added');
    expect(world.mappings).toHaveLength(1);
  });

  it('imports once, and tells what could not be saved any more', async () => {
    const text = fileOf([entry({ id: pilot.id, priority: 1 }), entry({ discord_role_id: STAFF, is_active: false })]);
    const { read, admin, world } = given(text, { mappings: [{ mapping: pilot, findings: [] }] });
    const asked = await read();
    const again = { ...asked };
    world.mappings = [];
    const dangerous = await admin.click(asked, 'Apply');
    const done = await admin.click(dangerous, 'Yes, hand out this power');
    expect(done.text).toContain('⚠️ Imported in part: 1 mapping added, 0 changed.\n❌ Mapping 1\\: There is no such');
    expect((await admin.click(again, 'Apply')).text).toContain('Run `/map import` again');
  });

  it.each([
    { name: 'no JSON', text: 'group,role', says: 'This file is not JSON.' },
    { name: 'another JSON', text: '[]', says: 'This file cannot be imported: it must be an object' },
    {
      name: 'another format',
      text: '{"format":"x","version":2,"mappings":[]}',
      says: 'imported: format must be rolewright-mappings',
    },
    { name: 'no mapping', text: fileOf([]), says: 'Nothing to import: the file is empty.' },
    { name: 'unknown fields', text: fileOf([entry({ colour: 1 })]), says: 'Mapping 1: colour is not known here' },
    { name: 'no group', text: fileOf([entry({ group_id: undefined })]), says: 'Mapping 1: group_id is missing' },
    { name: 'a mapping that is none', text: fileOf([7]), says: 'Mapping 1: it must be an object' },
    {
      name: 'a group that is none',
      text: fileOf([entry({ conditions: { groups: ['Pilots', 5] } })]),
      says: 'Mapping 1: entry 2 of conditions.groups must be text',
    },
    {
      name: 'a name that is none',
      text: fileOf([], [{ id: 'pilots-id', name: 5 }]),
      says: 'imported: name of entry 1 of groups must be text',
    },
    {
      name: 'keys of prototypes',
      text: '{"__proto__":{"x":1},"format":"rolewright-mappings"}',
      says: 'cannot be imported',
    },
    {
      name: 'too many',
      text: fileOf(Array.from({ length: 501 }, () => entry())),
      says: 'must be a list with at most 500 entries',
    },
  ])('refuses $name', async ({ text, says }) => {
    const { read, world } = given(text);
    const seen = await read();
    expect(seen.text.replaceAll('\\', '')).toContain(says);
    expect(seen.buttons).toEqual([]);
    expect(world.mappings).toEqual([]);
  });

  it('tells that the file cannot be had', async () => {
    const { admin } = smallWorld();
    expect((await admin.run('map import', { file: FILE })).text).toContain('Discord does not hand out this file');
  });
});
