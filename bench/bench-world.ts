import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DiscordOptions } from '../sandbox/discord.ts';
import { startBot } from './bot.ts';
import { startChild } from './child-process.ts';
import type { DiscordActions } from './discord-process.ts';
import type { Population } from './population.ts';

export interface WorldOptions {
  population: Population;
  /** Every window of Discord's is this much shorter. */
  timeScale: number;
  /** Linked users, in the first group, who are not members yet. */
  outsiders?: number;
  discord?: DiscordOptions;
}

export type DiscordAndDatabase = Awaited<ReturnType<typeof openDiscord>>;
export type BenchWorld = Awaited<ReturnType<typeof openWorld>>;

/** A local Discord in its own process with a guild in it, and the database file of a bot that knows the guild. */
export async function openDiscord({ population, timeScale, outsiders = 0, discord: options }: WorldOptions) {
  const discord = startChild<DiscordActions>('./discord-process.ts');
  const folder = await mkdtemp(join(tmpdir(), 'rolewright-bench-'));
  const close = async (): Promise<void> => {
    await discord.end();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const settings = { timeScale, ...options?.settings };
    const databaseUrl = `file:${join(folder, 'rolewright.db')}`;
    const place = await discord.ask('start', { ...options, settings }, population, outsiders, databaseUrl);
    return { discord, place, folder, databaseUrl, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The same, and the bot in this process: ready, synced, and nothing to do. */
export async function openWorld(options: WorldOptions) {
  const opened = await openDiscord(options);
  try {
    const bot = await startBot(opened.place, { databaseUrl: opened.databaseUrl, timeScale: options.timeScale });
    await opened.discord.ask('forgetRequests');
    const close = async (): Promise<void> => {
      await bot.stop();
      await opened.close();
    };
    return { ...opened, bot, close };
  } catch (error) {
    await opened.close();
    throw error;
  }
}
