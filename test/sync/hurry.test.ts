import { describe, expect, it } from 'vitest';
import { createClock } from '../chaos/clock.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { CONFIRMED, createSyncWorld, MANUAL } from '../support/sync-world.ts';

const SECOND = 1000;
/** Ten writes in ten seconds, in each of the two buckets. */
const LIMITS = { limit: 10, windowMs: 10 * SECOND, remaining: Infinity, resetAt: new Date(0) };

/** A run over sixty members, which takes half a minute; five seconds of it are over. */
async function longRun() {
  const clock = createClock(Date.parse('2026-03-01T12:00:00Z'));
  const world = await createSyncWorld({ time: { now: clock.date, sleep: clock.sleep } });
  await world.mapping('pilots', 'pilot');
  for (let index = 1; index <= 60; index += 1) await world.pilot(String(index));
  world.discord.state = (_, bucket) => (bucket === 'look' ? { ...LIMITS, limit: Infinity } : LIMITS);
  const madeAt = new Map<string, number>();
  world.discord.afterWrite = () => {
    madeAt.set(world.discord.writes.at(-1) ?? '', clock.now());
  };
  const run = world.sync.guild(GUILD_ID, CONFIRMED);
  await clock.pass(5 * SECOND);
  return { ...world, clock, run, madeAt };
}

const writesOf = (writes: readonly string[], name: string) => writes.filter((line) => line.split(' ')[1] === name);

describe('a person who waits while a run over the guild is under way', () => {
  it('passes it within a slot', async () => {
    const world = await longRun();
    await world.pilot('new');
    const askedAt = world.clock.now();

    const asked = world.sync.member(GUILD_ID, 'new', MANUAL);
    await world.clock.pass(10 * SECOND);

    expect((await asked).error).toBeNull();
    const at = world.madeAt.get('put new pilot') ?? world.madeAt.get('patch new pilot') ?? Infinity;
    expect(at - askedAt).toBeLessThanOrEqual(SECOND + 50);
  });

  it.each([
    { name: 'is about to be written', last: 0 },
    { name: 'waits at the end', last: -1 },
  ])('takes himself along when he is in the run and $name, and is written once', async ({ last }) => {
    const world = await longRun();
    const waiting = [...world.discord.members.keys()].filter((name) => world.discord.rolesOf(name).length === 0);
    const member = waiting.at(last) ?? '';

    const asked = world.sync.member(GUILD_ID, member, MANUAL);
    await world.clock.pass(2 * SECOND);

    expect(world.discord.rolesOf(member)).toEqual(['pilot']);
    expect((await asked).error).toBeNull();
    await world.clock.pass(60 * SECOND);
    expect(writesOf(world.discord.writes, member)).toHaveLength(1);
    const progress = await world.run;
    expect(progress).toMatchObject({ status: 'completed', usersProcessed: 60, usersFailed: 0 });
    const applied = (await world.changesOf(progress.runId)).filter((line) => line.endsWith('applied'));
    expect(progress.rolesAdded).toBe(applied.length);
    const own = await world.runs.recent(GUILD_ID, 9);
    expect(own.reduce((sum, { rolesAdded }) => sum + rolesAdded, 0)).toBe(60);
  });

  it('delays it by no more than his own write', async () => {
    const world = await longRun();
    await world.clock.pass(60 * SECOND);
    const alone = Math.max(...world.madeAt.values()) - Date.parse('2026-03-01T12:00:00Z');

    const other = await longRun();
    for (let index = 1; index <= 4; index += 1) {
      await other.pilot(`new${index}`);
      void other.sync.member(GUILD_ID, `new${index}`, MANUAL);
    }
    await other.clock.pass(60 * SECOND);

    const withOthers = Math.max(...other.madeAt.values()) - Date.parse('2026-03-01T12:00:00Z');
    expect(withOthers).toBeLessThanOrEqual(alone + 4 * SECOND);
    expect((await other.run).status).toBe('completed');
  });
});
