import { createServer, type Server } from 'node:http';
import cors from 'cors';
import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import manifest from '../../package.json' with { type: 'json' };
import type { Config } from '../config.ts';
import type { Callers } from '../identity/callers.ts';
import { apiRouter } from './api.ts';
import { createCredentials } from './credentials.ts';
import { createJsonReader } from './json-body.ts';
import { describeApi } from './openapi.ts';
import type { Operation, ReplyMemory } from './operation.ts';
import { createOriginCheck } from './origin-check.ts';
import { styleSource } from './page-shell.ts';
import { answerProblem, nothingHere } from './problem.ts';
import { createRateLimits } from './rate-limits.ts';
import { requestIds, requestLog } from './request-log.ts';
import { timeRequests, type RequestObserver } from './request-times.ts';
import { docsRoutes } from './routes/docs.ts';

export interface HttpOptions {
  operations: readonly Operation[];
  callers: Callers;
  /** Where answers are kept that many get; without one each is made anew. */
  memory?: ReplyMemory;
  /** Hears of every answer. */
  observe?: RequestObserver;
  config: HttpConfig;
  log: Logger;
  /** How long `close` waits for requests in flight. */
  drainMs?: number;
  /** How long a request may take to arrive. Its answer may take longer. */
  arrivesWithinMs?: number;
}

/** The part of the configuration that the server needs. Port 0 is any free one. */
type HttpConfig = Pick<Config, 'environment'> & {
  http: Pick<Config['http'], 'host' | 'port' | 'trustProxy' | 'apiBaseUrl' | 'corsOrigins' | 'requestsPerMinute'>;
};

export interface HttpServer {
  /** The routes, for tests without a port. */
  app: Express;
  /** Rejects with words that say what to do. */
  listen(): Promise<{ port: number }>;
  /** Takes no more requests; finishes those in flight, within bounds. */
  close(): Promise<void>;
}

export function createHttpServer(options: HttpOptions): HttpServer {
  const { config, drainMs = 2000, arrivesWithinMs = ARRIVES_WITHIN_MS } = options;
  const app = createApp(options);
  const server = createServer(
    {
      requestTimeout: arrivesWithinMs,
      headersTimeout: arrivesWithinMs,
      connectionsCheckingInterval: arrivesWithinMs / 6,
      keepAliveTimeout: KEPT_OPEN_MS,
    },
    app,
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.timeout = SILENT_MS;
  return {
    app,
    listen: () => listen(server, config.http),
    close: () => close(server, drainMs),
  };
}

function createApp({ operations, callers, memory = FORGETFUL, observe, config, log }: HttpOptions): Express {
  const isProduction = config.environment === 'production';
  const { trustProxy, apiBaseUrl, corsOrigins, requestsPerMinute } = config.http;
  const credentials = createCredentials({ isProduction });
  const document = describeApi(operations, {
    version: manifest.version,
    url: apiBaseUrl,
    sessionCookie: credentials.cookieName,
  });
  const app = express();
  app.set('trust proxy', trustProxy);
  if (observe) app.use(timeRequests(observe));
  app.use(requestIds, requestLog(log), secureHeaders());
  app.use('/api', cors({ origin: [...corsOrigins], credentials: true, exposedHeaders: EXPOSED, maxAge: 600 }));
  app.use(
    apiRouter(operations, {
      callers,
      credentials,
      limits: createRateLimits(requestsPerMinute),
      checkOrigin: createOriginCheck([new URL(apiBaseUrl).origin, ...corsOrigins]),
      readJson: createJsonReader(),
      memory,
    }),
  );
  app.use(docsRoutes({ document }));
  app.use(nothingHere, answerProblem);
  return app;
}

/** Whoever sends a request letter by letter is let go. */
const ARRIVES_WITHIN_MS = 30_000;
/** Longer than proxies keep an idle connection, so that none sends a request into one that closes. */
const KEPT_OPEN_MS = 65_000;
/** Nothing was sent or taken for so long: an answer that nobody reads. A sync that is waited for takes less. */
const SILENT_MS = 300_000;
const MOST_CONNECTIONS = 5_000;

const FORGETFUL: ReplyMemory = { of: (_key, load) => load() };
const EXPOSED = ['ETag', 'Location', 'RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id'];

/** The pages have no script, no image, no form and one style. */
function secureHeaders() {
  const none = ["'none'"];
  const directives = {
    defaultSrc: none,
    styleSrc: [styleSource],
    baseUri: none,
    formAction: none,
    frameAncestors: none,
  };
  return helmet({ contentSecurityPolicy: { useDefaults: false, directives }, xFrameOptions: { action: 'deny' } });
}

function listen(server: Server, { host, port }: HttpConfig['http']): Promise<{ port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(new Error(listenTrouble(cause, host, port), { cause }));
    });
    server.listen({ host, port }, () => {
      const address = server.address();
      resolve({ port: typeof address === 'object' && address ? address.port : port });
    });
  });
}

function listenTrouble({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${host} is in use. Stop the other program, or set PORT to another number.`;
  if (code === 'EACCES') return `Port ${port} is not allowed for this user. Set PORT to a number above 1023.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST ${host} is not an address of this machine. Set HOST to 127.0.0.1 or 0.0.0.0.`;
  return `The HTTP server cannot listen on ${host}:${port}: ${message}`;
}

async function close(server: Server, drainMs: number): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  // A client may keep the connection of its last request open; that one is idle only once it is answered.
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, 50);
  const impatience = setTimeout(() => {
    server.closeAllConnections();
  }, drainMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(impatience);
}
