import type { ErrorCode } from '../errors.ts';

/** What to do next in Discord, by what went wrong: the services say only what that is. */
export const NEXT_STEPS: Readonly<Partial<Record<ErrorCode, string>>> = {
  group_not_found: 'See /group list, or make it with /group create.',
  guild_not_found: 'Changing a setting makes one: /settings set.',
  mapping_exists: 'See /map list.',
  mapping_not_found: 'See /map list.',
  not_linked: 'Type /link to link it.',
  run_not_found: 'See /sync status.',
  run_not_held: 'See /sync status.',
  run_not_running: 'See /sync status.',
};
