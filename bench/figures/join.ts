import { setTimeout as sleep } from 'node:timers/promises';
import { openWorld } from '../bench-world.ts';
import type { Figure } from '../figure.ts';
import { writesOfMember } from '../requests.ts';
import { median, percentile } from '../statistics.ts';

const JOINS = 250;
const POPULATION = { members: 1_002, links: 500, mappings: 20 };
/** So short that no bucket is ever empty: what is measured is the way, not the limit. */
const TIME_SCALE = 0.01;
const APART_MS = 40;

/** Somebody who is linked comes in, and nothing else happens. */
export const join: Figure = {
  name: 'join',
  async measure() {
    const world = await openWorld({ population: POPULATION, timeScale: TIME_SCALE, outsiders: JOINS });
    try {
      const { discord, place } = world;
      const joined: { discordId: string; at: number }[] = [];
      const roundTrips: number[] = [];
      for (const discordId of await discord.ask('outsiders')) {
        const at = await discord.ask('join', discordId);
        joined.push({ discordId, at });
        await sleep(APART_MS);
        roundTrips.push(await roundTrip(place.apiUrl));
      }
      await sleep(1_000);
      const requests = await discord.ask('requests');
      const latencies = joined.map(({ discordId, at }) => {
        const first = writesOfMember(requests, discordId)[0];
        if (!first) throw new Error('somebody who came in got no role');
        return first.at - at;
      });
      const base = median(roundTrips);
      const above = percentile(latencies, 99) - base;
      return [
        {
          what: 'member join to first role write, idle: above the round trip, p99',
          goal: '< 25 ms',
          measured: above,
          unit: 'ms',
          best: null,
          isMet: above < 25,
          note: `${latencies.length} joins; p50 ${(median(latencies) - base).toFixed(1)} ms; from the join inside Discord until Discord has the write, less the median round trip of ${base.toFixed(1)} ms (its p99: ${percentile(roundTrips, 99).toFixed(1)} ms)`,
        },
      ];
    } finally {
      await world.close();
    }
  },
};

/** A call that Discord answers at once, ms. */
async function roundTrip(apiUrl: string): Promise<number> {
  const before = performance.now();
  const response = await fetch(`${apiUrl}/v10/gateway`, { headers: { 'User-Agent': 'DiscordBot (bench, 1)' } });
  await response.text();
  return performance.now() - before;
}
