import process from 'node:process';
import { SCHEDULED, syncGuild } from '../bot.ts';
import { openWorld } from '../bench-world.ts';
import type { Figure } from '../figure.ts';
import { readsOf, writesOf } from '../requests.ts';
import { median } from '../statistics.ts';

const POPULATION = { members: 100_000, links: 50_000, mappings: 20 };
const TIME_SCALE = 0.01;
const ROUNDS = 3;
const PAGE = 1000;

/** A full sync of a guild in which everybody carries what he should. */
export const fullSync: Figure = {
  name: 'full-sync',
  async measure() {
    const world = await openWorld({ population: POPULATION, timeScale: TIME_SCALE });
    try {
      const { bot, discord, place } = world;
      const whole: number[] = [];
      const reading: number[] = [];
      let reads = 0;
      let writes = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        reading.push(await cpuSeconds(() => readAll(bot.app.guilds.listMembers(place.guildId))));
        await discord.ask('forgetRequests');
        whole.push(await cpuSeconds(() => syncGuild(bot, place.guildId, SCHEDULED)));
        const requests = await discord.ask('requests');
        reads = Math.max(reads, readsOf(requests).length);
        writes = Math.max(writes, writesOf(requests).length);
      }
      const planning = median(whole.map((seconds, round) => seconds - (reading[round] ?? 0)));
      const parts = `the whole sync took ${median(whole).toFixed(2)} s of CPU, reading alone ${median(reading).toFixed(2)} s`;
      const at = 'unchanged guild, 100,000 members, 20 mappings, 50,000 links';
      return [
        row(`${at}: write calls`, '0', writes, '', 0, writes === 0, `most of ${ROUNDS} full syncs`),
        row(
          `${at}: CPU of planning`,
          '< 1 s',
          planning,
          's',
          null,
          planning < 1,
          `user + system of the bot's process, garbage collection too, less what it takes to fetch and parse the same ${PAGE}-member pages and nothing else; median of ${ROUNDS}: ${parts}`,
        ),
        row(`${at}: read calls`, '<= 101', reads, '', POPULATION.members / PAGE, reads <= 101, `pages of ${PAGE}`),
      ];
    } finally {
      await world.close();
    }
  },
};

function row(
  what: string,
  goal: string,
  measured: number,
  unit: string,
  best: number | null,
  isMet: boolean,
  note: string,
) {
  return { what, goal, measured, unit, best, isMet, note };
}

/** CPU of this process while it works; the local Discord is another process. */
async function cpuSeconds(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

async function readAll(pages: AsyncIterable<unknown[]>): Promise<void> {
  let total = 0;
  for await (const page of pages) total += page.length;
  if (total !== POPULATION.members) throw new Error(`read ${total} members`);
}
