import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { BucketName } from '../../src/sync/ports.ts';
import { dice, FIXED, SECOND, simulateLimits, SLIDING, WINDOW } from '../support/simulated-limits.ts';

const EITHER = ['role', 'member'] as const;
const SLOT = WINDOW / 10;

describe('a bulk run', () => {
  it.each([
    { name: 'as Discord counts', role: FIXED, member: SLIDING },
    { name: 'with sliding windows', role: SLIDING, member: SLIDING },
    { name: 'with fixed windows', role: FIXED, member: FIXED },
  ])('of 1,000 members takes what the two buckets need, and none is refused: $name', async (rules) => {
    const discord = simulateLimits(rules);
    discord.writeAll(800, 'several', { lane: 'bulk', buckets: ['member'] });
    discord.writeAll(200, 'one', { lane: 'bulk', buckets: EITHER });
    await discord.clock.pass(90 * WINDOW);
    expect(discord.made).toHaveLength(1000);
    expect(discord.refusals()).toBe(0);
    expect(discord.lastAt()).toBeLessThan(79 * WINDOW * 1.02);
    expect(discord.asleep()).toBe(0);
  });

  it('of members with one change keeps both buckets busy', async () => {
    const discord = simulateLimits();
    discord.writeAll(1000, 'one', { lane: 'bulk', buckets: EITHER });
    await discord.clock.pass(60 * WINDOW);
    expect(discord.made).toHaveLength(1000);
    expect(discord.refusals()).toBe(0);
    expect(discord.lastAt()).toBeLessThan(49 * WINDOW * 1.02);
  });

  it.each([1, 2, 3, 4, 5])('is never refused over a network that takes its time (seed %i)', async (seed) => {
    const next = dice(seed);
    const discord = simulateLimits({ latencyMs: () => 20 + next() * 200 });
    discord.writeAll(200, 'bulk', { lane: 'bulk', buckets: EITHER });
    discord.writeAll(100, 'bulk', { lane: 'bulk', buckets: ['member'] });
    for (let second = 0; second < 100; second += 1) {
      await discord.clock.pass(SECOND);
      if (next() < 0.1) discord.writeAll(Math.floor(next() * 8), 'event', { lane: 'event', buckets: EITHER });
      if (next() < 0.1) discord.writeAll(1, 'person', { lane: 'interactive', buckets: EITHER });
    }
    await discord.clock.pass(30 * WINDOW);
    expect(discord.refusals()).toBe(0);
    expect(discord.lanes.depth()).toEqual({ interactive: 0, event: 0, bulk: 0 });
  });
});

describe('somebody who waits', () => {
  it.each<{ buckets: readonly BucketName[] }>([{ buckets: ['role'] }, { buckets: ['member'] }, { buckets: EITHER }])(
    'passes a bulk run within one slot, whenever he comes ($buckets)',
    async ({ buckets }) => {
      for (let offset = 0; offset < WINDOW; offset += 170) {
        const discord = simulateLimits();
        discord.writeAll(100, 'bulk', { lane: 'bulk', buckets: ['role'] });
        discord.writeAll(100, 'bulk', { lane: 'bulk', buckets: ['member'] });
        await discord.clock.pass(2 * WINDOW + offset);
        const askedAt = discord.clock.now();
        discord.writeAll(1, 'person', { lane: 'interactive', buckets });
        await discord.clock.pass(WINDOW);
        expect(discord.lastAt('person') - askedAt).toBeLessThanOrEqual(SLOT + 20);
        expect(discord.refusals()).toBe(0);
      }
    },
  );

  it('finds a place in a storm of joins', async () => {
    const discord = simulateLimits();
    discord.writeAll(1, 'first', { lane: 'event', buckets: ['member'] });
    await discord.clock.pass(WINDOW);
    discord.writeAll(30, 'join', { lane: 'event', buckets: ['member'] });
    await discord.clock.pass(100);
    const askedAt = discord.clock.now();
    discord.writeAll(1, 'person', { lane: 'interactive', buckets: ['member'] });
    await discord.clock.pass(4 * WINDOW);
    expect(discord.lastAt('person')).toBe(askedAt);
    expect(discord.refusals()).toBe(0);
  });

  it('goes before events, and these before bulk work; who came first goes first', async () => {
    const discord = simulateLimits();
    for (const [name, lane] of [
      ['b1', 'bulk'],
      ['b2', 'bulk'],
      ['e1', 'event'],
      ['e2', 'event'],
      ['i1', 'interactive'],
    ] as const) {
      void discord.write(name, { lane, buckets: ['role'] });
    }
    expect(discord.lanes.depth()).toEqual({ interactive: 1, event: 2, bulk: 1 });
    await discord.clock.pass(WINDOW);
    expect(discord.made.map(({ name }) => name)).toEqual(['b1', 'i1', 'e1', 'e2', 'b2']);
  });
});

