import { eq } from 'drizzle-orm';
import { discordUsers, groupMemberships, groups, guilds, roleMappings } from '../../src/db/schema.ts';
import type { Guild, Role } from '../../src/core/guild.ts';
import type { Clock } from './clock.ts';
import { guildNow } from './discord-ports.ts';
import type { Scene } from './scene.ts';
import type { ScriptedHost, SourceMood } from './source.ts';
import type { Stores } from './stores.ts';

export interface MappingThen {
  id: string;
  roleId: string;
  groups: readonly string[];
  excluded: readonly string[];
  requireAll: boolean;
  priority: number;
  exclusiveSet: string | null;
  onForeign: 'keep' | 'remove';
  onDrift: 'revert' | 'respect' | 'alert';
  addOnly: boolean;
  graceMs: number;
  createdAt: number;
}

/** Everything that the decision hangs on, as it stood from `at` until the next moment. */
export interface Moment {
  at: number;
  /** Active ones only. */
  mappings: MappingThen[];
  accountOf: Map<string, string>;
  memberships: { groupId: string; accountId: string | null; discordId: string | null; expiresAt: number | null }[];
  existing: Set<string>;
  mood: SourceMood;
  truth: Map<string, Set<string>>;
  writable: ReadonlySet<string>;
  /** The same as far as the gateway has told the engine. */
  believed: ReadonlySet<string>;
  bypassRoleId: string | null;
  syncPendingMembers: boolean;
  maxRoleChanges: number;
  removeRolesOnLeave: boolean;
  autoSync: boolean;
}

/** What stood when; a moment is noted whenever something of it may have changed. */
export interface Timeline {
  moments: Moment[];
  note(): void;
  /** The gateway told the engine how the guild is. */
  heard(guild: Guild | null): void;
}

/** Reads the tables as they lie there, not through the stores: it is there to judge them. */
export function createTimeline(parts: { clock: Clock; scene: Scene; stores: Stores; host: ScriptedHost }): Timeline {
  const { clock, scene, host } = parts;
  const { orm } = parts.stores;
  const moments: Moment[] = [];
  const believed: { now: ReadonlySet<string> } = { now: new Set() };

  function look(): Moment {
    const [guild] = orm.select().from(guilds).all();
    return {
      at: clock.now(),
      mappings: orm.select().from(roleMappings).where(eq(roleMappings.isActive, true)).all().map(toMapping),
      accountOf: new Map(
        orm
          .select()
          .from(discordUsers)
          .all()
          .map((row) => [row.discordId, row.accountId]),
      ),
      memberships: orm
        .select()
        .from(groupMemberships)
        .all()
        .map(({ groupId, accountId, discordId, expiresAt }) => ({
          groupId,
          accountId,
          discordId,
          expiresAt: expiresAt?.getTime() ?? null,
        })),
      existing: new Set(
        orm
          .select({ id: groups.id })
          .from(groups)
          .all()
          .map(({ id }) => id),
      ),
      mood: host.mood,
      truth: new Map([...host.truth].map(([account, groupIds]) => [account, new Set(groupIds)])),
      writable: writableIn(guildNow(scene)),
      believed: believed.now,
      bypassRoleId: guild?.bypassRoleId ?? null,
      syncPendingMembers: guild?.syncPendingMembers ?? false,
      maxRoleChanges: guild?.maxRoleChangesPerSync ?? 0,
      removeRolesOnLeave: guild?.removeRolesOnLeave ?? true,
      autoSync: guild?.autoSync ?? true,
    };
  }

  const note = (): void => void moments.push(look());
  return {
    moments,
    note,
    heard(guild) {
      believed.now = writableIn(guild);
      note();
    },
  };
}

function toMapping(row: typeof roleMappings.$inferSelect): MappingThen {
  const { conditions, graceSeconds, createdAt, groupId } = row;
  return {
    ...row,
    groups: [groupId, ...conditions.groups],
    excluded: conditions.excludedGroups,
    requireAll: conditions.requireAll,
    graceMs: graceSeconds * 1000,
    createdAt: createdAt.getTime(),
  };
}

/** The roles that the bot can give: below its own, and nobody's but people's. */
function writableIn(guild: Guild | null): Set<string> {
  const roles = guild?.roles ?? new Map<string, Role>();
  const heights = guild?.bot.roleIds.map((id) => roles.get(id)?.position ?? 0) ?? [];
  const height = Math.max(0, ...heights);
  const can = [...roles.values()].filter(
    ({ id, isManaged, position }) => id !== guild?.id && !isManaged && position < height,
  );
  return new Set(can.map(({ id }) => id));
}
