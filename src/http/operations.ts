import { createBrowserCookie } from './browser-cookie.ts';
import { createCredentials } from './credentials.ts';
import type { Operation } from './operation.ts';
import { auditOperations } from './routes/audit.ts';
import { authOperations } from './routes/auth.ts';
import { callbackOperations } from './routes/callback.ts';
import { dashboardOperations } from './routes/dashboard.ts';
import { discordLinkOperations } from './routes/discord-links.ts';
import { discordGuildOperations } from './routes/discord-guilds.ts';
import { explainOperations } from './routes/explain.ts';
import { groupMemberOperations } from './routes/group-members.ts';
import { groupOperations } from './routes/groups.ts';
import { guildOperations } from './routes/guilds.ts';
import { healthOperations, type Health } from './routes/health.ts';
import { hookOperations, type GroupHook } from './routes/hooks.ts';
import { linkOperations } from './routes/link.ts';
import { meOperations } from './routes/me.ts';
import { metricsOperations, type Figures } from './routes/metrics.ts';
import { roleMappingOperations } from './routes/role-mappings.ts';
import { runOperations } from './routes/runs.ts';
import { statusOperations } from './routes/status.ts';
import { userOperations } from './routes/users.ts';
import { syncOperations } from './routes/sync.ts';
import type { App } from '../app.ts';
import type { LocalGroups } from '../groups/local-groups.ts';
import type { Access } from '../identity/access.ts';
import type { Accounts } from '../identity/accounts.ts';
import type { HostLinks } from '../identity/host-links.ts';
import type { Sessions } from '../identity/sessions.ts';
import type { SyncServices } from '../sync/sync-services.ts';

/** What the operations use. */
export interface ApiServices {
  links: App['links'];
  hostLinks: HostLinks;
  accounts: Accounts;
  guilds: App['guilds'];
  guildConfigs: App['guildConfigs'];
  mappings: App['mappings'];
  groups: LocalGroups;
  /** null: no webhooks are taken. */
  hook: GroupHook | null;
  runs: App['runs'];
  history: App['history'];
  syncs: SyncServices;
  access: Access;
  sessions: Sessions;
  health: Health;
  figures: Figures;
  now: () => Date;
}

export interface ApiSettings {
  isProduction: boolean;
  stateExpiryMs: number;
  /** Where browsers go in the end. */
  frontendUrl: string;
  /** There is a front end of its own. */
  hasFrontend: boolean;
  /** null: everybody may read the figures. */
  metricsToken: string | null;
}

/** Every operation of the API, listed by hand: what is not here is not served and not described. */
export function apiOperations(
  services: ApiServices,
  { isProduction, stateExpiryMs, frontendUrl, hasFrontend, metricsToken }: ApiSettings,
): Operation[] {
  const {
    links,
    hostLinks,
    accounts,
    guilds,
    guildConfigs,
    mappings,
    groups,
    hook,
    access,
    sessions,
    health,
    figures,
  } = services;
  const credentials = createCredentials({ isProduction });
  const browserCookie = createBrowserCookie({ isProduction, maxAgeMs: stateExpiryMs });
  return [
    ...callbackOperations({ links, guilds, sessions, browserCookie, credentials, frontendUrl }),
    ...linkOperations({ links, browserCookie }),
    ...discordLinkOperations({ links, hostLinks, browserCookie, credentials }),
    ...authOperations({ links, accounts, sessions, browserCookie, credentials }),
    ...meOperations({ accounts, credentials }),
    ...userOperations({ accounts, access }),
    ...(hasFrontend ? [] : dashboardOperations({ accounts })),
    ...guildOperations({ guilds, guildConfigs, access }),
    ...discordGuildOperations({ guildConfigs, access }),
    ...roleMappingOperations({ mappings, guildConfigs, access }),
    ...groupOperations({ groups, guildConfigs, access }),
    ...groupMemberOperations({ groups, access }),
    ...hookOperations({ hook }),
    // status before the ids: the first that fits serves.
    ...syncOperations({ guilds, mappings, runs: services.runs, syncs: services.syncs, access, now: services.now }),
    ...runOperations({ runs: services.runs, access }),
    ...auditOperations({ history: services.history, access }),
    ...explainOperations({ guilds, explanations: services.syncs.explanations, access }),
    ...statusOperations({ health }),
    ...healthOperations({ health }),
    ...metricsOperations({ figures, token: metricsToken }),
  ];
}
