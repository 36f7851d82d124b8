import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { sync } from '../../commands/sync.ts';
import { createAuditChannel } from '../../src/discord/audit-channel.ts';
import { parseCustomId } from '../../src/discord/command.ts';
import { createRest } from '../../src/discord/rest.ts';
import { createGuildStore } from '../../src/db/guild-store.ts';
import type { Change, Run } from '../../src/db/run-store.ts';
import { openDatabase } from '../../src/db/database.ts';
import type { Notice } from '../../src/sync/notices.ts';
import { aGuild, NOW } from '../support/core-worlds.ts';
import { changeOf, runOf } from '../support/fake-runs.ts';
import { startGuild } from '../support/local-discord.ts';
import { captureLog } from '../support/log-lines.ts';

const RUN = '0f7c2a91-5d1e-4c55-9a0b-2f6f3f0a9b1d';
const ANA = '200000000000000003';
const BOB = '200000000000000004';
const PILOT = '400000000000000004';
const CHIEF = '400000000000000005';

/** Drift is told almost at once, but what comes in the same turn together. */
const SHORTLY = { quietMs: 20, longestMs: 5000 };
/** Longer than any test. */
const LONG = 600_000;

/** A guild whose admins have chosen the channel, and what they see there. */
async function auditedGuild({ isChosen = true, isHere = true, together = SHORTLY } = {}) {
  const local = await startGuild();
  const database = openDatabase(':memory:');
  onTestFinished(() => database.close());
  const settings = createGuildStore(database);
  const { id: guildId } = local.guild;
  await settings.joined(guildId, 'Testers', NOW);
  const choose = (auditChannelId: string | null) => settings.update(guildId, { auditChannelId }, NOW);
  const chooseForProblems = (notificationChannelId: string | null) =>
    settings.update(guildId, { notificationChannelId }, NOW);
  const changes: Change[] = [];
  await choose(isChosen ? local.channel.id : null);
  const { log, records } = captureLog();
  const stopping = new AbortController();
  const audit = createAuditChannel({
    rest: createRest({ apiUrl: local.discord.apiUrl, botToken: local.token }),
    settings,
    guilds: { guild: () => (isHere ? aGuild() : null) },
    runs: {
      async changesOf(runId, _, limit) {
        const all = changes.filter((change) => change.runId === runId);
        return { changes: all.slice(0, limit), total: all.length };
      },
    },
    log,
    retry: { retries: 3, baseMs: 1 },
    together,
    signal: stopping.signal,
  });
  const messages = () => [...local.channel.messages.values()];
  return {
    ...local,
    audit,
    changes,
    choose,
    chooseForProblems,
    messages,
    records,
    stopping,
    tell: (notice: Notice) => audit.tell(guildId, notice),
  };
}

async function told(notice: Notice) {
  const { tell, messages } = await auditedGuild();
  await tell(notice);
  const [message] = messages();
  return { message, embed: message?.embeds[0], text: message?.embeds[0]?.description ?? '' };
}

const held = (changes: readonly { discordId: string; roleId: string }[]): Extract<Notice, { kind: 'held' }> => ({
  kind: 'held',
  runId: RUN,
  changes: changes.map((change) => ({ action: 'remove', ...change })),
});
type Drift = Extract<Notice, { kind: 'drift' }>;
const drift = (because: Drift['because'], changedBy: string | null = BOB, parts: Partial<Drift> = {}): Drift => ({
  kind: 'drift',
  discordId: ANA,
  roleId: PILOT,
  changedBy,
  because,
  ...parts,
});
/** So many members who lose the role by one hand. */
const takenFrom = (number: number, roleId = PILOT, changedBy: string | null = BOB) =>
  Array.from({ length: number }, (_, index) =>
    drift('alert', changedBy, { discordId: `2100000000000${10_000 + index}`, roleId }),
  );

const buttonRows = z.array(z.object({ components: z.array(z.object({ label: z.string(), custom_id: z.string() })) }));

