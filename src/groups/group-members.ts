import type { GroupStore } from '../db/group-store.ts';
import type { LinkStore } from '../db/link-store.ts';
import type { MemberName } from '../db/member-name.ts';
import { AppError } from '../errors.ts';
import type { GroupChanges } from './group-changes.ts';
import { groupNotFound } from './group-names.ts';
import type { LocalGroup } from './local-groups.ts';
import type { Editor, MemberRights } from './member-rights.ts';

/** One member of a local group: an account, a Discord user who counts once he is linked, or both. */
export interface GroupMember {
  accountId: string | null;
  /** As whom he was added, where he was added so. */
  discordId: string | null;
  /** false: the membership waits for a link; null: that is not told. */
  isLinked: boolean | null;
  expiresAt: Date | null;
  addedAt: Date;
}

/** What came of adding somebody. */
export interface Added {
  isNew: boolean;
  /** false: the membership waits for the link; null: that is not told. */
  isLinked: boolean | null;
  /** null: the membership has no end. */
  expiresAt: Date | null;
  /** He was in already, and now it ends at another time. */
  isEndChanged: boolean;
}

/** How somebody is added: `expiresAt` null for no end, absent to leave it as it is; `editor` null: by Rolewright itself. */
interface AddOptions {
  expiresAt?: Date | null;
  editor: Editor | null;
}

/**
 * Who is in local groups: a change syncs whom it touches. Errors are AppErrors; forbidden where powerful roles follow
 * from it that the editor could not give by hand. Whether an account is linked only operators learn; of whom
 * a guild has added by his Discord id, it learns that.
 */
export interface GroupMembers {
  members(groupId: string): Promise<GroupMember[]>;
  /** One page of them (from 1), and how many there are. */
  memberPage(
    groupId: string,
    some: { page: number; limit: number },
    viewer: Editor,
  ): Promise<{ members: GroupMember[]; total: number }>;
  /** Adds somebody, or changes until when he is in. */
  addDiscordUser(group: LocalGroup, discordId: string, options: AddOptions): Promise<Added>;
  /** Takes him out, whichever way he is in. */
  removeDiscordUser(group: LocalGroup, discordId: string, editor: Editor | null): Promise<{ wasMember: boolean }>;
  /** The same for an account. AppError user_not_found. */
  addAccount(group: LocalGroup, accountId: string, options: AddOptions): Promise<Added>;
  /** Takes the account out, with each of its Discord users. */
  removeAccount(group: LocalGroup, accountId: string, editor: Editor | null): Promise<{ wasMember: boolean }>;
  /**
   * These and nobody else are in the group, up to 10,000 together; those who stay keep the end of their membership.
   * `isConfirmed`: the blast-radius guard does not bound what follows, as far as the editor could do it by hand. AppError
   * user_not_found with the accounts that there are none of; then nothing changes.
   */
  replaceMembers(
    group: LocalGroup,
    wanted: { accountIds: readonly string[]; discordIds: readonly string[] },
    options: { editor: Editor | null; isConfirmed: boolean },
  ): Promise<{ added: number; removed: number; unchanged: number }>;
}

export interface GroupMembersParts {
  groups: GroupStore;
  links: Pick<LinkStore, 'find' | 'ofAccount' | 'findAccount'>;
  now: () => Date;
  newId: () => string;
  changes: GroupChanges;
  rights: Pick<MemberRights, 'insist'>;
}

const MOST_MEMBERS = 10_000;

/** Somebody, by whichever name: his account (null: he is not linked) and its Discord users. */
interface Person {
  name: MemberName;
  accountId: string | null;
  discordIds: readonly string[];
}

