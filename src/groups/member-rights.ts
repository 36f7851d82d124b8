import type { Agreement } from '../core/agreement.ts';
import { roleOutOfReach, rolesDecidedBy } from '../core/member-rights.ts';
import { agreementOf } from '../core/privilege.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import { AppError } from '../errors.ts';
import type { Author } from '../sync/mapping-checks.ts';
import type { GuildReader } from '../sync/ports.ts';
import type { LocalGroup } from './local-groups.ts';

/** Who changes who is in groups. */
export interface Editor extends Author {
  /** He runs this Rolewright: trusted with every group, whether or not he is in its guild. */
  isOperator?: boolean;
}

export interface MemberRightsParts {
  guilds: Pick<GuildReader, 'guild'>;
  mappings: Pick<MappingStore, 'ofGuild'>;
}

/** Who may decide who is in a group. Manage Server does, but for groups that powerful roles follow from. */
export function createMemberRights({ guilds, mappings }: MemberRightsParts) {
  /** Why he may not change who is in the group, as an AppError (forbidden, discord_unavailable); null: he may. */
  async function refusalOf({ id, guildId, name }: LocalGroup, editor: Editor | null): Promise<AppError | null> {
    if (guildId === null || editor === null || editor.isOperator) return null;
    const roleIds = rolesDecidedBy(id, await mappings.ofGuild(guildId));
    if (roleIds.length === 0) return null;
    const guild = guilds.guild(guildId);
    if (!guild) return new AppError('discord_unavailable', UNSEEN);
    const role = roleOutOfReach(guild, editor, roleIds);
    if (!role) return null;
    return new AppError(
      'forbidden',
      `@${role.name} gives power, by its permissions or by its place, and you could not give it by hand, so you can't change who is in “${name}”. Ask somebody who stands above it.`,
    );
  }

  return {
    refusalOf,

    /** Throws unless he may change who is in the group; null is Rolewright itself. */
    async insist(group: LocalGroup, editor: Editor | null): Promise<void> {
      const refusal = await refusalOf(group, editor);
      if (refusal) throw refusal;
    },

    /** What his yes covers of the roles that follow from a change in that guild. */
    agreementIn(guildId: string | null, editor: Editor, shown: Agreement = {}): Agreement {
      const guild = guildId === null || editor.isOperator ? null : guilds.guild(guildId);
      return guild ? agreementOf(guild, editor, shown) : shown;
    },
  };
}

export type MemberRights = ReturnType<typeof createMemberRights>;

const UNSEEN = 'Rolewright cannot see this server right now. Try again in a minute.';
