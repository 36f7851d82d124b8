import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Application } from '../records.ts';
import { until } from './until.ts';

export interface BotPlan {
  application: Application;
  apiUrl: string;
  authorizeUrl: string;
  /** A free port for its pages. */
  port: number;
  /** Where its database and its log go. */
  folder: string;
}

export type Bot = ReturnType<typeof createBot>;

const program = fileURLToPath(import.meta.resolve('../../src/main.ts'));
const startMs = 30_000;
const stopMs = 10_000;

/** Rolewright as a process of its own, told everything by its environment, with secrets made for this one evening. */
export function createBot({ application, apiUrl, authorizeUrl, port, folder }: BotPlan) {
  const url = `http://127.0.0.1:${port}`;
  const logFile = join(folder, 'rolewright.log');
  const hostSecret = randomBytes(32).toString('base64url');
  const hookSecret = `whsec_${randomBytes(32).toString('base64')}`;
  const environment = {
    PATH: process.env['PATH'],
    DISCORD_CLIENT_ID: application.id,
    DISCORD_CLIENT_SECRET: application.clientSecret,
    DISCORD_BOT_TOKEN: application.botToken ?? '',
    DISCORD_API_URL: apiUrl,
    DISCORD_AUTHORIZE_URL: authorizeUrl,
    API_BASE_URL: url,
    PORT: String(port),
    JWT_SECRET: randomBytes(48).toString('base64'),
    ENCRYPTION_KEYS: `sandbox:${randomBytes(32).toString('base64')}`,
    DATABASE_URL: `file:${join(folder, 'rolewright.db')}`,
    LOG_LEVEL: 'info',
    HOST_JWT_SECRET: hostSecret,
    HOST_JWT_ISSUER: 'https://app.example.org',
    HOST_JWT_AUDIENCE: 'rolewright',
    GROUPS_HOOK_SECRET: hookSecret,
  };
  const log = createWriteStream(logFile);
  let child: ChildProcess | null = null;
  let exitCode: number | null = null;
  process.once('exit', () => child?.kill('SIGKILL'));

  async function isReady(): Promise<boolean> {
    if (!child) throw new Error(`the bot stopped by itself (exit code ${exitCode})`);
    try {
      return (await fetch(`${url}/readyz`)).ok;
    } catch {
      return false;
    }
  }

  return {
    url,
    logFile,
    /** What a host application signs its tokens and its webhooks with. */
    host: { jwtSecret: hostSecret, hookSecret },
    /** What nobody may ever find in the log or the database. */
    secrets: [application.clientSecret, application.botToken ?? '', environment.JWT_SECRET, hostSecret, hookSecret],

    /** Starts it and waits until it is ready. */
    async start(): Promise<void> {
      // In a process group of its own, so that Ctrl+C in the terminal reaches only us and it is stopped once.
      const started = spawn(process.execPath, [program], {
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      child = started;
      started.stdout.pipe(log, { end: false });
      started.stderr.pipe(log, { end: false });
      started.once('exit', (code) => {
        exitCode = code;
        if (child === started) child = null;
      });
      await until('the bot is ready', isReady, startMs);
    },

    /** Asks it to stop (SIGTERM); its exit code, null if it had to be killed. */
    async stop(): Promise<number | null> {
      if (!child) return exitCode;
      const stopping = child;
      const ended = new Promise<number | null>((resolve) => stopping.once('exit', resolve));
      stopping.kill('SIGTERM');
      const timer = setTimeout(() => stopping.kill('SIGKILL'), stopMs);
      const code = await ended;
      clearTimeout(timer);
      return code;
    },

    isRunning: () => child !== null,

    /** The end of what it wrote. */
    async logTail(lines = 15): Promise<string> {
      const text = await readFile(logFile, 'utf8').catch(() => '');
      return text.trimEnd().split('\n').slice(-lines).join('\n');
    },
  };
}