export function createGroupMembers(parts: GroupMembersParts): GroupMembers {
  const { groups, links, now, newId, changes, rights } = parts;

  async function personOf(name: MemberName): Promise<Person> {
    const accountId = 'accountId' in name ? name.accountId : ((await links.find(name.discordId))?.accountId ?? null);
    const linked = accountId === null ? [] : await links.ofAccount(accountId);
    return { name, accountId, discordIds: linked.map(({ discordId }) => discordId) };
  }

  /** A membership counts for the account, and so for every Discord user of it. Who changes one by hand means just that. */
  async function syncPerson(group: LocalGroup, { discordIds }: Person, editor: Editor | null): Promise<void> {
    await changes.sync([group], discordIds, { editor, isConfirmed: editor !== null });
  }

  async function add(group: LocalGroup, person: Person, { expiresAt, editor }: AddOptions): Promise<Added> {
    await rights.insist(group, editor);
    const at = now();
    if (expiresAt && expiresAt <= at) {
      throw new AppError('invalid_input', 'The membership would be over at once. Pick a time that lies ahead.');
    }
    const { name } = person;
    const addedBy = editor?.discordId ?? null;
    const end = expiresAt === undefined ? {} : { expiresAt };
    const added = await groups.addMember(
      { id: newId(), groupId: group.id, addedBy, ...end, ...name },
      at,
      namesOf(person),
    );
    if (!added) throw groupNotFound(group.name);
    if (added === 'no_account') throw userNotFound();
    const { before } = added;
    const isEndChanged = before !== null && before.expiresAt?.getTime() !== added.expiresAt?.getTime();
    if (!before || isEndChanged) await changes.memberChanged(group, name, { before, after: added }, addedBy);
    if (!before) await syncPerson(group, person, editor);
    const isTold = 'discordId' in name || editor?.isOperator === true;
    return {
      isNew: !before,
      isLinked: isTold ? person.discordIds.length > 0 : null,
      expiresAt: added.expiresAt,
      isEndChanged,
    };
  }

  async function remove(group: LocalGroup, person: Person, editor: Editor | null): Promise<{ wasMember: boolean }> {
    await rights.insist(group, editor);
    const { removed } = await groups.removeMembers(group.id, namesOf(person));
    for (const { name, expiresAt } of removed) {
      await changes.memberChanged(group, name, { before: { expiresAt }, after: null }, editor?.discordId ?? null);
    }
    const wasMember = removed.length > 0;
    if (wasMember) await syncPerson(group, person, editor);
    return { wasMember };
  }

  async function insistOnAccount(accountId: string): Promise<void> {
    if (!(await links.findAccount(accountId))) throw userNotFound();
  }

  return {
    members: async (groupId) => (await groups.members(groupId, now())).map(toldToGuild),

    async memberPage(groupId, some, { isOperator = false }) {
      const at = now();
      const members = await groups.members(groupId, at, some);
      return {
        members: isOperator ? members : members.map(toldToGuild),
        total: await groups.memberCount(groupId, at),
      };
    },

    addDiscordUser: async (group, discordId, options) => add(group, await personOf({ discordId }), options),

    removeDiscordUser: async (group, discordId, editor) => remove(group, await personOf({ discordId }), editor),

    async addAccount(group, accountId, options) {
      await insistOnAccount(accountId);
      return add(group, await personOf({ accountId }), options);
    },

    async removeAccount(group, accountId, editor) {
      await insistOnAccount(accountId);
      return remove(group, await personOf({ accountId }), editor);
    },

    async replaceMembers(group, wanted, { editor, isConfirmed }) {
      if (wanted.accountIds.length + wanted.discordIds.length > MOST_MEMBERS) {
        throw new AppError(
          'invalid_input',
          `A group takes at most ${MOST_MEMBERS.toLocaleString('en')} members at once.`,
        );
      }
      await rights.insist(group, editor);
      const addedBy = editor?.discordId ?? null;
      const replaced = await groups.replaceMembers(group.id, wanted, { addedBy, newId, now: now() });
      if (!replaced) throw groupNotFound(group.name);
      if ('unknown' in replaced) throw unknownUsers(replaced.unknown);
      const { added, removed, unchanged, discordIds } = replaced;
      await changes.membersChanged(group, { added, removed }, addedBy);
      await changes.sync([group], discordIds, { editor, isConfirmed });
      return { added: added.length, removed: removed.length, unchanged };
    },
  };
}

/** Every name by which he may be in a group. */
function namesOf({ name, accountId, discordIds }: Person): MemberName[] {
  const own = discordIds.map((discordId) => ({ discordId }));
  return accountId === null ? [name] : [{ accountId }, ...own];
}

function toldToGuild(member: GroupMember): GroupMember {
  return member.discordId === null ? { ...member, isLinked: null } : member;
}

function userNotFound(): AppError {
  return new AppError('user_not_found', 'There is no such user.');
}

/** So many of them the words name. */
const NAMED = 10;

function unknownUsers(ids: readonly string[]): AppError {
  const rest = ids.length - NAMED;
  const more = rest > 0 ? ` and ${rest.toLocaleString('en')} more` : '';
  const what = ids.length === 1 ? 'There is no user' : 'There are no users';
  return new AppError('user_not_found', `${what} ${ids.slice(0, NAMED).join(', ')}${more}. Nothing was changed.`);
}
