import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { commands } from '../commands/index.ts';
import { startApp, type RunningApp } from '../src/app.ts';
import type { Overrides } from '../src/app/base.ts';
import { readConfig } from '../src/config.ts';
import { GLOBAL_LIMIT } from '../src/discord/rest.ts';
import { createLogger } from '../src/log.ts';
import type { StartedDiscord } from './discord-process.ts';

/** A sync that somebody asked for, saw and confirmed. */
export const ASKED = { trigger: 'manual', actor: '100000000000000001', isConfirmed: true } as const;
export const SCHEDULED = { trigger: 'schedule', actor: null } as const;

/** The environment that a bot of this Discord needs. */
export function environmentFor(place: StartedDiscord, databaseUrl: string): Record<string, string> {
  return {
    DISCORD_CLIENT_ID: place.clientId,
    DISCORD_CLIENT_SECRET: place.clientSecret,
    DISCORD_BOT_TOKEN: place.botToken,
    DISCORD_API_URL: place.apiUrl,
    DISCORD_AUTHORIZE_URL: place.authorizeUrl,
    JWT_SECRET: randomBytes(48).toString('base64'),
    ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
    DATABASE_URL: databaseUrl,
    PORT: '0',
    LOG_LEVEL: 'error',
  };
}

/** What a shorter window shortens as well: all that the bot itself measures in time against Discord's limits. */
function scaledOverrides(timeScale: number): Overrides {
  const { limit, windowMs } = GLOBAL_LIMIT;
  return {
    retry: { retries: 3, baseMs: 2_000 * timeScale },
    globalLimit: { limit, windowMs: windowMs * timeScale },
  };
}

/** The whole bot, in this process, ready, with its sync at start-up behind it. */
export async function startBot(
  place: StartedDiscord,
  { databaseUrl, timeScale }: { databaseUrl: string; timeScale: number },
): Promise<RunningApp> {
  const config = readConfig(environmentFor(place, databaseUrl));
  const log = createLogger({ level: config.logLevel }, firstLineOnly());
  const bot = await startApp(config, { log, commands }, scaledOverrides(timeScale));
  await untilReady(bot, place.guildId);
  // The second one surely comes after that of the start.
  for (let round = 0; round < 2; round += 1) await syncGuild(bot, place.guildId, SCHEDULED);
  return bot;
}

/** What the bot complains of, told once: a bench that fails would say the same thing a thousand times. */
function firstLineOnly() {
  let lines = 0;
  return {
    write(line: string): void {
      lines += 1;
      if (lines === 1) process.stderr.write(`the bot logged an error: ${line.slice(0, 600)}\n`);
    },
  };
}

/** A sync of the whole guild that came to its end. */
export async function syncGuild(
  { app }: Pick<RunningApp, 'app'>,
  guildId: string,
  cause: typeof ASKED | typeof SCHEDULED,
): Promise<void> {
  const { status, errors } = await app.sync.guild(guildId, cause);
  if (status !== 'completed') throw new Error(`the sync of the guild ended as ${status}: ${errors.join(' ')}`);
}

async function untilReady({ app }: RunningApp, guildId: string): Promise<void> {
  const end = performance.now() + 30_000;
  while (!app.guilds.guild(guildId)) {
    if (performance.now() > end) throw new Error('the bot did not see the guild within 30 s');
    await sleep(10);
  }
  await sleep(50);
}
