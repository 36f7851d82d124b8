import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { SCHEDULED, startBot, syncGuild } from './bot.ts';
import { serve } from './child-process.ts';
import type { StartedDiscord } from './discord-process.ts';

/** V8 gives up the code of functions that were not called for several collections: after so many both bots are alike. */
const COLLECTIONS = 10;

/** A bot whose heap is looked at. Started with --expose-gc. */
const actions = {
  /** Heap in use after a collection, in bytes: of a bot that has synced its guild and rests, and the most during a full sync. */
  async heapOf(place: StartedDiscord, databaseUrl: string, timeScale: number) {
    const bot = await startBot(place, { databaseUrl, timeScale });
    await sleep(500);
    for (let round = 0; round < COLLECTIONS; round += 1) {
      liveHeap();
      await sleep(20);
    }
    const atRest = liveHeap();
    let most = atRest;
    const looking = setInterval(() => (most = Math.max(most, liveHeap())), 50);
    await syncGuild(bot, place.guildId, SCHEDULED);
    clearInterval(looking);
    return { atRest, most };
  },
};

function liveHeap(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

export type HeapActions = typeof actions;

serve(actions);
