import type { GroupStore } from '../db/group-store.ts';
import type { LinkStore } from '../db/link-store.ts';
import type { MemberName } from '../db/membership-store.ts';
import { AppError } from '../errors.ts';
import type { GroupChanges } from './group-changes.ts';
import { groupNotFound } from './group-names.ts';
import type { LocalGroup } from './local-groups.ts';

/** One member of a local group: an account, or a Discord user (who counts once he is linked). */
export interface GroupMember {
  accountId: string | null;
  discordId: string | null;
  /** false: the membership waits for this Discord user to link. */
  isLinked: boolean;
  expiresAt: Date | null;
  addedAt: Date;
}

/** What came of adding somebody. */
export interface Added {
  isNew: boolean;
  /** false: the membership waits for the link. */
  isLinked: boolean;
  /** null: the membership has no end. */
  expiresAt: Date | null;
  /** He was in already, and now it ends at another time. */
  isEndChanged: boolean;
}

/** How somebody is added: `expiresAt` null for no end, absent to leave it as it is. */
interface AddOptions {
  expiresAt?: Date | null;
  actor: string | null;
}

/** Who is in local groups: a change syncs whom it touches. Errors are AppErrors. */
export interface GroupMembers {
  members(groupId: string): Promise<GroupMember[]>;
  /** One page of them (from 1), and how many there are. */
  memberPage(
    groupId: string,
    some: { page: number; limit: number },
  ): Promise<{ members: GroupMember[]; total: number }>;
  /** Adds somebody, or changes until when he is in. */
  addDiscordUser(group: LocalGroup, discordId: string, options: AddOptions): Promise<Added>;
  removeDiscordUser(group: LocalGroup, discordId: string, actor: string | null): Promise<{ wasMember: boolean }>;
  /** The same for an account. AppError user_not_found. */
  addAccount(group: LocalGroup, accountId: string, options: AddOptions): Promise<Added>;
  /** Takes the account out, with each of its Discord users. */
  removeAccount(group: LocalGroup, accountId: string, actor: string | null): Promise<{ wasMember: boolean }>;
  /**
   * These and nobody else are in the group, up to 10,000 together; those who stay keep the end of their membership.
   * `isConfirmed`: the blast-radius guard does not bound what follows. AppError user_not_found with the accounts that
   * there are none of; then nothing changes.
   */
  replaceMembers(
    group: LocalGroup,
    wanted: { accountIds: readonly string[]; discordIds: readonly string[] },
    options: { actor: string | null; isConfirmed: boolean },
  ): Promise<{ added: number; removed: number; unchanged: number }>;
}

export interface GroupMembersParts {
  groups: GroupStore;
  links: Pick<LinkStore, 'find' | 'ofAccount' | 'findAccount'>;
  now: () => Date;
  newId: () => string;
  changes: GroupChanges;
}

const MOST_MEMBERS = 10_000;

export function createGroupMembers({ groups, links, now, newId, changes }: GroupMembersParts): GroupMembers {
  /** A membership counts for the account, and so for every Discord user of it. Who changes one by hand means just that. */
  async function syncAccount(group: LocalGroup, accountId: string, actor: string | null): Promise<void> {
    const discordIds = (await links.ofAccount(accountId)).map(({ discordId }) => discordId);
    await changes.sync([group], discordIds, { actor, isConfirmed: actor !== null });
  }

  async function add(
    group: LocalGroup,
    name: MemberName,
    accountId: string | null,
    { expiresAt, actor }: AddOptions,
  ): Promise<Omit<Added, 'isLinked'>> {
    const at = now();
    if (expiresAt && expiresAt <= at) {
      throw new AppError('invalid_input', 'The membership would be over at once. Pick a time that lies ahead.');
    }
    const end = expiresAt === undefined ? {} : { expiresAt };
    const added = await groups.addMember({ id: newId(), groupId: group.id, addedBy: actor, ...end, ...name }, at);
    if (!added) throw groupNotFound();
    const { before } = added;
    const isEndChanged = before !== null && before.expiresAt?.getTime() !== added.expiresAt?.getTime();
    if (!before || isEndChanged) await changes.memberChanged(group, name, { before, after: added }, actor);
    if (accountId !== null && !before) await syncAccount(group, accountId, actor);
    return { isNew: !before, expiresAt: added.expiresAt, isEndChanged };
  }

  async function remove(
    group: LocalGroup,
    names: readonly MemberName[],
    accountId: string | null,
    actor: string | null,
  ): Promise<{ wasMember: boolean }> {
    const { removed } = await groups.removeMembers(group.id, names);
    for (const { name, expiresAt } of removed) {
      await changes.memberChanged(group, name, { before: { expiresAt }, after: null }, actor);
    }
    const wasMember = removed.length > 0;
    if (accountId !== null && wasMember) await syncAccount(group, accountId, actor);
    return { wasMember };
  }

  async function insistOnAccount(accountId: string): Promise<void> {
    if (!(await links.findAccount(accountId))) throw new AppError('user_not_found', 'There is no such user.');
  }

  return {
    members: (groupId) => groups.members(groupId, now()),

    async memberPage(groupId, some) {
      const at = now();
      return { members: await groups.members(groupId, at, some), total: await groups.memberCount(groupId, at) };
    },

    async addDiscordUser(group, discordId, options) {
      const link = await links.find(discordId);
      const added = await add(group, { discordId }, link?.accountId ?? null, options);
      return { ...added, isLinked: link !== null };
    },

    async removeDiscordUser(group, discordId, actor) {
      const accountId = (await links.find(discordId))?.accountId ?? null;
      return remove(group, [{ discordId }, ...(accountId === null ? [] : [{ accountId }])], accountId, actor);
    },

    async addAccount(group, accountId, options) {
      await insistOnAccount(accountId);
      const added = await add(group, { accountId }, accountId, options);
      return { ...added, isLinked: (await links.ofAccount(accountId)).length > 0 };
    },

    async removeAccount(group, accountId, actor) {
      await insistOnAccount(accountId);
      const own = (await links.ofAccount(accountId)).map(({ discordId }) => ({ discordId }));
      return remove(group, [{ accountId }, ...own], accountId, actor);
    },

    async replaceMembers(group, wanted, { actor, isConfirmed }) {
      if (wanted.accountIds.length + wanted.discordIds.length > MOST_MEMBERS) {
        throw new AppError(
          'invalid_input',
          `A group takes at most ${MOST_MEMBERS.toLocaleString('en')} members at once.`,
        );
      }
      const replaced = await groups.replaceMembers(group.id, wanted, { addedBy: actor, newId, now: now() });
      if (!replaced) throw groupNotFound();
      if ('unknown' in replaced) throw unknownUsers(replaced.unknown);
      const { added, removed, unchanged, discordIds } = replaced;
      await changes.membersChanged(group, { added, removed }, actor);
      await changes.sync([group], discordIds, { actor, isConfirmed });
      return { added: added.length, removed: removed.length, unchanged };
    },
  };
}

/** So many of them the words name. */
const NAMED = 10;

function unknownUsers(ids: readonly string[]): AppError {
  const rest = ids.length - NAMED;
  const more = rest > 0 ? ` and ${rest.toLocaleString('en')} more` : '';
  const what = ids.length === 1 ? 'There is no user' : 'There are no users';
  return new AppError('user_not_found', `${what} ${ids.slice(0, NAMED).join(', ')}${more}. Nothing was changed.`);
}
