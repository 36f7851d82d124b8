import { setTimeout as sleep } from 'node:timers/promises';
import { openWorld, type BenchWorld } from '../bench-world.ts';
import type { Figure } from '../figure.ts';
import { withNoise } from '../noise.ts';
import { writesOfMember } from '../requests.ts';
import { median, percentile } from '../statistics.ts';

const ROUNDS = 3;
const JOINS = 200;
const POPULATION = { members: 1_002, links: 500, mappings: 20 };
/** So short that no bucket is ever empty: what is measured is the way, not the limit. */
const TIME_SCALE = 0.01;
const APART_MS = 25;

/** Somebody who is linked comes in, and nothing else happens. */
export const join: Figure = {
  name: 'join',
  async measure() {
    const world = await openWorld({ population: POPULATION, timeScale: TIME_SCALE, outsiders: JOINS * ROUNDS });
    try {
      const { result: rounds, noise } = await withNoise(() => measureRounds(world));
      const above = median(rounds.map(({ p99 }) => p99));
      const middle = median(rounds.map(({ p50 }) => p50));
      const base = median(rounds.map(({ roundTrip }) => roundTrip));
      const all = rounds.map(({ p99 }) => p99.toFixed(1)).join(', ');
      return [
        {
          what: 'member join to first role write, idle: above the round trip, p99',
          goal: '< 25 ms',
          measured: above,
          unit: 'ms',
          best: null,
          isMet: above < 25,
          note: `median of ${ROUNDS} rounds of ${JOINS} joins (p99 ${all} ms; p50 ${middle.toFixed(1)} ms); from the join inside Discord until Discord has the write, less the median round trip of ${base.toFixed(1)} ms; ${noise}`,
        },
      ];
    } finally {
      await world.close();
    }
  },
};

interface Round {
  p50: number;
  p99: number;
  roundTrip: number;
}

async function measureRounds({ discord, place }: BenchWorld): Promise<Round[]> {
  const outsiders = await discord.ask('outsiders');
  const rounds: { discordId: string; at: number; roundTrip: number }[][] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const joined = [];
    for (const discordId of outsiders.slice(round * JOINS, (round + 1) * JOINS)) {
      const at = await discord.ask('join', discordId);
      await sleep(APART_MS);
      joined.push({ discordId, at, roundTrip: await roundTripMs(place.apiUrl) });
    }
    rounds.push(joined);
  }
  await sleep(1_000);
  const requests = await discord.ask('requests');
  return rounds.map((joined) => {
    const roundTrip = median(joined.map((one) => one.roundTrip));
    const above = joined.map(({ discordId, at }) => {
      const first = writesOfMember(requests, discordId)[0];
      if (!first) throw new Error('somebody who came in got no role');
      return first.at - at - roundTrip;
    });
    return { p50: median(above), p99: percentile(above, 99), roundTrip };
  });
}

/** A call that Discord answers at once, ms. */
async function roundTripMs(apiUrl: string): Promise<number> {
  const before = performance.now();
  const response = await fetch(`${apiUrl}/v10/gateway`, { headers: { 'User-Agent': 'DiscordBot (bench, 1)' } });
  await response.text();
  return performance.now() - before;
}