describe('the audit channel', () => {
  it('shows who would lose which role, with buttons of /sync that everybody who may can press', async () => {
    const changes = [
      { discordId: ANA, roleId: PILOT },
      { discordId: BOB, roleId: PILOT },
      { discordId: ANA, roleId: CHIEF },
    ];
    const { message, embed, text } = await told(held(changes));
    expect(embed?.title).toBe('⏸️ 3 removals wait for approval');
    expect(text.split('\n').slice(2, 4)).toEqual([
      `<@${ANA}>: −<@&${PILOT}> −<@&${CHIEF}>`,
      `<@${BOB}>: −<@&${PILOT}>`,
    ]);
    const buttons = buttonRows.parse(message?.components).flatMap((row) => row.components);
    expect(buttons.map(({ label }) => label)).toEqual(['Approve', 'Discard']);
    const addresses = buttons.map(({ custom_id: customId }) => parseCustomId(customId));
    expect(addresses).toMatchObject([
      { command: 'sync', action: 'approve', owner: '*', arg: `${RUN}:3` },
      { command: 'sync', action: 'discard', owner: '*', arg: RUN },
    ]);
    expect(addresses.every((address) => address && Object.hasOwn(sync.buttons, address.action))).toBe(true);
  });

  it('shows a long list in part, within what Discord takes', async () => {
    const many = Array.from({ length: 400 }, (_, index) => ({
      discordId: `2000000000000${10_000 + index}`,
      roleId: PILOT,
    }));
    expect((await told(held(many))).text).toContain(
      '\n… and 380 more: `/audit outcome:Waits for approval` lists all.\n',
    );
    const wide = many.flatMap(({ discordId }) =>
      Array.from({ length: 40 }, (_, index) => ({ discordId, roleId: `4000000000000000${10 + index}` })),
    );
    const { text } = await told(held(wide));
    expect(text).toContain(' and 30 more roles\n');
    expect(text).toContain('**Discard** leaves these roles alone');
  });

  it('keeps one message up to date while removals join a held run, and begins another for another run', async () => {
    const { tell, messages, discord, channel, records } = await auditedGuild();
    const titles = () => messages().map(({ embeds }) => embeds[0]?.title);
    const [first, second] = [
      { discordId: ANA, roleId: PILOT },
      { discordId: BOB, roleId: PILOT },
    ];
    await Promise.all([tell(held([first])), tell(held([first, second])), tell(held([second]))]);
    expect(titles()).toEqual(['⏸️ 1 removal waits for approval']);
    expect(discord.requests.filter({}).map(({ method }) => method)).toEqual(['POST', 'PATCH']);
    await tell(held([first, second]));
    expect(titles()).toEqual(['⏸️ 2 removals wait for approval']);
    await tell({ ...held([first]), runId: 'another' });
    expect(titles()).toHaveLength(2);

    discord.world.deleteMessage(channel.id, messages().at(-1)?.id ?? '');
    await tell({ ...held([first, second]), runId: 'another' });
    expect(titles()).toHaveLength(2);
    expect(records()).toEqual([]);
  });

  it('shows in the same message what was decided, and by whom, but begins none for it', async () => {
    const { tell, messages } = await auditedGuild();
    const decided = (run: Partial<Run>): Notice => ({
      kind: 'decided',
      run: runOf({ id: RUN, decidedBy: BOB, ...run }),
    });
    await tell(decided({ status: 'cancelled' }));
    expect(messages()).toEqual([]);
    await tell(held([{ discordId: ANA, roleId: PILOT }]));
    const [message] = messages();
    await tell(decided({ status: 'running', isBounded: false }));
    expect(message?.embeds[0]).toMatchObject({ title: '⏳ 1 removal approved' });
    await tell(decided({ isBounded: false, rolesRemoved: 1 }));
    expect(message?.embeds[0]).toMatchObject({
      title: '✅ 1 removal approved',
      description: `Approved by <@${BOB}>: 1 role removed.\n\n<@${ANA}>: −<@&${PILOT}>`,
    });
    expect(message?.components).toEqual([]);
    await tell(held([{ discordId: ANA, roleId: PILOT }]));
    expect(messages()).toHaveLength(2);
  });

  it('shows what was decided while it was being posted', async () => {
    const { tell, messages } = await auditedGuild();
    const run = runOf({ id: RUN, status: 'cancelled', errors: ['Nobody decided within a day.'] });
    await Promise.all([tell(held([{ discordId: ANA, roleId: PILOT }])), tell({ kind: 'decided', run })]);
    expect(messages().map(({ embeds }) => embeds[0]?.title)).toEqual(['🚫 1 removal called off']);
    expect(messages()[0]?.embeds[0]?.description).toContain('Nobody decided within a day.');
  });

  it.each([
    { notice: drift('respect'), says: `<@${BOB}> took <@&${PILOT}> away from <@${ANA}>. Its mapping respects that` },
    { notice: drift('respect', null), says: `Somebody took <@&${PILOT}> away` },
    { notice: drift('alert'), says: `To give it back, run \`/sync user\` for <@${ANA}>.` },
    { notice: drift('fight'), says: `leaves it alone now. It was last changed by <@${BOB}>.` },
    { notice: drift('fight', null), says: 'leaves it alone now. Find out what changes it' },
    { notice: { kind: 'paused', why: 'Discord @everyone refuses.' }, says: 'Discord @\u200beveryone refuses.\nUntil' },
    { notice: { kind: 'resumed' }, says: 'Discord takes changes of roles again' },
    {
      notice: { kind: 'doctor', problems: [{ roleId: PILOT, mend: "Drag Rolewright's role above @Pi_lot." }] },
      says: "• Drag Rolewright's role above @Pi\\_lot.\n`/doctor` checks again.",
    },
  ] satisfies { notice: Notice; says: string }[])('says "$says"', async ({ notice, says }) => {
    const { text, message } = await told(notice);
    expect(text).toContain(says);
    expect(message?.components).toEqual([]);
  });

  it('is silent where none is chosen, and where the bot is not', async () => {
    for (const world of [await auditedGuild({ isChosen: false }), await auditedGuild({ isHere: false })]) {
      await world.tell({ kind: 'resumed' });
      expect(world.discord.requests.count({ method: 'POST' })).toBe(0);
      expect(world.records()).toEqual([]);
    }
  });

  it('tells again what Discord did not take at first', async () => {
    const { discord, tell, messages, records } = await auditedGuild();
    discord.faults.rest({ method: 'POST', times: 2, fault: { kind: 'status', status: 502 } });
    await tell({ kind: 'resumed' });
    expect(messages()).toHaveLength(1);
    expect(records()).toEqual([]);
  });

  it('logs once that the channel is gone, and again when another one is, or it was there meanwhile', async () => {
    const { tell, choose, records, discord, guild, channel, messages } = await auditedGuild();
    const gone = [discord.world.addChannel(guild.id).id, discord.world.addChannel(guild.id).id];
    for (const id of gone) discord.world.deleteChannel(id);
    const [first = '', second = ''] = gone;
    for (const channelId of [first, first, second, second, channel.id, second]) {
      await choose(channelId);
      await tell({ kind: 'resumed' });
    }
    expect(messages()).toHaveLength(1);
    expect(records().map(({ channelId }) => channelId)).toEqual([first, second, second]);
  });
});

