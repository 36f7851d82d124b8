import type { Logger } from 'pino';
import type { GuildStore } from '../db/guild-store.ts';
import type { LinkStore } from '../db/link-store.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import type { RunStore } from '../db/run-store.ts';
import { createConsent } from './consent.ts';
import { createExplanations, type Explanations } from './explanations.ts';
import { createManualSync, type ManualSync } from './manual-sync.ts';
import type { GuildReader } from './ports.ts';
import type { ReadAllowance } from './read-allowance.ts';
import type { Sync } from './sync.ts';
import { createSyncPlans, type SyncPlans } from './sync-plans.ts';
import { createSyncScope } from './sync-scope.ts';
import { createSyncStatuses, type SyncStatuses } from './sync-status.ts';
import { createUserSync, type UserSync } from './user-sync.ts';

/** What people may ask of the syncs from outside of Discord. */
export interface SyncServices {
  manualSync: ManualSync;
  syncPlans: SyncPlans;
  userSync: UserSync;
  syncStatuses: SyncStatuses;
  explanations: Explanations;
}

export interface SyncServicesParts {
  sync: Sync;
  runs: RunStore;
  mappings: MappingStore;
  settings: GuildStore;
  links: LinkStore;
  guilds: GuildReader;
  allowance: ReadAllowance;
  inBackground(work: Promise<unknown>): void;
  now: () => Date;
  newId: () => string;
  log: Logger;
}

export function createSyncServices(parts: SyncServicesParts): SyncServices {
  const find = createSyncScope(parts);
  const consent = createConsent(parts);
  return {
    manualSync: createManualSync({ ...parts, find, consent }),
    syncPlans: createSyncPlans({ ...parts, previews: parts.sync, find, consent }),
    userSync: createUserSync({ ...parts, find, consent }),
    syncStatuses: createSyncStatuses(parts),
    explanations: createExplanations(parts),
  };
}
