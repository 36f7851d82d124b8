import type { Agreement } from '../core/agreement.ts';
import { groupsNamedBy, rolesMovedBy } from '../core/mapping.ts';
import type { ConfigChangeStore, NewConfigChange } from '../db/config-change-store.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import type { MemberName } from '../db/member-name.ts';
import { difference } from '../sync/config-records.ts';
import type { Cause } from '../sync/results.ts';
import type { LocalGroup } from './local-groups.ts';
import type { Editor, MemberRights } from './member-rights.ts';

/** Who has to be looked at again after a change: these Discord users, in this guild or (null) everywhere. */
export interface Affected {
  discordIds: readonly string[];
  guildId: string | null;
}

export interface GroupChangesParts {
  mappings: Pick<MappingStore, 'ofGuild' | 'naming'>;
  configChanges: Pick<ConfigChangeStore, 'record'>;
  now: () => Date;
  /** Syncs these Discord users, in its own time. */
  onChanged: (affected: Affected, cause: Cause) => void;
  /** Syncs all members of the guild, in its own time. */
  syncGuildLater: (guildId: string, cause: Cause) => void;
  rights: Pick<MemberRights, 'agreementIn'>;
}

/** Of more people than this it is cheaper to read the guild's members together; and then the guard sees them as one set. */
const FEW = 50;
/** So many ids a record of many changes names of those who came, and of those who went. */
const NAMED = 50;

/** What follows a change of a group: a record of who changed what, and a sync of whom it touches. */
export function createGroupChanges(parts: GroupChangesParts) {
  const { mappings, configChanges, now, onChanged, syncGuildLater, rights } = parts;

  async function record(
    { id, guildId }: LocalGroup,
    actor: string | null,
    what: Pick<NewConfigChange, 'subject' | 'action' | 'before' | 'after'>,
  ): Promise<void> {
    await configChanges.record({ guildId, subjectId: id, actor, at: now(), ...what });
  }

  return {
    async groupMade(group: LocalGroup): Promise<void> {
      const after = recordOf(group);
      await record(group, group.createdBy, { subject: 'group', action: 'create', before: null, after });
    },

    async groupEdited(before: LocalGroup, after: LocalGroup, actor: string | null): Promise<void> {
      const changed = difference(recordOf(before), recordOf(after));
      if (changed) await record(after, actor, { subject: 'group', action: 'update', ...changed });
    },

    async groupRemoved(group: LocalGroup, memberCount: number, actor: string | null): Promise<void> {
      const before = { ...recordOf(group), member_count: memberCount };
      await record(group, actor, { subject: 'group', action: 'delete', before, after: null });
    },

    /** null: the membership was not there, or is no more. */
    async memberChanged(
      group: LocalGroup,
      name: MemberName,
      { before, after }: { before: { expiresAt: Date | null } | null; after: { expiresAt: Date | null } | null },
      actor: string | null,
    ): Promise<void> {
      const told = (end: { expiresAt: Date | null } | null) =>
        end && { ...wireName(name), expires_at: end.expiresAt?.toISOString() ?? null };
      const action = before ? (after ? 'update' : 'delete') : 'create';
      await record(group, actor, { subject: 'membership', action, before: told(before), after: told(after) });
    },

    /** Many at once: how many, and some of them by name. */
    async membersChanged(
      group: LocalGroup,
      { added, removed, ...counts }: { added: readonly MemberName[]; removed: readonly MemberName[]; changed?: number },
      actor: string | null,
    ): Promise<void> {
      if (added.length + removed.length + (counts.changed ?? 0) === 0) return;
      await record(group, actor, {
        subject: 'membership',
        action: 'update',
        before: { removed: removed.length, members: removed.slice(0, NAMED).map(wireName) },
        after: { added: added.length, ...counts, members: added.slice(0, NAMED).map(wireName) },
      });
    },

    /**
     * @param groups of one guild, or global
     * @param isConfirmed a person knows what it does: the blast-radius guard does not bound what he could do by hand
     */
    async sync(
      groups: readonly LocalGroup[],
      discordIds: readonly string[],
      { editor, isConfirmed }: { editor: Editor | null; isConfirmed: boolean },
    ): Promise<void> {
      const guildId = groups[0]?.guildId;
      if (discordIds.length === 0 || guildId === undefined) return;
      const cause: Cause = { trigger: 'group', actor: editor?.discordId ?? null, isConfirmed };
      const agreed = (shown: Agreement = {}): Cause => {
        const agreement = isConfirmed && editor ? rights.agreementIn(guildId, editor, shown) : {};
        return Object.keys(agreement).length > 0 ? { ...cause, agreement } : cause;
      };
      if (discordIds.length <= FEW) {
        onChanged({ discordIds, guildId }, agreed());
        return;
      }
      const naming = (await Promise.all(groups.map(({ id }) => mappings.naming(id)))).flat();
      const active = naming.filter(({ isActive }) => isActive);
      for (const [concerned, named] of Map.groupBy(active, (mapping) => mapping.guildId)) {
        const roleIds = rolesMovedBy(named, await mappings.ofGuild(concerned));
        syncGuildLater(concerned, agreed({ roleIds }));
      }
    },

    /** How many mappings of these guilds name each of the groups. */
    async mappingCounts(guildIds: readonly string[]): Promise<Map<string, number>> {
      const counts = new Map<string, number>();
      for (const guildId of guildIds) {
        for (const mapping of await mappings.ofGuild(guildId)) {
          for (const groupId of groupsNamedBy(mapping)) counts.set(groupId, (counts.get(groupId) ?? 0) + 1);
        }
      }
      return counts;
    },
  };
}

export type GroupChanges = ReturnType<typeof createGroupChanges>;

function recordOf({ name, description }: LocalGroup): Record<string, unknown> {
  return { name, description };
}

function wireName(name: MemberName): Record<string, string> {
  return 'accountId' in name ? { user_id: name.accountId } : { discord_id: name.discordId };
}
