import type { GroupMember, LocalGroup } from '../src/groups/local-groups.ts';
import { count, plain, relative, user } from './wording.ts';

/** A group in the list: its name, how many are in it, how many mappings use it. */
export function groupLine(group: LocalGroup & { memberCount: number; mappingCount: number }): string {
  const { name, description, guildId, memberCount, mappingCount } = group;
  const sums = `${count(memberCount, 'member')}, ${mappingCount === 0 ? 'not mapped' : count(mappingCount, 'mapping')}`;
  const about = description ? ` · ${plain(description)}` : '';
  return `**${plain(name)}**${guildId === null ? ' (global)' : ''}: ${sums}${about}`;
}

/** The first lines of one group's page. */
export function groupHead({ name, description }: LocalGroup): string[] {
  return [`**${plain(name)}**`, ...(description ? [plain(description, 200)] : [])];
}

/** One member of a group: who, since when, until when, and whether he counts yet. */
export function memberLine({ discordId, accountId, isLinked, expiresAt, addedAt }: GroupMember): string {
  const who = discordId ? user(discordId) : `account ${plain(accountId ?? 'unknown')}`;
  const until = expiresAt ? `, ends ${relative(expiresAt)}` : '';
  return `${who}, added ${relative(addedAt)}${until}${isLinked ? '' : ' · waits for the link'}`;
}

/** What came of adding somebody. */
export function groupAddedLine(
  { name }: LocalGroup,
  discordId: string,
  { isNew, isLinked, expiresAt }: { isNew: boolean; isLinked: boolean; expiresAt: Date | null },
): string[] {
  const until = expiresAt ? `, until ${relative(expiresAt)}` : '';
  const first = `${user(discordId)} is ${isNew ? 'now' : 'already'} in **${plain(name)}**${until}.`;
  if (isLinked) return [isNew ? `${first} Roles that follow from it are on their way.` : first];
  return [
    first,
    `${user(discordId)} has not linked yet, so the membership waits for the link: ask them to run \`/link\`.`,
  ];
}
