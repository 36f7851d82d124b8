import { createAccountStore } from '../db/account-store.ts';
import { createConfigChangeStore } from '../db/config-change-store.ts';
import type { Database } from '../db/database.ts';
import { createGrantStore } from '../db/grant-store.ts';
import { createGroupStore } from '../db/group-store.ts';
import { createGuildStore } from '../db/guild-store.ts';
import { createLinkStore } from '../db/link-store.ts';
import { createMappingStore } from '../db/mapping-store.ts';
import { createPersonalStore } from '../db/personal-store.ts';
import { createRunStore } from '../db/run-store.ts';
import { createSessionStore } from '../db/session-store.ts';
import { createStateStore } from '../db/state-store.ts';
import { createSuppressionStore } from '../db/suppression-store.ts';
import { createWebhookStore } from '../db/webhook-store.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { observeRuns } from '../metrics/observed-runs.ts';
import { timeStore } from '../metrics/timed-store.ts';

/** Everything that is kept; each store's time shows in the metrics. */
export function createStores(database: Database, metrics: Metrics) {
  const timed = <S extends object>(name: string, store: S): S =>
    timeStore(store, (ms) => metrics.storeCalled(name, ms));
  return {
    settings: timed('guilds', createGuildStore(database)),
    configChanges: timed('config_changes', createConfigChangeStore(database)),
    groups: timed('groups', createGroupStore(database)),
    links: timed('links', createLinkStore(database)),
    states: timed('states', createStateStore(database)),
    mappings: timed('mappings', createMappingStore(database)),
    grants: timed('grants', createGrantStore(database)),
    runs: observeRuns(timed('runs', createRunStore(database)), metrics),
    suppressions: timed('suppressions', createSuppressionStore(database)),
    sessions: timed('sessions', createSessionStore(database)),
    accounts: timed('accounts', createAccountStore(database)),
    personal: timed('personal', createPersonalStore(database)),
    webhooks: timed('webhooks', createWebhookStore(database)),
  };
}

export type Stores = ReturnType<typeof createStores>;
