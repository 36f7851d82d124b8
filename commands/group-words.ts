import type { Added, GroupMember } from '../src/groups/group-members.ts';
import type { LocalGroup } from '../src/groups/local-groups.ts';
import type { GuildPreview } from '../src/sync/results.ts';
import { count, moment, plain, relative, user } from '../src/markup.ts';
import type { Lines } from './message.ts';
import { previewLines, previewSums } from './preview-words.ts';

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
  return `${who}, added ${relative(addedAt)}${until}${isLinked === false ? ' · waits for the link' : ''}`;
}

/** What came of adding somebody: who is in until when, and what follows from it. */
export function groupAddedLines(
  { name }: LocalGroup,
  discordId: string,
  added: Added,
  { isSelf, isMapped }: { isSelf: boolean; isMapped: boolean },
): string[] {
  const first = `${user(discordId)} ${membershipWords(`**${plain(name)}**`, added)}`;
  if (!added.isLinked) {
    const next = isSelf ? 'run `/link`' : 'ask them to run `/link`';
    return [first, `${user(discordId)} has not linked yet, so the membership waits for the link: ${next}.`];
  }
  if (!added.isNew) return [first];
  return [`${first} ${isMapped ? 'Roles that follow from it are on their way.' : NOT_MAPPED}`];
}

function membershipWords(group: string, { isNew, expiresAt, isEndChanged }: Added): string {
  if (isEndChanged) return `was in ${group} already; now it ${expiresAt ? `ends ${moment(expiresAt)}` : 'has no end'}.`;
  return `is ${isNew ? 'now' : 'already'} in ${group}${expiresAt ? `, until ${moment(expiresAt)}` : ''}.`;
}

const NOT_MAPPED = 'No mapping uses this group yet: make one with `/map add`.';

/** The question before a group goes, with the mappings that go with it and what that means for the members. */
export function deleteQuestion(
  { name }: LocalGroup,
  members: number,
  uses: { lines: readonly string[]; preview: GuildPreview } | null,
): Lines {
  const question = `Delete the group **${plain(name)}** with ${count(members, 'member')}?`;
  if (!uses) return { head: [question, 'No mapping uses it, so no role changes.'] };
  const { lines, preview } = uses;
  return {
    head: [
      question,
      '• Take the roles: members lose what only these mappings gave. Where another mapping gives it too, it stays.',
      '• Keep the roles: everybody keeps them, and Rolewright no longer touches them unless another mapping names them.',
      lines.length === 1 ? 'This mapping uses it and goes too:' : 'These mappings use it and go too:',
    ],
    list: [...lines, `Taking the roles: ${previewSums(preview)}`, ...previewLines(preview)],
  };
}