/** All told in the same turn; what one message says. */
async function toldTogether(notices: readonly Notice[]) {
  const { tell, messages, records } = await auditedGuild();
  await Promise.all(notices.map(tell));
  expect(records()).toEqual([]);
  const embeds = messages().flatMap(({ embeds: [embed] }) => (embed ? [embed] : []));
  return { embeds, text: embeds[0]?.description ?? '', lines: (embeds[0]?.description ?? '').split('\n') };
}

describe('drift that is told at about the same time', () => {
  it('is one message for sixty members, which names the role, who did it, some of them and how many more', async () => {
    const { embeds, lines } = await toldTogether(takenFrom(60));
    expect(embeds.map(({ title }) => title)).toEqual(['⚠️ 60 roles were taken away by hand']);
    const [line = ''] = lines;
    expect(line).toContain(`• <@${BOB}> took <@&${PILOT}> away from <@210000000000010000> <@210000000000010001> `);
    expect(line.endsWith(' … and 40 more.')).toBe(true);
    expect(line.match(/<@2100/g)).toHaveLength(20);
    expect(lines.at(-1)).toContain('until an admin runs `/sync user`');
  });

  it('has a line for each role and each hand, the one with the most members first', async () => {
    const { embeds, lines } = await toldTogether([
      drift('respect', null, { roleId: CHIEF }),
      ...takenFrom(2, CHIEF, BOB),
      ...takenFrom(3, PILOT, BOB),
    ]);
    expect(embeds).toHaveLength(1);
    expect(embeds[0]?.title).toBe('⚠️ 6 roles were taken away by hand');
    const parts = lines.slice(0, 3).map((line) => [line.split(' away from ')[0], line.match(/<@2/g)?.length]);
    expect(parts).toEqual([
      [`• <@${BOB}> took <@&${PILOT}>`, 4],
      [`• <@${BOB}> took <@&${CHIEF}>`, 3],
      [`• Somebody took <@&${CHIEF}>`, 1],
    ]);
  });

  it('shows at most twenty lines, within what Discord takes', async () => {
    const roles = Array.from({ length: 25 }, (_, index) => `4000000000000001${10 + index}`);
    const few = await toldTogether(roles.map((roleId) => drift('alert', BOB, { roleId })));
    expect(few.lines.filter((line) => line.startsWith('•'))).toHaveLength(20);
    expect(few.lines).toContain('… and 5 more');

    const { embeds, text } = await toldTogether(roles.flatMap((roleId) => takenFrom(30, roleId)));
    expect(embeds).toHaveLength(1);
    expect(text.length).toBeLessThan(4096);
    expect(text).toMatch(/\n… and \d+ more\n/);
  });

  it('tells apart what was taken and what goes back and forth', async () => {
    const bob = { discordId: BOB };
    const mixed = await toldTogether([drift('alert'), drift('fight', null, bob), drift('fight', ANA, bob)]);
    expect(mixed.embeds[0]?.title).toBe('⚠️ 1 role was taken away by hand');
    expect(mixed.lines).toEqual([
      `• <@${BOB}> took <@&${PILOT}> away from <@${ANA}>.`,
      `• <@&${PILOT}> goes back and forth: <@${BOB}>.`,
      `• <@&${PILOT}> goes back and forth: <@${BOB}>. Last changed by <@${ANA}>.`,
      '',
      expect.stringContaining('`/sync user`'),
      expect.stringContaining('Find out what changes it first.'),
    ]);
    const fights = await toldTogether([drift('fight'), drift('fight', BOB, bob)]);
    expect(fights.embeds[0]?.title).toBe('⚠️ 2 roles that somebody keeps changing');
  });

  it('reads as if it came alone when it is the same twice', async () => {
    const { embeds } = await toldTogether([drift('alert'), drift('alert')]);
    expect(embeds).toEqual([(await told(drift('alert'))).embed]);
  });

  it('is a message of its own when it comes later', async () => {
    const { tell, messages } = await auditedGuild();
    for (const notice of takenFrom(2)) await tell(notice);
    expect(messages()).toHaveLength(2);
  });

  it('does not wait for ever while more and more comes', async () => {
    const { tell, messages } = await auditedGuild({ together: { quietMs: LONG, longestMs: 20 } });
    await Promise.all(takenFrom(5).map(tell));
    expect(messages()).toHaveLength(1);
  });

  it('keeps nothing else waiting', async () => {
    const { tell, messages } = await auditedGuild({ together: { quietMs: LONG, longestMs: LONG } });
    void tell(drift('alert'));
    await tell({ kind: 'resumed' });
    expect(messages().map(({ embeds: [embed] }) => embed?.title)).toEqual(['✅ Rolewright goes on in this server']);
  });

  it('is told at once when Rolewright stops, and after that', async () => {
    const { tell, messages, stopping, records } = await auditedGuild({
      together: { quietMs: LONG, longestMs: LONG },
    });
    const waiting = takenFrom(3).map(tell);
    stopping.abort();
    await Promise.all(waiting);
    expect(messages()).toHaveLength(1);
    await tell(drift('alert'));
    expect(messages()).toHaveLength(2);
    expect(records()).toEqual([]);
  });
});

