import { describe, expect, it } from 'vitest';
import { readQuery, writeQuery, type AuditQuery } from '../../commands/audit-query.ts';
import type { ConfigChange } from '../../src/db/config-change-store.ts';
import { AT } from '../support/fake-app.ts';
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
      '**Changes of roles** (3)',
      `${when} <@${ANA}> −<@&${CHIEF}> · no mapping gives it any more · not done yet · run \`0f7c2a91\``,
      expect.stringContaining(`(changed by <@${ADMIN}>) · Discord forbids it`),
      `${when} <@210000000000010000> +<@&${PILOT}> · a mapping gives it · run \`0f7c2a91\``,
    ]);
  });

  it('turns pages, newer and older', async () => {
    const { admin } = audited(25);
    const first = await admin.run('audit');
    expect(first.text).toContain('(25, page 1 of 3)');
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
    expect(ofAna.text).toContain(`**Changes of roles of <@${ANA}> of <@&${CHIEF}> with “done” since <t:`);
    expect(ofAna.text.split('\n')).toHaveLength(2);
    const ofPilot = await world.admin.run('audit', { role: PILOT, run: RUN });
    const older = await world.admin.click(ofPilot, 'Older');
    expect(older.text).toContain(`of <@&${PILOT}> of run \`0f7c2a91\`** (12, page 2 of 2)`);
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
    const run = await admin.choose(seen, 'Look at one run, to undo it', RUN);
    expect(run.text).toContain(`Sync of the server, after a change of a mapping by <@${ADMIN}> · 2 roles added`);
    const asked = await admin.click(run, 'Undo this run');
    expect(asked.text).toBe(run.text);
    expect(asked.besides).toMatchObject({ isEphemeral: true });
    expect(asked.besides?.text).toContain('At most: 2 roles taken away again.');
    if (!asked.besides) throw new Error('nothing was asked');
    expect((await admin.click(asked.besides, 'Undo it')).text).toContain('✅ The undo is done.');
    expect(world.runs[0]).toMatchObject({ undoOf: RUN, initiatedBy: ADMIN });
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
      '**Changes of the configuration** (3)',
      `${when} Rolewright removed a group: \`g\``,
      `${when} account a81bc81b changed the settings: \`audit_channel_id\` none → <#${AUDIT_CHANNEL_ID}>, \`auto_sync\` on → off, \`nickname_template\` none → \\*\\*@\u200beveryone\\*\\*`,
      `${when} <@${ADMIN}> added a mapping: \`discord_role_id\` <@&${PILOT}>, \`group_id\` **Pilots**, \`on_foreign\` keep`,
    ]);
    expect((await world.admin.run('audit', { what: 'configuration', user: ADMIN })).text).toContain('(1)');
  });

  it('is for who manages the server', async () => {
    expect((await smallWorld().ana.run('audit')).text).toContain('You need the Manage Server permission');
  });

  it('knows a page that it cannot read', async () => {
    expect((await smallWorld().admin.press(`audit:page:${ADMIN}:x`)).text).toContain('Run `/audit` again');
  });
});

describe('the query in a button', () => {
  const full: AuditQuery = {
    page: 9999,
    what: 'configuration',
    discordId: '18446744073709551615',
    roleId: '18446744073709551614',
    outcome: 'blocked:missing_manage_roles',
    runId: RUN,
    since: new Date('2026-11-20T12:34:00Z'),
  };

  it('is read as it was written, and short enough', () => {
    const nothing = { discordId: null, roleId: null, outcome: null, runId: null, since: null };
    for (const query of [full, { ...full, ...nothing, page: 1, what: 'roles' as const }]) {
      expect(readQuery(writeQuery(query))).toEqual(query);
    }
    expect(`audit:page:18446744073709551615:${writeQuery(full)}`.length).toBeLessThanOrEqual(100);
  });
});
