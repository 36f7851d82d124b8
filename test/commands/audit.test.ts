import { describe, expect, it } from 'vitest';
import { readQuery, writeQuery, type AuditQuery } from '../../commands/audit-query.ts';
import type { ConfigChange } from '../../src/db/config-change-store.ts';
import { AT, mappingOf } from '../support/fake-app.ts';
import { changeOf, runOf } from '../support/fake-runs.ts';
import { ADMIN, ANA, CHIEF, GUILD, PILOT, smallWorld } from '../support/small-world.ts';
import { AUDIT_CHANNEL_ID } from '../support/wire-payloads.ts';

const RUN = '0f7c2a91-5d1e-4c55-9a0b-2f6f3f0a9b1d';
const OTHER = '1f7c2a91-5d1e-4c55-9a0b-2f6f3f0a9b1d';
const added = { action: 'add', outcome: 'applied', reason: 'mapping_true' } as const;

function audited(number = 1) {
  return smallWorld({
    runs: [runOf({ id: RUN, trigger: 'mapping', initiatedBy: ADMIN, rolesAdded: number, usersProcessed: number })],
    changes: Array.from({ length: number }, (_, index) =>
      changeOf({ runId: RUN, discordId: `2100000000000${10_000 + index}`, roleId: PILOT, ...added }),
    ),
  });
}