const ROLE_ADDED = { action: 'add', outcome: 'applied', reason: 'mapping_true' } as const;

/** A sync of so many members that gave each of them the role. */
function endedRun(run: Partial<Run>, members: readonly string[] = [ANA]): { run: Run; changes: Change[] } {
  const id = run.id ?? RUN;
  const changes = members.map((discordId) => changeOf({ runId: id, discordId, roleId: PILOT, ...ROLE_ADDED }));
  return { run: runOf({ usersSynced: members.length, rolesAdded: members.length, ...run, id }), changes };
}

const memberRun = (discordId: string, run: Partial<Run> = {}) =>
  endedRun({ type: 'user', targetId: discordId, trigger: 'join', id: `run-${discordId}`, ...run }, [discordId]);

async function toldOf({ run, changes }: ReturnType<typeof endedRun>) {
  const world = await auditedGuild();
  world.changes.push(...changes);
  await world.tell({ kind: 'run', run });
  const [message] = world.messages();
  const buttons = buttonRows.parse(message?.components ?? []).flatMap((row) => row.components);
  return { embed: message?.embeds[0], text: message?.embeds[0]?.description ?? '', buttons, world };
}

describe('a run that ended', () => {
  it('is one message: who, why, what, its id, and an Undo for everybody who may', async () => {
    const { embed, text, buttons } = await toldOf(endedRun({ trigger: 'mapping', initiatedBy: BOB }, [ANA, BOB]));
    expect(embed?.title).toBe('🔄 2 roles added');
    expect(text.split('\n')).toEqual([
      `Sync of the server, after a change of a mapping by <@${BOB}> for 2 members.`,
      `<@${ANA}>: +<@&${PILOT}>`,
      `<@${BOB}>: +<@&${PILOT}>`,
    ]);
    expect(embed?.footer?.text).toBe(`Run ${RUN}`);
    expect(buttons.map(({ label }) => label)).toEqual(['Undo']);
    const address = parseCustomId(buttons[0]?.custom_id ?? '');
    expect(address).toMatchObject({ command: 'sync', owner: '*', arg: RUN });
    expect(Object.keys(sync.answers)).toContain(address?.action);
  });

  it('says what went wrong, harmlessly, and how much it leaves out', async () => {
    const many = Array.from({ length: 150 }, (_, index) => `2100000000000${10_000 + index}`);
    const errors = ['@everyone **broke** it', 'b', 'c', 'd'];
    const { embed, text } = await toldOf(endedRun({ status: 'failed', usersFailed: 3, errors }, many));
    expect(embed?.title).toBe('❌ 150 roles added');
    expect(text).toContain('⚠️ 3 members failed.\n⚠️ @\u200beveryone \\*\\*broke\\*\\* it\n');
    expect(text).toContain('… and 1 more\n');
    expect(text).toContain('\n… in all 150 changes');
  });

  it('pings nobody', async () => {
    const { world } = await toldOf(endedRun({}));
    const bodies = world.discord.requests.filter({ method: 'POST' }).map(({ body }) => body);
    expect(bodies).toMatchObject([{ allowed_mentions: { parse: [] } }]);
  });
});

