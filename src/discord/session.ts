import { setTimeout as sleep } from 'node:timers/promises';
import { Status, type Client } from 'discord.js';
import type { Logger } from 'pino';
import { BAD_TOKEN } from './rest.ts';

/** How long a login may take before something is said about it. */
const LOGIN_MS = 15_000;
/** How long closing may take: discord.js waits 30 s for a peer that does not answer. */
const CLOSE_MS = 1_000;
const PAUSE_MS = { first: 1_000, longest: 60_000 };

export interface SessionOptions {
  token: string;
  /** A new client, with its listeners on it. Each try gets its own. */
  createClient(): Client;
  log: Logger;
  loginMs?: number;
  firstPauseMs?: number;
}

/** The bot's session at Discord's gateway. */
export interface Session {
  /** The client that is logged in, or null. */
  client(): Client | null;
  /** null when everything is well, else what is wrong, in words for the operator. */
  problem(): string | null;
  /** Logs in, and tries again with back-off while Discord cannot be reached. Settles when it is in, or never will be. */
  start(): Promise<'in' | 'hopeless' | 'stopped'>;
  stop(): Promise<void>;
}

export function createSession({
  token,
  createClient,
  log,
  loginMs = LOGIN_MS,
  firstPauseMs = PAUSE_MS.first,
}: SessionOptions): Session {
  const stopping = new AbortController();
  let current: Client | null = null;
  let isConnected = false;
  let problem: string | null = 'Rolewright has not connected to Discord yet.';

  async function tryLogin(): Promise<'in' | 'hopeless' | 'again'> {
    const client = createClient();
    client.on('shardDisconnect', ({ code }) => {
      if (client !== current) return;
      problem = CLOSE_CODES[code] ?? `Discord closed the connection for good (code ${code}). Restart Rolewright.`;
      log.error({ code }, problem);
    });
    client.on('error', (err) => log.error({ err }, 'discord client error'));
    client.on('shardError', (err) => log.warn({ err }, 'gateway connection failed'));
    client.on('shardReconnecting', () => {
      if (!stopping.signal.aborted) log.warn('gateway connection lost; reconnecting');
    });
    client.on('shardResume', () => log.info('gateway session resumed'));
    client.on('shardReady', () => log.info('gateway session ready'));
    current = client;
    try {
      await loginInTime(client);
      isConnected = true;
      problem = null;
      return 'in';
    } catch (err) {
      await close(client);
      current = null;
      const why = hopeless(err);
      problem =
        why ??
        `Discord cannot be reached: ${err instanceof Error ? err.message : 'no answer'}. Rolewright keeps trying.`;
      if (!stopping.signal.aborted) log[why ? 'error' : 'warn']({ err }, problem);
      return why ? 'hopeless' : 'again';
    }
  }

  /**
   * While the gateway cannot be reached, a login of discord.js never settles: it tries again by itself. A client that is
   * destroyed meanwhile goes on trying all the same, so it is kept, and what takes so long is said.
   */
  async function loginInTime(client: Client): Promise<void> {
    const login = client.login(token).then(() => true);
    for (let waitedMs = loginMs; ; waitedMs += loginMs) {
      const isOverdue = sleep(loginMs, false, { signal: stopping.signal, ref: false });
      if (await Promise.race([login, isOverdue])) return;
      problem = `The login at Discord's gateway has not finished after ${waitedMs / 1000} s. Rolewright keeps trying.`;
      log.warn(problem);
    }
  }

  return {
    client: () => current,

    problem() {
      if (problem !== null || !isConnected) return problem;
      // `ws.status` stays Ready for good once it was; the shards tell.
      const isUp = current?.ws.shards.every(({ status }) => status === Status.Ready) ?? false;
      return isUp ? null : 'The connection to Discord is down. Rolewright is reconnecting.';
    },

    async start() {
      for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
        const outcome = await tryLogin();
        if (outcome !== 'again') return outcome;
        const pauseMs = Math.min(firstPauseMs * 2 ** attempt, PAUSE_MS.longest) * (0.75 + Math.random() / 2);
        await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
      return 'stopped';
    },

    async stop() {
      stopping.abort();
      if (current) await close(current);
    },
  };
}

/** Gateway close codes that no retry can mend (Discord docs, gateway close event codes). */
const CLOSE_CODES: Readonly<Record<number, string>> = {
  4004: BAD_TOKEN,
  4011: 'The bot is in too many servers for one connection; Rolewright does not shard.',
  4013: 'Discord refuses the gateway intents. Please report this as a bug in Rolewright.',
  4014: 'The Server Members intent is off. Turn it on in the developer portal (Bot > Privileged Gateway Intents) and restart Rolewright.',
};

function hopeless(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ('code' in error && error.code === 'TokenInvalid') return BAD_TOKEN;
  if (/disallowed intents/i.test(error.message)) return CLOSE_CODES[4014] ?? null;
  if (/authentication failed/i.test(error.message)) return BAD_TOKEN;
  if (/invalid intents/i.test(error.message)) return CLOSE_CODES[4013] ?? null;
  return null;
}

async function close(client: Client): Promise<void> {
  await Promise.race([client.destroy(), sleep(CLOSE_MS, undefined, { ref: false })]);
}
