import { createHttpServer, type HttpOptions } from '../../src/http/server.ts';
import { captureLog } from './log-lines.ts';

/** Links of which nothing comes but this error. */
export function failing(error: Error): HttpOptions['links'] {
  const fail = async () => {
    throw error;
  };
  return { open: fail, finish: fail };
}

type Overrides = Partial<HttpOptions> & { production?: boolean };

/** The HTTP server before healthy parts, unless said otherwise; nobody has a link. */
export function createTestServer({ production = false, ...overrides }: Overrides = {}) {
  const captured = captureLog();
  const server = createHttpServer({
    links: failing(new Error('no links here')),
    guilds: { guild: () => null },
    health: {
      pingDatabase: async () => {},
      gatewayTrouble: () => null,
      figures: async () => ({ configuredGuilds: 2, activeUsers: 3, lastSyncAt: new Date('2026-03-01T12:00:00Z') }),
    },
    config: {
      environment: production ? 'production' : 'test',
      stateExpiryMs: 600_000,
      http: { host: '127.0.0.1', port: 0, trustProxy: false },
    },
    log: captured.log,
    ...overrides,
  });
  return { ...server, captured };
}
