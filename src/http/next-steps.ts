import type { ErrorCode } from '../errors.ts';

/** What to do next over HTTP, by what went wrong: the services say only what that is. */
export const NEXT_STEPS: Readonly<Partial<Record<ErrorCode, string>>> = {
  bot_not_in_guild: 'GET /api/guilds/{guild_id}/bot-install-url gives the address that invites it.',
  changed_meanwhile: 'GET tells the present ETag and updated_at.',
  dangerous_role: 'Send "confirm_dangerous": true for a yes.',
  group_exists: 'GET /api/groups lists them.',
  group_in_use: 'To delete both, say what becomes of the roles that only they gave: ?roles=remove or ?roles=keep.',
  group_not_found: 'GET /api/groups lists them.',
  guild_exists: 'PUT /api/discord/guilds/{guild_id} does.',
  guild_not_found: 'POST /api/discord/guilds makes one.',
  mapping_exists: 'GET /api/discord/guilds/{guild_id}/role-mappings lists them.',
  mapping_not_found: 'GET /api/discord/guilds/{guild_id}/role-mappings lists them.',
  role_not_mappable: 'GET /api/guilds/{guild_id}/roles tells which roles can be given.',
  run_not_found: 'GET /api/discord/sync/status lists the latest.',
  run_not_held: 'GET /api/discord/sync/{sync_id} shows it.',
  run_not_running: 'GET /api/discord/sync/{sync_id} shows it.',
  sync_disabled: 'PUT "is_enabled": true to the configuration of the server, or "is_active": true to the mapping.',
};
