import { spawn } from 'node:child_process';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openDiscord, type DiscordAndDatabase } from '../bench-world.ts';
import { environmentFor } from '../bot.ts';
import type { Figure } from '../figure.ts';
import { median } from '../statistics.ts';

const POPULATION = { members: 1_002, links: 500, mappings: 20 };
/** Discord takes a new session every 5 s: every 50 ms here. */
const TIME_SCALE = 0.01;
const RUNS = 5;

/** From nothing to a session with Discord, with the database of a bot that ran before. */
export const coldStart: Figure = {
  name: 'cold-start',
  async measure() {
    const opened = await openDiscord({ population: POPULATION, timeScale: TIME_SCALE });
    try {
      const rolewright: number[] = [];
      const bare: number[] = [];
      for (let run = 0; run < RUNS; run += 1) {
        rolewright.push(await secondsToReady(opened, '../../src/main.ts'));
        bare.push(await secondsToReady(opened, '../bare-client.ts'));
      }
      const measured = median(rolewright);
      return [
        {
          what: 'cold start to gateway ready',
          goal: '< 1.5 s',
          measured,
          unit: 's',
          best: median(bare),
          isMet: measured < 1.5,
          note: `median of ${RUNS} (longest ${Math.max(...rolewright).toFixed(2)} s); from the start of the process until Discord answers READY; best: a discord.js client and nothing else`,
        },
      ];
    } finally {
      await opened.close();
    }
  },
};

async function secondsToReady({ discord, place, databaseUrl }: DiscordAndDatabase, program: string): Promise<number> {
  const before = (await discord.ask('identified')).length;
  const startedAt = Date.now();
  const child = spawn(process.execPath, [fileURLToPath(import.meta.resolve(program))], {
    env: environmentFor(place, databaseUrl),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  try {
    for (;;) {
      const readyAt = (await discord.ask('identified'))[before];
      if (readyAt !== undefined) return (readyAt - startedAt) / 1_000;
      if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`);
      if (Date.now() > startedAt + 30_000) throw new Error(`${program} was not ready within 30 s`);
      await sleep(25);
    }
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
}
