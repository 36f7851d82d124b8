import { createBrowserCookie } from './browser-cookie.ts';
import { createCredentials } from './credentials.ts';
import type { Operation } from './operation.ts';
import { callbackOperations } from './routes/callback.ts';
import { discordGuildOperations } from './routes/discord-guilds.ts';
import { groupOperations } from './routes/groups.ts';
import { guildOperations } from './routes/guilds.ts';
import { healthOperations, type Health } from './routes/health.ts';
import { hookOperations, type GroupHook } from './routes/hooks.ts';
import { linkOperations } from './routes/link.ts';
import { metricsOperations, type Figures } from './routes/metrics.ts';
import { roleMappingOperations } from './routes/role-mappings.ts';
import { statusOperations } from './routes/status.ts';
import type { App } from '../app.ts';
import type { LocalGroups } from '../groups/local-groups.ts';
import type { Access } from '../identity/access.ts';
import type { Sessions } from '../identity/sessions.ts';

/** What the operations use. */
export interface ApiServices {
  links: Pick<App['links'], 'open' | 'finish'>;
  guilds: App['guilds'];
  guildConfigs: App['guildConfigs'];
  mappings: App['mappings'];
  groups: LocalGroups;
  /** null: no webhooks are taken. */
  hook: GroupHook | null;
  access: Access;
  sessions: Sessions;
  health: Health;
  figures: Figures;
}

export interface ApiSettings {
  isProduction: boolean;
  stateExpiryMs: number;
  /** Where browsers go in the end. */
  frontendUrl: string;
  /** null: everybody may read the figures. */
  metricsToken: string | null;
}

/** Every operation of the API, listed by hand: what is not here is not served and not described. */
export function apiOperations(
  services: ApiServices,
  { isProduction, stateExpiryMs, frontendUrl, metricsToken }: ApiSettings,
): Operation[] {
  const { links, guilds, guildConfigs, mappings, groups, hook, access, sessions, health, figures } = services;
  const credentials = createCredentials({ isProduction });
  const browserCookie = createBrowserCookie({ isProduction, maxAgeMs: stateExpiryMs });
  return [
    ...callbackOperations({ links, guilds, sessions, browserCookie, credentials, frontendUrl }),
    ...linkOperations({ links, browserCookie }),
    ...guildOperations({ guilds, guildConfigs, access }),
    ...discordGuildOperations({ guildConfigs, access }),
    ...roleMappingOperations({ mappings, guildConfigs, access }),
    ...groupOperations({ groups, guildConfigs, access }),
    ...hookOperations({ hook }),
    ...statusOperations({ health }),
    ...healthOperations({ health }),
    ...metricsOperations({ figures, token: metricsToken }),
  ];
}
