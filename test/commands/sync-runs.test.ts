import { describe, expect, it } from 'vitest';
import { emptyProgress } from '../../src/sync/results.ts';
import { AT, type FakeWorld } from '../support/fake-app.ts';
import { changeOf, runOf } from '../support/fake-runs.ts';
import { ADMIN, ANA, CHIEF, OWNER, PILOT, smallWorld } from '../support/small-world.ts';

const R = `<t:${AT.getTime() / 1000}:R>`;
const HELD = '0f7c2a91-5d1e-4c55-9a0b-2f6f3f0a9b1d';
const RUNNING = '2a7c2a91-5d1e-4c55-9a0b-2f6f3f0a9b1d';
const DONE = '1a7c2a91-5d1e-4c55-9a0b-2f6f3f0a9b1d';
const running = () => ({ ...emptyProgress(), runId: RUNNING, usersTotal: 1000, usersProcessed: 300, rolesAdded: 9 });

/** Two removals that wait for approval. */
function holding(): Partial<FakeWorld> {
  const changes = [
    changeOf({ runId: HELD, discordId: ANA, roleId: PILOT }),
    changeOf({ runId: HELD, discordId: OWNER, roleId: PILOT }),
  ];
  return { runs: [runOf({ id: HELD, status: 'held', completedAt: null })], changes };
}

/** A sync that gave Ana a role and took another one from her. */
function synced(run: Parameters<typeof runOf>[0] = { id: DONE }): Partial<FakeWorld> {
  const applied = { runId: DONE, discordId: ANA, outcome: 'applied' } as const;
  const changes = [
    changeOf({ ...applied, action: 'add', roleId: PILOT, reason: 'mapping_true' }),
    changeOf({ ...applied, action: 'remove', roleId: CHIEF }),
    changeOf({ ...applied, action: 'remove', roleId: CHIEF, discordId: OWNER, outcome: 'failed' }),
  ];
  return { runs: [runOf({ rolesAdded: 1, rolesRemoved: 1, ...run })], changes };
}

/** The audit channel's message about what is held, `shown` of them. */
function notice(shown: number) {
  const embeds = [{ title: `⏸️ ${shown} removals wait`, description: 'who loses which role' }];
  const buttons = [
    { label: 'Approve', customId: `sync:approve:*:${HELD}:${shown}`, url: null },
    { label: 'Discard', customId: `sync:discard:*:${HELD}`, url: null },
  ];
  return { text: 'who loses which role', embeds, buttons, isEphemeral: false, allowedMentions: null };
}

const labels = ({ buttons }: { buttons: { label: string }[] }) => buttons.map(({ label }) => label);

describe('/sync status', () => {
  it('lists the last runs: what, when, why, by whom, and what came of it', async () => {
    const user = { type: 'user', targetId: ANA } as const;
    const runs = [
      runOf({ id: 'a', trigger: 'manual', initiatedBy: ADMIN, status: 'running' }),
      runOf({ id: 'b', ...user, trigger: 'join', rolesAdded: 2 }),
      runOf({ id: 'c', trigger: 'mapping', initiatedBy: ADMIN, status: 'failed', rolesRemoved: 1, usersFailed: 3 }),
      runOf({ id: 'd', trigger: 'schedule', decidedBy: OWNER, status: 'cancelled' }),
      runOf({ id: 'e', trigger: 'schedule' }),
      runOf({ id: 'too old' }),
    ];
    const seen = await smallWorld({ runs }).admin.run('sync status');
    expect(seen.text.split('\n')).toEqual([
      'No sync is running.',
      '0 active mappings: make one with `/map add`.',
      '',
      '**Last runs**',
      `1. ${R}: Sync of the server by <@${ADMIN}> · still running`,
      `2. ${R}: Sync of <@${ANA}>, on joining · 2 roles added`,
      `3. ${R}: Sync of the server, after a change of a mapping by <@${ADMIN}> · **did not get through**: 1 role removed, 3 members failed`,
      `4. ${R}: Sync of the server, on schedule · discarded by <@${OWNER}>`,
      `5. ${R}: Sync of the server, on schedule · nothing changed`,
    ]);
    expect(labels(seen)).toEqual(['Undo 2', 'Undo 3']);
  });

  it('cancels the sync that runs', async () => {
    const { admin, world } = smallWorld({ running: running(), runs: [runOf({ id: RUNNING, status: 'running' })] });
    const seen = await admin.run('sync status');
    expect(seen.text).toContain('A sync of this server is running.\n▰▰▰▱▱▱▱▱▱▱ 300 of 1,000 members');
    const after = await admin.click(seen, 'Cancel the sync');
    expect(world.running).toBeNull();
    expect(after.text).toContain('The sync is cancelled. What it has changed so far stays');
    expect(after.buttons).toEqual([]);
    expect((await admin.press(`sync:cancel_run:${ADMIN}:${RUNNING}`)).besides?.text).toContain('not running any more');
  });

  it('shows what waits for approval, and does it on Approve', async () => {
    const { admin, world } = smallWorld(holding());
    const seen = await admin.run('sync status');
    expect(seen.text).toContain(
      `⏸️ **2 removals wait for approval** (2 members, since ${R}):\n<@${ANA}>: −<@&${PILOT}>\n<@${OWNER}>: −<@&${PILOT}>`,
    );
    expect(labels(seen)).toEqual(['Approve', 'Discard']);
    const done = await admin.click(seen, 'Approve');
    expect(done).toMatchObject({ text: `Approved by <@${ADMIN}>: 2 roles removed.`, buttons: [] });
    expect(world.changes.map(({ outcome }) => outcome)).toEqual(['applied', 'applied']);
    expect((await admin.run('sync status')).text).toContain(`approved by <@${ADMIN}> · 2 roles removed`);
  });

  it('leaves the roles alone on Discard', async () => {
    const { admin, world } = smallWorld(holding());
    const done = await admin.click(await admin.run('sync status'), 'Discard');
    expect(done.text).toContain(`Discarded by <@${ADMIN}>. These roles stay`);
    expect(done.buttons).toEqual([]);
    expect(world.runs[0]?.status).toBe('cancelled');
  });
});

