import type { Grant } from '../../src/core/grant.ts';
import type { Suppression } from '../../src/core/suppression.ts';
import { createAccountStore } from '../../src/db/account-store.ts';
import { createConfigChangeStore } from '../../src/db/config-change-store.ts';
import { openDatabase } from '../../src/db/database.ts';
import { createGrantStore } from '../../src/db/grant-store.ts';
import { createGroupStore } from '../../src/db/group-store.ts';
import { createGuildStore } from '../../src/db/guild-store.ts';
import { createLinkStore, type StoredTokens } from '../../src/db/link-store.ts';
import { createMappingStore, type NewMapping } from '../../src/db/mapping-store.ts';
import { createPersonalStore } from '../../src/db/personal-store.ts';
import { createRunStore, type NewChange, type NewRun } from '../../src/db/run-store.ts';
import { createSessionStore } from '../../src/db/session-store.ts';
import { createSuppressionStore } from '../../src/db/suppression-store.ts';
import { createStateStore } from '../../src/db/state-store.ts';
import { createWebhookStore } from '../../src/db/webhook-store.ts';
import type { LocalGroup } from '../../src/groups/local-groups.ts';
import { aMapping as aCoreMapping } from './core-worlds.ts';

export const noon = new Date('2026-01-01T12:00:00Z');

/** `noon` and so many seconds. */
export function after(seconds: number): Date {
  return new Date(noon.getTime() + seconds * 1000);
}

/** Every store over one database (in memory, with the real migrations), in which the guild `guild` is joined. */
export async function openStores(databaseUrl = ':memory:') {
  const database = openDatabase(databaseUrl);
  const guilds = createGuildStore(database);
  const links = createLinkStore(database);
  await guilds.joined('guild', 'Guild', noon);
  return {
    database,
    guilds,
    links,
    states: createStateStore(database),
    sessions: createSessionStore(database),
    webhooks: createWebhookStore(database),
    groups: createGroupStore(database),
    mappings: createMappingStore(database),
    grants: createGrantStore(database),
    runs: createRunStore(database),
    suppressions: createSuppressionStore(database),
    configChanges: createConfigChangeStore(database),
    accounts: createAccountStore(database),
    personal: createPersonalStore(database),

    /** Links Discord users, in this order, to the account of that id; it is made if need be. */
    link: async (accountId: string, ...discordIds: string[]): Promise<void> => {
      if (!(await links.findAccount(accountId))) {
        await links.createAccount({ id: accountId, externalId: null, createdAt: noon });
      }
      for (const [index, discordId] of discordIds.entries()) {
        const discordUser = { id: discordId, username: `user-${discordId}`, globalName: null };
        await links.link({ discordUser, accountId, tokens: null, newAccountId: 'unused', now: after(index) });
      }
    },
  };
}

export function aGroup(group: Partial<LocalGroup> & { id: string }): LocalGroup {
  const times = { createdAt: noon, updatedAt: noon };
  return { guildId: 'guild', name: group.id, description: null, createdBy: null, ...times, ...group };
}

export function aMapping(mapping: Partial<NewMapping> & { id: string }): NewMapping {
  const {
    lastSync: _,
    syncCount: __,
    ...fresh
  } = aCoreMapping({
    guildId: 'guild',
    roleId: 'role',
    roleName: 'Role',
    groupId: 'pilots',
    createdAt: noon,
    updatedAt: noon,
    ...mapping,
  });
  return fresh;
}

export function aGrant(grant: Partial<Grant> = {}): Grant {
  return {
    guildId: 'guild',
    discordId: 'ann',
    roleId: 'role',
    mappingIds: ['m1'],
    grantedAt: noon,
    runId: null,
    undesiredSince: null,
    isReleased: false,
    isConfirmed: true,
    ...grant,
  };
}

export function aSuppression(suppression: Partial<Suppression> = {}): Suppression {
  const why = { reason: 'drift', changedBy: 'mod', since: noon } as const;
  return { guildId: 'guild', discordId: 'ann', roleId: 'role', ...why, ...suppression };
}

export function aRun(run: Partial<NewRun> = {}): NewRun {
  return {
    id: 'r1',
    type: 'guild',
    guildId: 'guild',
    targetId: 'guild',
    trigger: 'manual',
    status: 'running',
    initiatedBy: 'ann',
    startedAt: noon,
    isBounded: true,
    undoOf: null,
    ...run,
  };
}

export function aChange(change: Partial<NewChange> = {}): NewChange {
  return {
    guildId: 'guild',
    discordId: 'bob',
    roleId: 'role',
    action: 'add',
    outcome: 'applied',
    reason: 'mapping_true',
    mappingIds: ['m1'],
    changedBy: null,
    at: noon,
    ...change,
  };
}

export const someTokens: StoredTokens = {
  accessToken: 'jwe-a',
  refreshToken: 'jwe-r',
  expiresAt: noon,
  scopes: ['identify'],
};