describe('syncs of single members', () => {
  it('are a message like any run when one comes alone', async () => {
    const { tell, messages, changes } = await auditedGuild();
    const ended = memberRun(ANA);
    changes.push(...ended.changes);
    await tell({ kind: 'run', run: ended.run });
    expect(messages().map(({ embeds: [embed] }) => embed?.description)).toEqual([
      `Sync of <@${ANA}>, on joining.\n<@${ANA}>: +<@&${PILOT}>`,
    ]);
    expect(messages()[0]?.components).toHaveLength(1);
  });

  it('are one message in a storm, which goes on while more come', async () => {
    const { tell, messages, changes, discord } = await auditedGuild();
    const storm = Array.from({ length: 30 }, (_, index) => memberRun(`2100000000000${10_000 + index}`));
    changes.push(...storm.flatMap((ended) => ended.changes));
    await Promise.all(storm.map(({ run }) => tell({ kind: 'run', run })));
    const late = memberRun(BOB, { trigger: 'group', rolesRemoved: 1, usersFailed: 1 });
    await tell({ kind: 'run', run: late.run });
    const [message] = messages();
    expect(messages()).toHaveLength(1);
    expect(message?.embeds[0]?.title).toBe('🔄 31 members synced: 31 roles added and 1 role removed');
    const lines = message?.embeds[0]?.description?.split('\n') ?? [];
    expect(lines[0]).toBe(`• <@210000000000010000>: +<@&${PILOT}> · on joining`);
    expect(lines.slice(20)).toEqual(['… and 11 more', '⚠️ 1 member failed.', '', expect.stringContaining('`/audit`')]);
    expect(discord.requests.filter({}).map(({ method }) => method)).toEqual(['POST', 'PATCH']);
  });

  it('count a member once who is synced several times', async () => {
    const { tell, messages } = await auditedGuild();
    const syncs = [memberRun(ANA), memberRun(BOB, { usersFailed: 1 }), memberRun(BOB, { id: 'again', usersFailed: 1 })];
    await Promise.all(syncs.map(({ run }) => tell({ kind: 'run', run })));
    const [message] = messages();
    expect(message?.embeds[0]?.title).toBe('🔄 2 members synced: 3 roles added');
    expect(message?.embeds[0]?.description).toContain('⚠️ 1 member failed.');
  });

  it('begin another message for another channel', async () => {
    const { tell, messages, choose, discord, guild } = await auditedGuild();
    await Promise.all([ANA, BOB].map((id) => tell({ kind: 'run', run: memberRun(id).run })));
    const other = discord.world.addChannel(guild.id);
    await choose(other.id);
    await Promise.all([ANA, BOB].map((id) => tell({ kind: 'run', run: memberRun(id).run })));
    expect(messages()).toHaveLength(1);
    expect(other.messages.size).toBe(1);
  });
});

