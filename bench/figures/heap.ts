import { openDiscord } from '../bench-world.ts';
import { startChild } from '../child-process.ts';
import type { Figure } from '../figure.ts';
import type { HeapActions } from '../heap-process.ts';
import type { Population } from '../population.ts';

const LARGE = { members: 100_000, links: 5_000, mappings: 20 };
const EMPTY = { members: 3, links: 1, mappings: 1 };
const TIME_SCALE = 0.01;
const MB = 1024 * 1024;

/** What a large guild costs in memory, over what the bot itself costs. */
export const heap: Figure = {
  name: 'heap',
  async measure() {
    const empty = await heapWith(EMPTY);
    const large = await heapWith(LARGE);
    const above = (large.most - empty.atRest) / MB;
    const resting = (large.atRest - empty.atRest) / MB;
    return [
      {
        what: 'heap of a 100,000-member guild with 5,000 links, above an empty bot',
        goal: '< 60 MB',
        measured: above,
        unit: 'MB',
        best: null,
        isMet: above < 60,
        note: `live data (after a collection) and buffers, the most of many looks during a full sync; at rest after it ${resting.toFixed(1)} MB; an empty bot has ${(empty.atRest / MB).toFixed(1)} MB`,
      },
    ];
  },
};

async function heapWith(population: Population) {
  const opened = await openDiscord({ population, timeScale: TIME_SCALE });
  const bot = startChild<HeapActions>('./heap-process.ts', { execArgv: ['--expose-gc'] });
  try {
    return await bot.ask('heapOf', opened.place, opened.databaseUrl, TIME_SCALE);
  } finally {
    await bot.end();
    await opened.close();
  }
}