describe('/sync cancel', () => {
  it.each([
    { run: { undoOf: DONE }, says: 'The undo is cancelled. What it has reversed so far stays so' },
    { run: { decidedBy: OWNER, isBounded: false }, says: 'the next sync asks again about the rest' },
  ])('says what became of $run', async ({ run, says }) => {
    const runs = [runOf({ id: RUNNING, status: 'running', ...run })];
    expect((await smallWorld({ running: running(), runs }).admin.run('sync cancel')).text).toContain(says);
  });

  it('cancels what runs, and says when nothing does', async () => {
    const { admin, world } = smallWorld({ running: running(), runs: [runOf({ id: RUNNING, status: 'running' })] });
    expect((await admin.run('sync cancel')).text).toContain('The sync is cancelled.');
    expect(world.running).toBeNull();
    expect((await admin.run('sync cancel')).text).toBe('No sync is running, so there is nothing to cancel.');
  });
});

describe('a decision in the audit channel', () => {
  const lost = `<@${ANA}>: −<@&${PILOT}>\n<@${OWNER}>: −<@&${PILOT}>`;

  it('says who approved it, what came of it and whom it was about, without buttons or what to do', async () => {
    const { admin } = smallWorld(holding());
    const done = await admin.click(notice(2), 'Approve');
    expect(done).toMatchObject({
      embeds: [
        { title: '✅ 2 removals approved', description: `Approved by <@${ADMIN}>: 2 roles removed.\n\n${lost}` },
      ],
      buttons: [],
      isEphemeral: false,
      allowedMentions: { parse: [] },
    });
    expect(admin.shown.at(-2)).toContain('▱▱▱▱▱▱▱▱▱▱ 0 of 2 members');
    expect(admin.shown.at(-2)).toContain(`Approved by <@${ADMIN}>. What is still due is being removed now.`);
  });

  it('says who discarded it', async () => {
    const done = await smallWorld(holding()).admin.click(notice(2), 'Discard');
    const description = `Discarded by <@${ADMIN}>. These roles stay, and Rolewright does not ask again for a day.\n\n${lost}`;
    expect(done).toMatchObject({ buttons: [], embeds: [{ title: '🚫 2 removals discarded', description }] });
  });

  it('approves nothing that the reader has not seen', async () => {
    const { admin, world } = smallWorld(holding());
    const asked = await admin.click(notice(1), 'Approve');
    expect(asked.text).toContain('More removals have joined since. Look once more:\n⏸️ **2 removals wait');
    expect(world.runs[0]?.status).toBe('held');
    expect(asked.buttons[0]?.customId).toBe(`sync:approve:*:${HELD}:2`);
    expect((await admin.click(asked, 'Approve')).text).toContain(`Approved by <@${ADMIN}>: 2 roles removed.`);
  });

  it.each([
    {
      name: 'approved',
      run: { status: 'completed', decidedBy: OWNER, isBounded: false, rolesRemoved: 1, errors: ['1 was not wanted.'] },
      says: `Approved by <@${OWNER}>: 1 role removed.\n⚠️ 1 was not wanted.`,
    },
    {
      name: 'approved, and is on its way',
      run: { status: 'running', decidedBy: OWNER, isBounded: false },
      says: 'is being removed now',
    },
    { name: 'discarded', run: { status: 'cancelled', decidedBy: OWNER }, says: `Discarded by <@${OWNER}>.` },
    {
      name: 'approved, and cancelled',
      run: { status: 'cancelled', decidedBy: OWNER, isBounded: false },
      says: `Approved by <@${OWNER}>, then cancelled: no role removed. The next sync looks at the rest again.`,
    },
    {
      name: 'approved, and failed',
      run: { status: 'failed', decidedBy: OWNER, isBounded: false, rolesRemoved: 3, usersFailed: 2 },
      says: 'but it did not get through: 3 roles removed. The next sync looks at the rest again.\n⚠️ 2 members failed.',
    },
    { name: 'out of time', run: { status: 'cancelled', errors: ['Nobody decided.'] }, says: 'Nobody decided.' },
  ] as const)('says that it is $name, and takes the buttons away', async ({ run, says }) => {
    for (const label of ['Approve', 'Discard']) {
      const held = runOf({ id: HELD, ...run, errors: 'errors' in run ? [...run.errors] : [] });
      const { admin, world } = smallWorld({ runs: [held] });
      const seen = await admin.click(notice(2), label);
      expect(seen.text).toContain(says);
      expect(seen.buttons).toEqual([]);
      expect(world.runs[0]).toMatchObject(run);
      const own = await admin.click({ ...notice(2), isEphemeral: true }, label);
      expect(own.text).toContain(says);
    }
  });

  it('is for those who may run /sync, and leaves the message to the others', async () => {
    const { ana, world } = smallWorld(holding());
    await ana.click(notice(2), 'Approve');
    expect(ana.shown.at(-1)).toContain('You need the Manage Roles permission to use this button.');
    expect(world.runs[0]?.status).toBe('held');
  });

  it('says beside the message that the run is gone', async () => {
    const { besides, text } = await smallWorld().admin.click(notice(2), 'Approve');
    expect(besides).toMatchObject({ isEphemeral: true });
    expect(text).toBe('who loses which role');
  });
});

