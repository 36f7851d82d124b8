import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { sync } from '../../commands/sync.ts';
import { createAuditChannel } from '../../src/discord/audit-channel.ts';
import { parseCustomId } from '../../src/discord/command.ts';
import { createRest } from '../../src/discord/rest.ts';
import { createGuildStore } from '../../src/db/guild-store.ts';
import { openDatabase } from '../../src/db/database.ts';
import type { Notice } from '../../src/sync/notices.ts';
import { aGuild, NOW } from '../support/core-worlds.ts';
import { startGuild } from '../support/local-discord.ts';
import { captureLog } from '../support/log-lines.ts';

const RUN = '0f7c2a91-5d1e-4c55-9a0b-2f6f3f0a9b1d';
const ANA = '200000000000000003';
const BOB = '200000000000000004';
const PILOT = '400000000000000004';
const CHIEF = '400000000000000005';

/** A guild whose admins have chosen the channel, and what they see there. */
async function auditedGuild({ isChosen = true, isHere = true } = {}) {
  const local = await startGuild();
  const database = openDatabase(':memory:');
  onTestFinished(() => database.close());
  const settings = createGuildStore(database);
  const { id: guildId } = local.guild;
  await settings.joined(guildId, 'Testers', NOW);
  const choose = (auditChannelId: string | null) => settings.update(guildId, { auditChannelId }, NOW);
  await choose(isChosen ? local.channel.id : null);
  const { log, records } = captureLog();
  const audit = createAuditChannel({
    rest: createRest({ apiUrl: local.discord.apiUrl, botToken: local.token }),
    settings,
    guilds: { guild: () => (isHere ? aGuild() : null) },
    log,
    retry: { retries: 3, baseMs: 1 },
  });
  const messages = () => [...local.channel.messages.values()];
  return { ...local, audit, choose, messages, records, tell: (notice: Notice) => audit.tell(guildId, notice) };
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
const drift = (because: 'respect' | 'alert' | 'fight', changedBy: string | null = BOB): Notice => ({
  kind: 'drift',
  discordId: ANA,
  roleId: PILOT,
  changedBy,
  because,
});

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
    expect((await told(held(many))).text).toContain('\n… and 380 more\n');
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
