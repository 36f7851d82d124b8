import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { commands } from '../../commands/index.ts';
import { startApp, type RunningApp } from '../../src/app.ts';
import type { Overrides } from '../../src/app/base.ts';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/log.ts';
import { tokenOf, type LocalGuild } from './local-discord.ts';
import { captureLines } from './log-lines.ts';

export interface RunningBot extends RunningApp {
  /** Every line that it logged so far. */
  log: string[];
}

/** The environment that a bot of this local Discord needs, with secrets of its own. */
export function environmentFor({ discord, application }: LocalGuild): Record<string, string> {
  return {
    DISCORD_CLIENT_ID: application.id,
    DISCORD_CLIENT_SECRET: application.clientSecret,
    DISCORD_BOT_TOKEN: tokenOf(application),
    JWT_SECRET: randomBytes(48).toString('base64'),
    ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
    DISCORD_API_URL: discord.apiUrl,
    DISCORD_AUTHORIZE_URL: discord.authorizeUrl,
    DATABASE_URL: ':memory:',
    PORT: '0',
    LOG_LEVEL: 'debug',
    ENVIRONMENT: 'test',
    // All of a test's browsers have one address.
    RATE_LIMIT_AUTH: '100000',
  };
}

/** The whole bot, in this process, wired to the local Discord. It ends with the test. */
export async function startBot(
  local: LocalGuild,
  { env = {}, ...overrides }: { env?: Record<string, string> } & Overrides = {},
): Promise<RunningBot> {
  const { lines, destination } = captureLines();
  const config = readConfig({ ...environmentFor(local), ...env });
  const log = createLogger({ level: config.logLevel }, destination);
  const running = await startApp(config, { log, commands }, { retry: { retries: 3, baseMs: 5 }, ...overrides });
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (isStopped) return;
    isStopped = true;
    await running.stop();
  };
  onTestFinished(stop);
  return { ...running, stop, log: lines };
}

/** What the bot says of itself at /readyz. */
export async function readiness(bot: Pick<RunningBot, 'port'>): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${bot.port}/readyz`);
  return { status: response.status, text: await response.text() };
}
