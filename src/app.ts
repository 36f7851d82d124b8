import type { LocalGroups } from './groups/local-groups.ts';
import type { Links } from './identity/links.ts';
import type { Mappings } from './sync/mappings.ts';
import type { GuildReader } from './sync/ports.ts';
import type { Sync } from './sync/sync.ts';

/** What commands and routes may use. */
export interface App {
  guilds: GuildReader;
  groups: LocalGroups;
  links: Links;
  mappings: Mappings;
  sync: Sync;
}