describe('a storm of events', () => {
  it('starts at once with half of the places, and ends when the limit allows it', async () => {
    const discord = simulateLimits();
    discord.writeAll(1, 'first', { lane: 'event', buckets: ['member'] });
    discord.writeAll(1, 'first', { lane: 'event', buckets: ['role'] });
    await discord.clock.pass(WINDOW);
    const start = discord.clock.now();
    discord.writeAll(50, 'join', { lane: 'event', buckets: EITHER });
    await discord.clock.pass(0);
    expect(discord.made.length).toBeGreaterThanOrEqual(10);
    await discord.clock.pass(6 * WINDOW);
    expect(discord.lastAt() - start).toBeLessThanOrEqual(2.5 * WINDOW);
    expect(discord.refusals()).toBe(0);
  });
});

describe('what Discord tells', () => {
  it('is heard before a second write goes into a bucket of which nothing is known', async () => {
    const discord = simulateLimits({ latencyMs: () => 300 });
    discord.writeAll(10, 'person', { lane: 'interactive', buckets: ['role'] });
    await discord.clock.pass(500);
    expect(discord.lanes.depth().interactive).toBe(9);
    await discord.clock.pass(200);
    expect(discord.lanes.depth().interactive).toBe(0);
  });

  it('holds: no place before a far reset, for nobody, in that bucket alone', async () => {
    const discord = simulateLimits({ role: { limit: 10, windowMs: 3_600_000, window: 'fixed' } });
    discord.writeAll(10, 'person', { lane: 'interactive', buckets: ['role'] });
    await discord.clock.pass(1);
    discord.writeAll(1, 'late', { lane: 'interactive', buckets: ['role'] });
    discord.writeAll(5, 'member', { lane: 'interactive', buckets: EITHER });
    await discord.clock.pass(3_599_000);
    expect(discord.made.map(({ bucket }) => bucket).filter((bucket) => bucket === 'member')).toHaveLength(5);
    expect(discord.lanes.depth().interactive).toBe(1);
    await discord.clock.pass(2000);
    expect(discord.lastAt('late')).toBeGreaterThanOrEqual(3_600_000);
    expect(discord.refusals()).toBe(0);
  });

  it('is followed when a limit is halved and doubled on the way', async () => {
    const discord = simulateLimits();
    discord.writeAll(150, 'bulk', { lane: 'bulk', buckets: ['member'] });
    await discord.clock.pass(3 * WINDOW);
    discord.changeRule('member', { limit: 5 });
    await discord.clock.pass(WINDOW);
    const before = discord.made.length;
    await discord.clock.pass(4 * WINDOW);
    expect(discord.made.length - before).toBeGreaterThanOrEqual(19);
    expect(discord.made.length - before).toBeLessThanOrEqual(20);
    // Nobody is told beforehand that places which were free are not any more.
    expect(discord.refusals()).toBe(1);
    discord.changeRule('member', { limit: 20 });
    await discord.clock.pass(5 * WINDOW);
    expect(discord.made).toHaveLength(150);
    expect(discord.refusals()).toBe(1);
  });

  it('counts: places that another client took are not there for us', async () => {
    const discord = simulateLimits();
    discord.takePlaces(8, 'member');
    discord.writeAll(7, 'person', { lane: 'interactive', buckets: ['member'] });
    await discord.clock.pass(WINDOW / 2);
    expect(discord.made).toHaveLength(2);
    await discord.clock.pass(WINDOW / 2 + 10);
    expect(discord.made).toHaveLength(7);
    expect(discord.refusals()).toBe(0);
  });

  it('holds after a refusal, which costs no other', async () => {
    const discord = simulateLimits();
    discord.writeAll(100, 'bulk', { lane: 'bulk', buckets: ['member'] });
    for (let times = 0; times < 12; times += 1) {
      await discord.clock.pass(WINDOW);
      discord.takePlaces(3, 'member');
    }
    await discord.clock.pass(4 * WINDOW);
    expect(discord.made).toHaveLength(100);
    expect(discord.refusals()).toBeLessThanOrEqual(12 * 3);
  });
});

