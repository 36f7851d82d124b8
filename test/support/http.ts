import { createBrowserCookie } from '../../src/http/browser-cookie.ts';
import { createCredentials } from '../../src/http/credentials.ts';
import { callbackOperations } from '../../src/http/routes/callback.ts';
import { healthOperations, type Health } from '../../src/http/routes/health.ts';
import { linkOperations } from '../../src/http/routes/link.ts';
import { statusOperations } from '../../src/http/routes/status.ts';
import { createHttpServer, type HttpOptions } from '../../src/http/server.ts';
import type { Links } from '../../src/identity/links.ts';
import type { GuildReader } from '../../src/sync/ports.ts';
import { captureLog } from './log-lines.ts';

interface Services {
  links: Pick<Links, 'open' | 'finish'>;
  guilds: Pick<GuildReader, 'guild'>;
  health: Health;
}

/** Links of which nothing comes but this error. */
export function failing(error: Error): Services['links'] {
  const fail = async () => {
    throw error;
  };
  return { open: fail, finish: fail };
}

type Overrides = Partial<Services> & Partial<HttpOptions> & { production?: boolean };

export const testHttp: HttpOptions['config']['http'] = {
  host: '127.0.0.1',
  port: 0,
  trustProxy: false,
  apiBaseUrl: 'http://localhost:3000',
  corsOrigins: ['http://localhost:3000'],
  requestsPerMinute: { session: 600, auth: 600 },
};

const healthy: Health = {
  pingDatabase: async () => {},
  gatewayTrouble: () => null,
  sourceTrouble: () => null,
  figures: async () => ({ configuredGuilds: 2, activeUsers: 3, lastSyncAt: new Date('2026-03-01T12:00:00Z') }),
};

/** The HTTP server before healthy parts, unless said otherwise; nobody has a link, and nobody is logged in. */
export function createTestServer({
  production = false,
  links = failing(new Error('no links here')),
  guilds = { guild: () => null },
  health = healthy,
  ...options
}: Overrides = {}) {
  const captured = captureLog();
  const browserCookie = createBrowserCookie({ isProduction: production, maxAgeMs: 600_000 });
  const server = createHttpServer({
    operations: [
      ...callbackOperations({
        links,
        guilds,
        browserCookie,
        sessions: { start: async () => ({ token: 'a session', expiresAt: new Date() }) },
        credentials: createCredentials({ isProduction: production }),
        frontendUrl: testHttp.apiBaseUrl,
      }),
      ...linkOperations({ links, browserCookie }),
      ...statusOperations({ health }),
      ...healthOperations({ health }),
    ],
    callers: { of: async () => null },
    config: { environment: production ? 'production' : 'test', http: testHttp },
    log: captured.log,
    ...options,
  });
  return { ...server, captured };
}
