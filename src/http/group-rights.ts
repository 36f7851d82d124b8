import { AppError } from '../errors.ts';
import type { LocalGroup, LocalGroups } from '../groups/local-groups.ts';
import type { Editor } from '../groups/member-rights.ts';
import type { Access } from '../identity/access.ts';
import type { Caller } from '../identity/callers.ts';
import type { Author } from '../sync/mapping-checks.ts';

/** What somebody may do with a group, and as whom. */
export interface GroupRights {
  group: LocalGroup;
  /** Who is noted as having done it, and as whom he is judged. */
  author: Editor;
  /** Guilds whose mappings he sees; null: all. */
  guildIds: readonly string[] | null;
}

/** Who may see and change local groups: admins of its guild, and operators; a global one every guild admin may see. */
export function createGroupRights({ groups, access }: { groups: Pick<LocalGroups, 'get'>; access: Access }) {
  async function see(caller: Caller, groupId: string): Promise<GroupRights> {
    const group = await groups.get(groupId);
    if (!group) throw notFound();
    if (caller.isOperator) return { group, author: operatorOf(caller), guildIds: null };
    if (group.guildId === null) {
      const guildIds = (await access.adminGuilds(caller)).map(({ id }) => id);
      if (guildIds.length === 0) throw notFound();
      return { group, author: operatorOf(caller), guildIds };
    }
    const author = await access.findGuildAdmin(caller, group.guildId);
    if (!author) throw notFound();
    return { group, author, guildIds: [group.guildId] };
  }

  return {
    see,

    /** AppError group_not_found; forbidden for a global group that he may only see. */
    async change(caller: Caller, groupId: string): Promise<GroupRights> {
      const rights = await see(caller, groupId);
      if (rights.group.guildId === null && !caller.isOperator) {
        throw new AppError('forbidden', 'This is a global group: only the operators of this Rolewright keep it.');
      }
      return rights;
    },

    /** As whom he makes a group there; null: a global one. AppError forbidden. */
    async make(caller: Caller, guildId: string | null): Promise<Author> {
      if (!caller.isOperator && guildId !== null) return access.guildAdmin(caller, guildId);
      access.operator(caller);
      return operatorOf(caller);
    },

    /** As whom he ends mappings of a guild; being an operator alone is not enough for that. AppError forbidden. */
    endingAs: (caller: Caller) => async (guildId: string) => {
      const author = await access.findGuildAdmin(caller, guildId);
      if (author) return author;
      throw new AppError(
        'forbidden',
        'Mappings of a server that you do not administer name this group. Ask an admin there to remove them first.',
      );
    },
  };
}

/** An operator acts as himself, whether or not he has a Discord user. */
function operatorOf({ discordIds, accountId, isOperator }: Caller): Editor {
  return { discordId: discordIds[0] ?? accountId, roleIds: [], isOperator };
}

function notFound(): AppError {
  return new AppError('group_not_found', 'There is no such group.');
}