describe('many guilds', () => {
  it('share the global limit fairly, whoever has the most to do', async () => {
    const discord = simulateLimits({ writesPerSecond: 8 });
    for (let guild = 0; guild < 20; guild += 1) {
      discord.writeAll(guild === 0 ? 500 : 30, 'bulk', { guildId: `9${guild}`, lane: 'bulk', buckets: EITHER });
    }
    await discord.clock.pass(30 * SECOND);
    const counts = new Map<string, number>();
    for (const { guildId } of discord.made) counts.set(guildId, (counts.get(guildId) ?? 0) + 1);
    expect([...counts.values()].every((count) => count >= 11 && count <= 13)).toBe(true);
    expect(counts.size).toBe(20);
    const perSecond = Array.from(
      { length: 30 },
      (_, second) => discord.made.filter(({ at }) => Math.floor(at / SECOND) === second).length,
    );
    expect(Math.max(...perSecond)).toBeLessThanOrEqual(8);
  });

  it('do not keep a person waiting in any of them', async () => {
    const discord = simulateLimits({ writesPerSecond: 8 });
    for (let guild = 0; guild < 50; guild += 1)
      discord.writeAll(30, 'bulk', { guildId: `9${guild}`, lane: 'bulk', buckets: EITHER });
    await discord.clock.pass(20 * SECOND + 60);
    const askedAt = discord.clock.now();
    discord.writeAll(1, 'person', { guildId: '949', lane: 'interactive', buckets: EITHER });
    await discord.clock.pass(5 * SECOND);
    expect(discord.lastAt('person') - askedAt).toBeLessThanOrEqual(SECOND / 8 + 5);
  });
});

describe('a request that is called off', () => {
  it('leaves its line, and nothing of it stays behind', async () => {
    const discord = simulateLimits();
    const calledOff = new AbortController();
    discord.writeAll(1, 'first', { lane: 'bulk', buckets: ['role'] });
    const waits = [1, 2, 3].map(() =>
      discord.lanes.slot({ guildId: '1', lane: 'bulk', buckets: ['role'], signal: calledOff.signal }),
    );
    discord.writeAll(1, 'last', { lane: 'bulk', buckets: ['role'] });
    await discord.clock.pass(10);
    calledOff.abort(new Error('called off'));
    const ends = await Promise.allSettled(waits);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await expect(waits[0]).rejects.toThrow('called off');
    expect(discord.lanes.depth()).toEqual({ interactive: 0, event: 0, bulk: 1 });
    await discord.clock.pass(SLOT + 10);
    expect(discord.made.map(({ name }) => name)).toEqual(['first', 'last']);
    expect(getEventListeners(calledOff.signal, 'abort')).toHaveLength(0);
    expect(discord.asleep()).toBe(0);
  });

  it('is refused at once when it was called off before', async () => {
    const { lanes } = simulateLimits();
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(lanes.slot({ guildId: '1', lane: 'bulk', buckets: ['role'], signal })).rejects.toThrow('too late');
    expect(lanes.depth().bulk).toBe(0);
  });

  it('changes nothing once it was served', async () => {
    const discord = simulateLimits();
    const calledOff = new AbortController();
    const slot = await discord.lanes.slot({ guildId: '1', lane: 'bulk', buckets: ['role'], signal: calledOff.signal });
    expect(getEventListeners(calledOff.signal, 'abort')).toHaveLength(0);
    calledOff.abort();
    slot.end(true);
    slot.end(true);
    discord.writeAll(1, 'next', { lane: 'bulk', buckets: ['role'] });
    await discord.clock.pass(SLOT);
    expect(discord.made).toHaveLength(1);
  });
});

describe('a slot that was not needed', () => {
  it('costs nothing: the next one goes at once', async () => {
    const discord = simulateLimits();
    discord.writeAll(1, 'first', { lane: 'bulk', buckets: ['role'] });
    await discord.clock.pass(2 * WINDOW);
    for (let times = 0; times < 100; times += 1) {
      const slot = await discord.lanes.slot({ guildId: '1', lane: 'bulk', buckets: ['role'] });
      slot.end(false);
    }
    discord.writeAll(1, 'next', { lane: 'bulk', buckets: ['role'] });
    const askedAt = discord.clock.now();
    await discord.clock.pass(WINDOW);
    expect(discord.lastAt('next') - askedAt).toBe(0);
  });
});