describe('the notification channel', () => {
  const problems: Notice[] = [
    held([{ discordId: ANA, roleId: PILOT }]),
    { kind: 'paused', why: 'no' },
    { kind: 'resumed' },
    { kind: 'doctor', problems: [{ roleId: PILOT, mend: 'Drag it up.' }] },
  ];

  it('hears what admins must act on, and the audit channel the rest', async () => {
    const { tell, messages, chooseForProblems, discord, guild } = await auditedGuild();
    const other = discord.world.addChannel(guild.id);
    await chooseForProblems(other.id);
    for (const notice of problems) await tell(notice);
    expect(other.messages.size).toBe(problems.length);
    await tell(drift('alert'));
    await tell({ kind: 'run', run: endedRun({}).run });
    expect(messages()).toHaveLength(2);
  });

  it('is stood in for by the audit channel when it is gone', async () => {
    const { tell, messages, chooseForProblems, discord, guild, records } = await auditedGuild();
    const gone = discord.world.addChannel(guild.id).id;
    await chooseForProblems(gone);
    discord.world.deleteChannel(gone);
    for (const notice of problems) await tell(notice);
    expect(messages()).toHaveLength(problems.length);
    expect(records().map(({ channelId }) => channelId)).toEqual([gone]);
  });

  it('works without an audit channel', async () => {
    const { tell, choose, chooseForProblems, channel, messages } = await auditedGuild();
    await choose(null);
    await chooseForProblems(channel.id);
    await tell({ kind: 'resumed' });
    await tell({ kind: 'run', run: endedRun({}).run });
    expect(messages()).toHaveLength(1);
  });
});