describe('/audit', () => {
  it('says whose roles changed, why, what became of it, and by which run', async () => {
    const world = audited();
    world.world.changes.push(
      changeOf({ runId: RUN, discordId: ANA, roleId: CHIEF, outcome: 'forbidden', changedBy: ADMIN }),
      changeOf({ runId: RUN, discordId: ANA, roleId: CHIEF, outcome: null }),
    );
    const seen = await world.admin.run('audit');
    const when = `<t:${AT.getTime() / 1000}:R>`;
    expect(seen).toMatchObject({ isEphemeral: true, allowedMentions: { parse: [] } });
    expect(seen.text.split('\n')).toEqual([
      '**1 role change made, 2 not made**',
      `${when} <@${ANA}> not removed yet: <@&${CHIEF}> · it was due because no mapping gives it any more · run \`0f7c2a91\``,
      `${when} <@${ANA}> not removed: <@&${CHIEF}> · Discord forbids it; run \`/doctor\` or ask somebody with Manage Server to · it was due because no mapping gives it any more (changed by <@${ADMIN}>) · run \`0f7c2a91\``,
      `${when} <@210000000000010000> +<@&${PILOT}> · a mapping gives it · run \`0f7c2a91\``,
    ]);
  });

  it.each([
    { outcome: 'blocked:role_above_bot', says: `not given: <@&${PILOT}> · it is not below Rolewright's own role ·` },
    { outcome: 'deferred', says: `not given yet: <@&${PILOT}> · it follows with one of the next syncs` },
    { outcome: 'already', says: `there already: <@&${PILOT}> · it was due because a mapping gives it` },
  ] as const)('does not read as if it had been made: $outcome', async ({ outcome, says }) => {
    const changes = [changeOf({ runId: RUN, discordId: ANA, roleId: PILOT, ...added, outcome })];
    const { text } = await smallWorld({ runs: [runOf({ id: RUN })], changes }).admin.run('audit');
    expect(text.split('\n')).toEqual(['**1 role change not made**', expect.stringContaining(says)]);
    expect(text).not.toContain('+');
  });

  it('counts what was undone as made', async () => {
    const changes = [changeOf({ runId: RUN, discordId: ANA, roleId: PILOT, ...added, outcome: 'undone' })];
    const { text } = await smallWorld({ runs: [runOf({ id: RUN })], changes }).admin.run('audit');
    expect(text).toContain(
      `**1 role change**\n<t:${AT.getTime() / 1000}:R> <@${ANA}> +<@&${PILOT}> · a mapping gives it`,
    );
    expect(text).toContain('· it was done, and undone since ·');
  });

  it('turns pages, newer and older', async () => {
    const { admin } = audited(25);
    const first = await admin.run('audit');
    expect(first.text).toContain('**25 role changes**, page 1 of 3');
    expect(first.buttons.map(({ label }) => label)).toEqual(['Older']);
    const second = await admin.click(first, 'Older');
    expect(second.buttons.map(({ label }) => label)).toEqual(['Newer', 'Older']);
    const { text } = second;
    const third = await admin.click(second, 'Older');
    expect(third.text).toContain('page 3 of 3');
    expect(third.text.split('\n')).toHaveLength(6);
    expect((await admin.click(third, 'Newer')).text).toBe(text);
  });

  it('filters, and keeps the filter while turning pages', async () => {
    const world = audited(12);
    world.world.changes.push(changeOf({ runId: RUN, discordId: ANA, roleId: CHIEF, ...added }));
    const ofAna = await world.admin.run('audit', { user: ANA, role: CHIEF, outcome: 'applied', since: '1h' });
    const since = `<t:${AT.getTime() / 1000 - 3600}:F>`;
    expect(ofAna.text.split('\n').slice(0, 2)).toEqual([
      '**1 role change**',
      `Only: member <@${ANA}> · role <@&${CHIEF}> · outcome “Done” · since ${since}`,
    ]);
    expect(ofAna.text.split('\n')).toHaveLength(3);
    const ofPilot = await world.admin.run('audit', { role: PILOT, run: RUN });
    const older = await world.admin.click(ofPilot, 'Older');
    expect(older.text).toContain(`**12 role changes**, page 2 of 2\nOnly: role <@&${PILOT}> · run \`0f7c2a91\``);
  });

  it.each([
    { options: {}, says: 'Nothing has been changed yet.' },
    { options: { user: ANA }, says: 'Nothing fits.' },
    { options: { what: 'configuration' }, says: 'Nothing has been changed yet.' },
    { options: { run: OTHER }, says: 'Nothing fits.' },
    { options: { run: 'x' }, says: 'Pick one from the list' },
    { options: { since: '2999-01-01' }, says: 'a time that has passed' },
    { options: { since: 'soon' }, says: 'a time that has passed' },
  ])('says to $options: $says', async ({ options, says }) => {
    expect((await smallWorld().admin.run('audit', options)).text).toContain(says);
  });

  it('leads to a run, and undoes it when asked twice', async () => {
    const { admin, world } = audited(2);
    const seen = await admin.run('audit');
    expect(seen.selects?.[0]).toMatchObject({
      options: [{ label: '0f7c2a91 · 2026-11-20 12:00 UTC · 2 roles added · 2 members', value: RUN }],
    });
    const run = await admin.choose(seen, 'Look at one run, or undo it', RUN);
    expect(run.text).toContain(`Sync of the server, after a change of a mapping by <@${ADMIN}> · 2 roles added`);
    const asked = await admin.click(run, 'Undo this run');
    expect(asked.text).toBe(run.text);
    expect(asked.besides).toMatchObject({ isEphemeral: true });
    expect(asked.besides?.text).toContain('At most: 2 roles taken away again.');
    if (!asked.besides) throw new Error('nothing was asked');
    expect((await admin.click(asked.besides, 'Undo it')).text).toContain('✅ The undo is done.');
    expect(world.runs[0]).toMatchObject({ undoOf: RUN, initiatedBy: ADMIN });
  });

  it('offers no undo of a run that changed nothing', async () => {
    const changes = [changeOf({ runId: RUN, discordId: ANA, roleId: PILOT, ...added, outcome: 'forbidden' })];
    const { admin } = smallWorld({ runs: [runOf({ id: RUN, usersProcessed: 1 })], changes });
    const seen = await admin.run('audit');
    expect(seen.selects?.[0]).toMatchObject({
      options: [{ label: '0f7c2a91 · 2026-11-20 12:00 UTC · nothing changed · 1 member' }],
    });
    expect((await admin.choose(seen, 'Look at one run', RUN)).buttons.map(({ label }) => label)).toEqual([
      'Back to the list',
    ]);
  });

  it('leads back from a run to the same page of the same list', async () => {
    const { admin, world } = audited(25);
    world.changes.unshift(changeOf({ runId: RUN, discordId: ANA, roleId: CHIEF, ...added }));
    const list = await admin.click(await admin.run('audit', { role: PILOT, since: '1d' }), 'Older');
    const { text } = list;
    const run = await admin.choose(list, 'Look at one run, or undo it', RUN);
    expect(run.text).toContain('**26 role changes**, page 1 of 3\nOnly: run `0f7c2a91`\n');
    expect(run.buttons.map(({ label }) => label)).toEqual(['Back to the list', 'Older', 'Undo this run']);
    const older = await admin.click(await admin.click(run, 'Older'), 'Older');
    expect(older.text).toContain(`<@${ANA}>`);
    const back = await admin.click(older, 'Back to the list');
    expect(back.text).toBe(text);
    expect(back.buttons.map(({ label }) => label)).toEqual(['Newer', 'Older']);
  });

  it('completes runs by what they did', async () => {
    const { admin } = audited();
    expect(await admin.type('audit', 'run', '0F7C')).toEqual([
      { name: '0f7c2a91 · 2026-11-20 12:00 UTC · 1 role added · 1 member', value: RUN },
    ]);
    expect(await admin.type('audit', 'run', 'nothing')).toEqual([]);
  });

  it('shows who changed the configuration, before and after', async () => {
    const of = { guildId: GUILD, at: AT };
    const configChanges: ConfigChange[] = [
      {
        ...of,
        id: 1,
        subject: 'mapping',
        subjectId: 'm1',
        action: 'create',
        actor: ADMIN,
        before: null,
        after: {
          discord_role_id: PILOT,
          discord_role_name: 'Pilot',
          group_id: 'pilots-id',
          conditions: { groups: [] },
          priority: 0,
          on_foreign: 'keep',
        },
      },
      {
        ...of,
        id: 2,
        subject: 'guild',
        subjectId: GUILD,
        action: 'update',
        actor: 'a81bc81b-dead-4e5d-abff-90865d1e13b1',
        before: { audit_channel_id: null, auto_sync: true, nickname_template: '' },
        after: { audit_channel_id: AUDIT_CHANNEL_ID, auto_sync: false, nickname_template: '**@everyone**' },
      },
      { ...of, id: 3, subject: 'group', subjectId: 'g', action: 'delete', actor: null, before: {}, after: null },
    ];
    const world = smallWorld({ configChanges });
    const { text } = await world.admin.run('audit', { what: 'configuration' });
    const when = `<t:${AT.getTime() / 1000}:R>`;
    expect(text.split('\n')).toEqual([
      '**3 changes of the configuration**',
      `${when} Rolewright removed the group`,
      `${when} account a81bc81b changed the settings: audit channel none → <#${AUDIT_CHANNEL_ID}>; auto sync on → off; nickname template none → “\\*\\*@\u200beveryone\\*\\*”`,
      `${when} <@${ADMIN}> added a mapping: role <@&${PILOT}>; group **Pilots**`,
    ]);
    const own = await world.admin.run('audit', { what: 'configuration', user: ADMIN });
    expect(own.text).toContain(`**1 change of the configuration**\nOnly: by <@${ADMIN}>`);
  });

  const conditions = { require_all: false, groups: ['pilots-id'], excluded_groups: [], character_count_min: null };
  const known = [{ mapping: mappingOf({ id: 'm1', roleId: PILOT, groupId: 'pilots-id' }), findings: [] }];
  const EXPIRY = '2027-01-01T00:00:00.000Z';
  const soon = `<t:${Date.parse(EXPIRY) / 1000}:R>`;

  it.each<{ change: Partial<ConfigChange>; says: string }>([
    {
      change: {
        before: { conditions, grace_seconds: 0, on_foreign: 'keep' },
        after: {
          conditions: { ...conditions, require_all: true, groups: [] },
          grace_seconds: 7200,
          on_foreign: 'remove',
        },
      },
      says: `changed the mapping of <@&${PILOT}>: grace none → 2 hours; when foreign keep → remove; all groups needed off → on; other groups **Pilots** → none`,
    },
    {
      change: { subjectId: 'gone', before: { priority: 1 }, after: { priority: 2000 } },
      says: 'changed a mapping that is no more: priority 1 → 2,000',
    },
    {
      change: { action: 'delete', before: { discord_role_id: PILOT, conditions, is_active: true, on_drift: 'revert' } },
      says: `removed a mapping: role <@&${PILOT}>; other groups **Pilots**`,
    },
    {
      change: {
        action: 'create',
        after: { discord_role_id: PILOT, conditions: { excluded_groups: ['a', 'b', 'c', 'd', 'e'] }, is_active: false },
      },
      says: `added a mapping: role <@&${PILOT}>; not in **a**, **b**, **c**, 2 more`,
    },
    { change: { subject: 'guild', action: 'create', after: {} }, says: 'set this server up' },
    { change: { subject: 'guild', action: 'delete', before: {} }, says: "removed this server's configuration" },
    {
      change: { subject: 'guild', before: { sync_interval: null }, after: { sync_interval: '30m' } },
      says: 'changed the settings: sync interval as the operator chose → 30m',
    },
    {
      change: { subject: 'group', action: 'create', after: { name: '_P_', description: null } },
      says: 'added the group “\\_P\\_”',
    },
    {
      change: { subject: 'group', action: 'delete', before: { name: 'P', member_count: 1200 } },
      says: 'removed the group “P”: members 1,200',
    },
    {
      change: { subject: 'group', subjectId: 'pilots-id', before: { name: 'Old' }, after: { name: 'Pilots' } },
      says: 'changed the group **Pilots**: name “Old” → “Pilots”',
    },
    {
      change: { subject: 'membership', action: 'create', after: { discord_id: ANA, expires_at: null } },
      says: `added <@${ANA}> to **gone**`,
    },
    {
      change: { subject: 'membership', action: 'create', after: { user_id: 'a81bc81b-dead', expires_at: EXPIRY } },
      says: `added account a81bc81b to **gone** until ${soon}`,
    },
    {
      change: { subject: 'membership', action: 'delete', before: { discord_id: ANA, expires_at: null } },
      says: `took <@${ANA}> out of **gone**`,
    },
    {
      change: {
        subject: 'membership',
        before: { discord_id: ANA, expires_at: null },
        after: { discord_id: ANA, expires_at: EXPIRY },
      },
      says: `changed until when <@${ANA}> is in **gone**: without an end → ${soon}`,
    },
    {
      change: {
        subject: 'membership',
        before: { removed: 1, members: [{}] },
        after: { added: 1200, changed: 2, members: [{ discord_id: ANA }, { discord_id: ADMIN }] },
      },
      says: `changed who is in **gone**: 1,200 added (<@${ANA}>, <@${ADMIN}>, 1,198 more); 1 removed (somebody); 2 changed`,
    },
  ])('says that somebody $says', async ({ change, says }) => {
    const plain = { guildId: GUILD, at: AT, actor: ADMIN, id: 1, before: null, after: null } as const;
    const subjectId = change.subject === undefined ? 'm1' : 'gone';
    const full: ConfigChange = { ...plain, subject: 'mapping', action: 'update', subjectId, ...change };
    const { admin } = smallWorld({ configChanges: [full], mappings: known });
    const { text } = await admin.run('audit', { what: 'configuration' });
    expect(text.split('\n').at(-1)).toBe(`<t:${AT.getTime() / 1000}:R> <@${ADMIN}> ${says}`);
  });

  it('is for who manages the server', async () => {
    expect((await smallWorld().ana.run('audit')).text).toContain('You need the Manage Server permission');
  });

  it('knows a page that it cannot read', async () => {
    expect((await smallWorld().admin.press(`audit:page:${ADMIN}:`)).text).toContain('Run `/audit` again');
  });
});

describe('the query in a button', () => {
  const full: AuditQuery = {
    page: 9_999_999,
    what: 'configuration',
    discordId: '18446744073709551615',
    roleId: '18446744073709551614',
    outcome: 'blocked:missing_manage_roles',
    runId: RUN,
    since: new Date('2026-11-20T12:34:00Z'),
    listPage: 9_999_999,
  };

  it('is read as it was written, and short enough', () => {
    const nothing = { discordId: null, roleId: null, outcome: null, runId: null, since: null, listPage: null };
    for (const query of [full, { ...full, ...nothing, page: 1, what: 'roles' as const }]) {
      expect(readQuery(writeQuery(query))).toEqual(query);
    }
    expect(`audit:page:18446744073709551615:${writeQuery(full)}`.length).toBeLessThanOrEqual(100);
  });
});
