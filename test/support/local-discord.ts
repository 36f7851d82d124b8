import { Client, GatewayIntentBits, type ClientOptions } from 'discord.js';
import { onTestFinished } from 'vitest';
import { startDiscord, type DiscordOptions, type LocalDiscord } from '../../sandbox/discord.ts';
import type { Application } from '../../sandbox/records.ts';
import { seedGuild, type GuildPlan, type SeededGuild } from '../../sandbox/seed.ts';

export interface LocalGuild extends SeededGuild {
  discord: LocalDiscord;
  token: string;
}

/** A local Discord with one small guild; it ends with the test. Windows are 100 times shorter unless said otherwise. */
export async function startGuild(options: DiscordOptions = {}, plan: GuildPlan = {}): Promise<LocalGuild> {
  const discord = await startDiscord({ ...options, settings: { timeScale: 0.01, ...options.settings } });
  onTestFinished(() => discord.close());
  const seeded = seedGuild(discord.world, plan);
  return { discord, ...seeded, token: tokenOf(seeded.application) };
}

export function tokenOf({ botToken }: Application): string {
  if (botToken === null) throw new Error('the bot token is revoked');
  return botToken;
}

/** The thing at `index`, or a thrown error. */
export function at<T>(things: readonly T[], index: number): T {
  const thing = things[index];
  if (thing === undefined) throw new Error(`there is nothing at ${index}`);
  return thing;
}

export const allIntents = [
  GatewayIntentBits.Guilds,
  GatewayIntentBits.GuildMembers,
  GatewayIntentBits.GuildModeration,
  GatewayIntentBits.GuildMessages,
];

/** A discord.js client that is ready; it ends with the test. */
export async function connect(
  { discord, token }: LocalGuild,
  options: Partial<ClientOptions> = {},
): Promise<Client<true>> {
  const client = newClient(discord, options);
  const ready = new Promise<Client<true>>((resolve) => {
    client.once('clientReady', resolve);
  });
  await client.login(token);
  return ready;
}

export function newClient(discord: LocalDiscord, options: Partial<ClientOptions> = {}): Client {
  const client = new Client({ intents: allIntents, ...options, rest: { api: discord.apiUrl, ...options.rest } });
  client.on('error', () => undefined);
  onTestFinished(() => client.destroy());
  return client;
}

export interface Asked {
  status: number;
  headers: Headers;
  /** The parsed body; undefined if there was none. */
  body: unknown;
}

export interface Question {
  token?: string | null;
  bearer?: string;
  body?: unknown;
  reason?: string;
  headers?: Record<string, string>;
}

/** One plain request to `/api/v10`, as the bot unless said otherwise. */
export async function ask(local: LocalGuild, line: string, question: Question = {}): Promise<Asked> {
  const [method = 'GET', path = '/'] = line.split(' ');
  const { token = local.token, bearer, body, reason, headers } = question;
  const authorization = bearer === undefined ? token && `Bot ${token}` : `Bearer ${bearer}`;
  const response = await fetch(`${local.discord.apiUrl}/v10${path}`, {
    method,
    headers: {
      'User-Agent': 'DiscordBot (https://rolewright.example, 1)',
      ...(authorization && { Authorization: authorization }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...(reason !== undefined && { 'X-Audit-Log-Reason': encodeURIComponent(reason) }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('application/json') ?? false;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text || undefined };
}

/** Waits until `isTrue`, asking every few ms; rejects after `timeoutMs`. */
export async function until(isTrue: () => boolean, timeoutMs = 5_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!isTrue()) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}