describe('Undo', () => {
  it('shows what it would reverse at most, then does it once', async () => {
    const { admin, world } = smallWorld(synced());
    const asked = await admin.click(await admin.run('sync status'), 'Undo 1');
    expect(asked.text.split('\n')).toEqual([
      `Undo the sync of <t:${AT.getTime() / 1000}:F>? At most: 1 role taken away again and 1 role given back.`,
      'What has changed since is left alone. What is undone stays so until an admin syncs that member with `/sync user`.',
      `<@${ANA}>: −<@&${PILOT}> +<@&${CHIEF}>`,
    ]);
    expect(labels(asked)).toEqual(['Undo it', 'Cancel']);
    expect(world.runs).toHaveLength(1);
    const done = await admin.click(asked, 'Undo it');
    expect(done.text).toContain('✅ The undo is done. 2 members looked at.\n1 role added, 1 role removed');
    const after = await admin.run('sync status');
    expect(after.text).toContain(
      `1. ${R}: Undo of a sync of the server by <@${ADMIN}> · 1 role added and 1 role removed`,
    );
    expect(after.text).toContain('· undone since');
    expect(labels(after)).toEqual(['Undo 1']);
    const again = await admin.press(`sync:undo_now:${ADMIN}:${DONE}`);
    expect(again.besides?.text).toContain('it was undone already');
  });

  it('undoes nothing when cancelled', async () => {
    const { admin, world } = smallWorld(synced());
    const asked = await admin.click(await admin.run('sync status'), 'Undo 1');
    expect((await admin.click(asked, 'Cancel')).text).toBe('Cancelled. Nothing was changed.');
    expect(world.runs).toHaveLength(1);
  });

  it('counts what it does not show', async () => {
    const { admin } = smallWorld(synced({ id: DONE, rolesAdded: 500 }));
    const asked = await admin.click(await admin.run('sync status'), 'Undo 1');
    expect(asked.text).toContain('At most: 500 roles taken away again and 1 role given back.');
    expect(asked.text).toContain('\n… and 499 more changes');
  });

  it.each([{ status: 'running' }, { status: 'completed', rolesAdded: 0, rolesRemoved: 0 }] as const)(
    'is not offered for %j',
    async (run) => {
      expect((await smallWorld(synced({ id: DONE, ...run })).admin.run('sync status')).buttons).toEqual([]);
    },
  );

  it('is offered for what a cancelled sync did', async () => {
    const seen = await smallWorld(synced({ id: DONE, status: 'cancelled' })).admin.run('sync status');
    expect(labels(seen)).toEqual(['Undo 1']);
    expect(seen.text).toContain('cancelled after 1 role added and 1 role removed');
  });
});
