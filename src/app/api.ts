import type { App } from '../app.ts';
import type { Database } from '../db/database.ts';
import { createReadMemory } from '../db/read-memory.ts';
import type { GroupHook } from '../http/routes/hooks.ts';
import { apiOperations } from '../http/operations.ts';
import { createHttpServer, type HttpServer } from '../http/server.ts';
import type { LocalGroups } from '../groups/local-groups.ts';
import { createSyncServices } from '../sync/sync-services.ts';
import type { Base } from './base.ts';
import type { Discord } from './discord.ts';
import { REMEMBERED_MS, type Identity } from './identity.ts';
import type { Stores } from './stores.ts';

/** The HTTP server with every operation of the API. */
export function createApi(
  { config, metrics, log, inBackground, now, newId }: Base,
  database: Database,
  stores: Stores,
  parts: {
    app: App;
    localGroups: LocalGroups;
    hook: GroupHook | null;
    identity: Identity;
    /** null: the gateway is connected. */
    gatewayTrouble: () => string | null;
    /** null: no source of groups is asked. */
    isGroupsSourceUp: () => boolean | null;
    gatewayNow: Discord['gatewayNow'];
  },
): HttpServer {
  const { app, identity } = parts;
  const isProduction = config.environment === 'production';
  const { frontendUrl, apiBaseUrl, metricsToken } = config.http;
  const syncs = createSyncServices({
    ...stores,
    sync: app.sync,
    guilds: app.guilds,
    allowance: identity.allowance,
    inBackground: (work) => inBackground('sync', work),
    now,
    newId,
    log: log('sync'),
  });
  const operations = apiOperations(
    {
      ...app,
      ...identity,
      groups: parts.localGroups,
      hook: parts.hook,
      syncs,
      now,
      health: {
        pingDatabase: () => database.ping(),
        gatewayTrouble: parts.gatewayTrouble,
        sourceTrouble: () => (parts.isGroupsSourceUp() === false ? SOURCE_SILENT : null),
        figures: () => figures(stores),
      },
      figures: {
        contentType: metrics.contentType,
        text: () =>
          metrics.text({
            waiting: app.sync.waiting(),
            gateway: parts.gatewayNow(),
            isGroupsSourceUp: parts.isGroupsSourceUp(),
          }),
      },
    },
    {
      isProduction,
      stateExpiryMs: config.stateExpiryMs,
      frontendUrl,
      hasFrontend: frontendUrl !== apiBaseUrl,
      metricsToken,
    },
  );
  return createHttpServer({
    operations,
    callers: identity.callers,
    memory: createReadMemory({ database, maxAgeMs: REMEMBERED_MS, most: 200, now }),
    observe: metrics.httpAnswered,
    config,
    log: log('http'),
  });
}

const SOURCE_SILENT =
  'The source of groups does not answer; the log says why. What it said before counts until it is too old, then nobody gets or loses a role because of its groups.';

/** The figures of the public status: what is set up, and when it last worked. */
async function figures({ settings, links }: Pick<Stores, 'settings' | 'links'>) {
  const here = (await settings.all()).filter(({ leftAt, removedAt }) => leftAt === null && removedAt === null);
  const syncs = here.flatMap(({ lastFullSyncAt }) => lastFullSyncAt?.getTime() ?? []);
  return {
    configuredGuilds: here.length,
    activeUsers: await links.count(),
    lastSyncAt: syncs.length > 0 ? new Date(Math.max(...syncs)) : null,
  };
}
