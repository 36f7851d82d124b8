import { expect, it } from 'vitest';
import { createClock } from '../chaos/clock.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { CONFIRMED, createSyncWorld } from '../support/sync-world.ts';

const HOUR = 3_600_000;
const LIMITS = { limit: 10, windowMs: 10_000, remaining: Infinity, resetAt: new Date(0) };

it('goes on writing at its pace when the clock is set back', async () => {
  const clock = createClock(Date.parse('2026-03-01T12:00:00Z'));
  let skewMs = 0;
  const now = () => new Date(clock.now() + skewMs);
  const world = await createSyncWorld({ time: { now, steady: clock.date, sleep: clock.sleep } });
  await world.mapping('pilots', 'pilot');
  await world.pilot('1');
  world.discord.state = (_, bucket) => (bucket === 'look' ? { ...LIMITS, limit: Infinity } : LIMITS);
  void world.sync.guild(GUILD_ID, CONFIRMED);
  await clock.pass(60_000);
  expect(world.discord.rolesOf('1')).toEqual(['pilot']);

  skewMs = -HOUR;
  await world.pilot('2');
  void world.sync.guild(GUILD_ID, CONFIRMED);
  await clock.pass(60_000);
  expect(world.discord.rolesOf('2')).toEqual(['pilot']);
});
