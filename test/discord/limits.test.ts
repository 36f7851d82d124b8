import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { seedGuild, seedMembers } from '../../sandbox/seed.ts';
import { createGuildReader } from '../../src/discord/guild-reader.ts';
import { createRest, steadyNow } from '../../src/discord/rest.ts';
import { createRoleWriter } from '../../src/discord/role-writer.ts';
import { createLanes, type SlotRequest } from '../../src/sync/lanes.ts';
import { at, startGuild } from '../support/local-discord.ts';

const SCALE = 0.02;
const EITHER = ['role', 'member'] as const;

/** Writes through the lanes to a Discord whose windows are 50 times shorter. */
async function start() {
  const local = await startGuild({ settings: { timeScale: SCALE } });
  const rest = createRest(
    { apiUrl: local.discord.apiUrl, botToken: local.token },
    { globalLimit: { limit: 49, windowMs: 1025 * SCALE } },
  );
  const writer = createRoleWriter(rest);
  const lanes = createLanes({
    buckets: rest.buckets,
    now: steadyNow,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }),
    writesPerSecond: 40 / SCALE,
  });
  const { world } = local.discord;
  const others = [2, 3, 4, 5].map(() => seedGuild(world, { application: local.application }));
  const guilds = [local, ...others].map(({ guild: { id }, roles }, index) => ({
    id,
    roleId: at(roles, 0).id,
    discordIds: seedMembers(world, id, 50, [], index + 1),
  }));

  /** Gives or takes one role, or replaces them all. */
  async function write(index: number, request: Omit<SlotRequest, 'guildId'>, guild = at(guilds, 0)): Promise<void> {
    const discordId = at(guild.discordIds, index % 50);
    const slot = await lanes.slot({ ...request, guildId: guild.id });
    const answer = await (slot.bucket === 'member'
      ? writer.editMember(guild.id, discordId, { roleIds: [guild.roleId] }, 'test')
      : index % 2 === 0
        ? writer.addRole(guild.id, discordId, guild.roleId, 'test')
        : writer.removeRole(guild.id, discordId, guild.roleId, 'test'));
    slot.end(true);
    expect(answer).toEqual({ outcome: 'applied' });
  }
  const many = (count: number, request: Omit<SlotRequest, 'guildId'>, guild = at(guilds, 0)): Promise<unknown> =>
    Promise.all(Array.from({ length: count }, (_, index) => write(index, request, guild)));

  return { ...local, rest, guilds, many };
}

describe('writing in lanes', () => {
  it('is never refused by a Discord that is met for the first time, though PUT and DELETE share a bucket unknown to discord.js', async () => {
    const { discord, many } = await start();
    await many(35, { lane: 'interactive', buckets: ['role'] });
    expect(discord.requests.writes()).toHaveLength(35);
    expect(discord.requests.count({ status: 429 })).toBe(0);
  });

  it('is never refused in a run with people and events in between', async () => {
    const { discord, many } = await start();
    const run = [many(60, { lane: 'bulk', buckets: ['member'] }), many(60, { lane: 'bulk', buckets: EITHER })];
    for (let round = 0; round < 5; round += 1) {
      await sleep(70 + 30 * round);
      run.push(many(5, { lane: 'event', buckets: EITHER }), many(2, { lane: 'interactive', buckets: ['member'] }));
    }
    await Promise.all(run);
    expect(discord.requests.writes()).toHaveLength(155);
    expect(discord.requests.count({ status: 429 })).toBe(0);
  });

  it('is never refused in many guilds at once, reads beside it', async () => {
    const { discord, many, guilds, rest } = await start();
    const reader = createGuildReader({
      rest,
      client: () => null,
      retry: { retries: 0, baseMs: 1 },
      signal: new AbortController().signal,
    });
    const writes = guilds.map(async (guild) => many(30, { lane: 'bulk', buckets: EITHER }, guild));
    const reads = guilds.flatMap(({ id, discordIds }) =>
      discordIds.slice(0, 30).map(async (discordId) => reader.fetchMember(id, discordId)),
    );
    await Promise.all([...writes, ...reads]);
    expect(discord.requests.writes()).toHaveLength(150);
    expect(discord.requests.count({ method: 'GET', status: 200 })).toBe(150);
    expect(discord.requests.count({ status: 429 })).toBe(0);
  });

  it('is never refused when reads go on while discord.js has yet to learn their bucket', async () => {
    const { discord, guilds, rest } = await start();
    const { id, discordIds } = at(guilds, 0);
    const reads = discordIds.map(async (discordId, index) => {
      await sleep(index);
      return rest.get(`/guilds/${id}/members/${discordId}`);
    });
    await Promise.all(reads);
    expect(discord.requests.count({ status: 200 })).toBe(50);
    expect(discord.requests.count({ status: 429 })).toBe(0);
  });
});
