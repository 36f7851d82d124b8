import { ButtonStyle, ComponentType, type APIEmbed } from 'discord-api-types/v10';
import type { Change, Run } from '../db/run-store.ts';
import { changesByMember, COLORS, count, few, plain } from '../markup.ts';
import { appliedOf, didWords, isUndoable, occasionOf, subjectOf } from '../run-sentences.ts';
import type { NoticeMessage } from './notice-words.ts';

/** What admins read of one run: who and why, what it came to, its first changes; with an Undo where there is something to undo. */
export function runMessage(run: Run, changes: readonly Change[]): NoticeMessage {
  const undo = {
    type: ComponentType.Button as const,
    style: ButtonStyle.Secondary as const,
    label: 'Undo',
    custom_id: `sync:ask_undo:*:${run.id}`,
  };
  return {
    embeds: [runEmbed(run, changes)],
    components: isUndoable(run) ? [{ type: ComponentType.ActionRow, components: [undo] }] : [],
  };
}

function runEmbed(run: Run, changes: readonly Change[]): APIEmbed {
  const { status, usersFailed, usersSynced, errors, id, rolesAdded, rolesRemoved } = run;
  const applied = appliedOf(changes);
  const left = rolesAdded + rolesRemoved - applied.length;
  const who = run.type === 'user' ? '' : ` for ${count(usersSynced, 'member')}`;
  return {
    title: `${MARKS[status] ?? '🔄'} ${didWords(run) ?? 'Nothing changed'}`,
    description: [
      `${subjectOf(run)}${occasionOf(run)}${ENDINGS[status] ?? ''}${who}.`,
      ...(usersFailed > 0 ? [`⚠️ ${count(usersFailed, 'member')} failed.`] : []),
      ...few(
        errors.map((error) => `⚠️ ${plain(error, 200)}`),
        { lines: 3, characters: 700 },
      ),
      ...few(changesByMember(applied), { lines: 15, characters: 2500 }, '`/audit` lists all.'),
      ...(left > 0 && applied.length > 0 ? [`… in all ${count(rolesAdded + rolesRemoved, 'change')}`] : []),
    ].join('\n'),
    color: status === 'failed' ? COLORS.wrong : COLORS.told,
    footer: { text: `Run ${id}` },
  };
}

const MARKS: Partial<Record<Run['status'], string>> = { failed: '❌', cancelled: '⏹️' };
const ENDINGS: Partial<Record<Run['status'], string>> = {
  failed: ', **which did not get through**',
  cancelled: ', cancelled on its way',
};

/** Syncs of single members that came at about the same time, as one message tells them. */
export interface Storm {
  syncs: number;
  /** Who was synced, maybe several times. */
  members: Set<string>;
  rolesAdded: number;
  rolesRemoved: number;
  /** Whose sync failed. */
  failed: Set<string>;
  /** Of the first ones. */
  lines: string[];
}

/** Lines that a storm shows. */
export const STORM_LINES = 20;

/** A sync of one member in a line: `@Ana: +@Pilot · on joining`. */
export function memberLine(run: Run, changes: readonly Change[]): string {
  const [line = subjectOf(run)] = changesByMember(appliedOf(changes));
  return `• ${line}${occasionOf(run).replace(/^,? /, ' · ')}`;
}

export function stormMessage({ syncs, members, rolesAdded, rolesRemoved, failed, lines }: Storm): NoticeMessage {
  const shown = few(lines, { lines: STORM_LINES, characters: 3000 });
  const hidden = syncs - lines.length;
  const embed = {
    title: `🔄 ${count(members.size, 'member')} synced: ${didWords({ rolesAdded, rolesRemoved }) ?? 'nothing changed'}`,
    description: [
      ...shown,
      ...(hidden > 0 && shown.length === lines.length ? [`… and ${hidden.toLocaleString('en')} more`] : []),
      ...(failed.size > 0 ? [`⚠️ ${count(failed.size, 'member')} failed.`] : []),
      '',
      '`/audit` shows each of them, with its Undo.',
    ].join('\n'),
    color: COLORS.told,
  };
  return { embeds: [embed], components: [] };
}
