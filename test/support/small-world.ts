import { commands } from '../../commands/index.ts';
import type { Command } from '../../src/discord/command.ts';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { startConversation } from './conversation.ts';
import { AT, createFakeApp, role, type FakeWorld } from './fake-app.ts';
import { guildConfigOf, storedGuild } from './fake-guild-configs.ts';

export const GUILD = '100000000000000001';
export const OWNER = '200000000000000001';
export const ADMIN = '200000000000000002';
export const ANA = '200000000000000003';
export const PILOT = '400000000000000004';
export const CHIEF = '400000000000000005';
export const STAFF = '400000000000000006';

/** One guild, the group Pilots, an ordinary and a dangerous role, and an admin who talks. */
export function smallWorld(
  world: Partial<FakeWorld> = {},
  options: { commands?: readonly Command[]; autocompleteMs?: number } = {},
) {
  const roles = [
    role(GUILD, '@everyone', { position: 0 }),
    role(PILOT, 'Pilot'),
    role(CHIEF, 'Chief', { position: 2, permissions: PERMISSIONS.banMembers | PERMISSIONS.manageGuild }),
    role(STAFF, 'Staff', { position: 5, permissions: PERMISSIONS.manageRoles | PERMISSIONS.manageGuild }),
  ];
  const state: FakeWorld = {
    guild: {
      id: GUILD,
      name: 'Testers',
      ownerId: OWNER,
      roles: new Map(roles.map((one) => [one.id, one])),
      bot: { permissions: PERMISSIONS.manageRoles | PERMISSIONS.viewAuditLog, roleIds: [] },
    },
    groups: [groupOf('pilots-id', 'Pilots')],
    mappings: [],
    links: new Map(),
    plans: new Map(),
    explanation: null,
    running: null,
    held: 0,
    deferred: 0,
    runs: [],
    changes: [],
    causes: [],
    foreignHolders: 0,
    rolesAfterRemoval: [],
    guildConfigs: new Map([[GUILD, guildConfigOf(storedGuild(GUILD, AT))]]),
    files: new Map(),
    ...world,
  };
  const talk = startConversation({ commands, app: createFakeApp(state), guild: state.guild, ...options });
  return {
    world: state,
    ...talk,
    admin: talk.as({ discordId: ADMIN, roleIds: [STAFF] }),
    ana: talk.as({ discordId: ANA, permissions: 0n }),
  };
}

export function groupOf(id: string, name: string, guildId: string | null = GUILD): FakeWorld['groups'][number] {
  return { id, guildId, name, description: null, createdBy: null, createdAt: AT, updatedAt: AT, members: [] };
}
