import { createServer, type Server } from 'node:http';
import type { BucketName, BucketRule } from './buckets.ts';
import { startControl } from './control.ts';
import { createFaults, type FaultProfile } from './faults.ts';
import { createGateway } from './gateway.ts';
import { createInteractions } from './interactions.ts';
import { createRateLimits } from './rate-limits.ts';
import { createRequestLog } from './requests.ts';
import { createApp } from './rest/router.ts';
import { allRoutes } from './rest/routes.ts';
import type { Settings } from './settings.ts';
import { createWorld } from './world.ts';

export interface DiscordOptions {
  /** Discord port; 0 (the default) takes a free one. */
  port?: number;
  controlPort?: number;
  settings?: Partial<Settings>;
  /** `gentle` (default): nothing goes wrong by itself. */
  profile?: FaultProfile;
  seed?: number;
  /** Off: no rate limits at all. */
  rateLimits?: boolean;
  buckets?: Partial<Record<BucketName, Partial<BucketRule>>>;
  globalLimit?: number;
  invalidLimit?: number;
}

export type LocalDiscord = Awaited<ReturnType<typeof startDiscord>>;

/** Starts a local Discord on 127.0.0.1. It is empty: see seed.ts, or add applications, users and guilds to `world`. */
export async function startDiscord(options: DiscordOptions = {}) {
  const world = createWorld({ ...(options.settings && { settings: options.settings }) });
  const { timeScale } = world.settings;
  const requests = createRequestLog();
  const faults = createFaults({
    timeScale,
    ...(options.profile && { profile: options.profile }),
    ...(options.seed !== undefined && { seed: options.seed }),
  });
  const limits = createRateLimits({
    timeScale,
    isOn: options.rateLimits,
    buckets: options.buckets,
    globalLimit: options.globalLimit,
    invalidLimit: options.invalidLimit,
  });
  const interactions = createInteractions(world);
  const gateway = createGateway(world, faults);
  const app = createApp({ world, requests, faults, limits }, allRoutes({ gateway, interactions }));
  const server = createServer(app);
  server.keepAliveTimeout = 60_000;
  server.on('upgrade', (request, socket, head) => gateway.upgrade(request, socket, head));
  const port = await listen(server, options.port ?? 0);
  world.baseUrl = `http://127.0.0.1:${port}`;

  async function down(): Promise<void> {
    gateway.dropAll();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  const running = {
    baseUrl: world.baseUrl,
    /** For discord.js' `rest.api` and DISCORD_API_URL. */
    apiUrl: `${world.baseUrl}/api`,
    authorizeUrl: `${world.baseUrl}/oauth2/authorize`,
    world,
    faults,
    requests,
    limits,
    interactions,
    gateway,
    /** Refuses every connection, as in an outage, until `up`. The state stays; sessions may be resumed. */
    down,
    async up(): Promise<void> {
      await listen(server, port);
    },
  };
  const control = await startControl(running, options.controlPort ?? 0);
  return {
    ...running,
    controlUrl: control.url,
    async close(): Promise<void> {
      await control.close();
      gateway.close();
      interactions.close();
      if (server.listening) await down();
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return typeof address === 'object' && address ? address.port : port;
}
