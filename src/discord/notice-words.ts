import {
  ButtonStyle,
  ComponentType,
  type APIActionRowComponent,
  type APIButtonComponent,
  type APIEmbed,
} from 'discord-api-types/v10';
import { changesByMember, COLORS, count, few, plain, role, user } from '../markup.ts';
import { HELD_LISTED } from '../run-sentences.ts';
import type { Notice } from '../sync/notices.ts';

/** A message of the audit channel. */
export interface NoticeMessage {
  embeds: [APIEmbed];
  components: APIActionRowComponent<APIButtonComponent>[];
}

type Held = Extract<Notice, { kind: 'held' }>;
type Drift = Extract<Notice, { kind: 'drift' }>;
type Followed = Extract<Notice, { kind: 'run' | 'decided' }>;

/** What a guild's admins read of something that happened. */
export function noticeMessage(notice: Exclude<Notice, Drift | Followed>): NoticeMessage {
  switch (notice.kind) {
    case 'held':
      return { embeds: [heldEmbed(notice)], components: [decisionRow(notice)] };
    case 'paused':
      return { embeds: [pausedEmbed(notice)], components: [] };
    case 'resumed':
      return { embeds: [RESUMED], components: [] };
    case 'doctor':
      return { embeds: [doctorEmbed(notice)], components: [] };
  }
}

/** What they read of all that drifted at about the same time, at least one. */
export function driftMessage(notices: readonly Drift[]): NoticeMessage {
  // Twice the same tells nothing more.
  const keyOf = ({ discordId, roleId, changedBy, because }: Drift) => `${discordId}:${roleId}:${changedBy}:${because}`;
  const distinct = [...new Map(notices.map((notice) => [keyOf(notice), notice])).values()];
  const [first, ...others] = distinct;
  const embed = first && others.length === 0 ? driftEmbed(first) : driftsEmbed(distinct);
  return { embeds: [embed], components: [] };
}

function heldEmbed({ changes }: Held): APIEmbed {
  return {
    title: `⏸️ ${count(changes.length, 'removal waits', 'removals wait')} for approval`,
    description: [
      "More roles would go at once than this server's limits allow, so none of these has gone yet:",
      '',
      ...few(changesByMember(changes), { lines: 20, characters: 3000 }, HELD_LISTED),
      '',
      '**Approve** removes what is still due then. **Discard** leaves these roles alone, for a day without asking again.',
      'Without an answer within 24 hours nothing is removed.',
    ].join('\n'),
    color: COLORS.waits,
  };
}

/**
 * The buttons belong to the `sync` command, for everybody who may run it. Approve carries how many removals the message
 * shows, so that nobody approves more than he saw.
 */
function decisionRow({ runId, changes }: Held): APIActionRowComponent<APIButtonComponent> {
  return {
    type: ComponentType.ActionRow,
    components: [
      button('Approve', ButtonStyle.Danger, `approve:*:${runId}:${changes.length}`),
      button('Discard', ButtonStyle.Secondary, `discard:*:${runId}`),
    ],
  };
}

function button(label: string, style: ButtonStyle.Danger | ButtonStyle.Secondary, address: string): APIButtonComponent {
  return { type: ComponentType.Button, style, label, custom_id: `sync:${address}` };
}

function driftEmbed({ discordId, roleId, changedBy, because }: Drift): APIEmbed {
  const whom = user(discordId);
  const taken = `${changedBy === null ? 'Somebody' : user(changedBy)} took ${role(roleId)} away from ${whom}.`;
  const lastBy = changedBy === null ? '' : ` It was last changed by ${user(changedBy)}.`;
  const words: Readonly<Record<typeof because, string>> = {
    respect: `${taken} Its mapping respects that: it stays off until an admin runs \`/sync user\` for ${whom}.`,
    alert: `${taken} Its mapping says to tell you, and not to give it back. To give it back, run \`/sync user\` for ${whom}.`,
    fight: `${role(roleId)} of ${whom} goes back and forth: Rolewright set it right too often within 10 minutes and leaves it alone now.${lastBy} Find out what changes it, then run \`/sync user\` for ${whom}.`,
  };
  const title = because === 'fight' ? '⚠️ A role that somebody keeps changing' : '⚠️ A role was taken away by hand';
  return { title, description: words[because], color: COLORS.waits };
}

function driftsEmbed(notices: readonly Drift[]): APIEmbed {
  const byAct = ({ roleId, changedBy, because }: Drift) => `${because === 'fight'}:${changedBy}:${roleId}`;
  const acts = [...Map.groupBy(notices, byAct).values()].toSorted((a, b) => b.length - a.length);
  const fights = notices.filter(({ because }) => because === 'fight').length;
  const title =
    fights === notices.length
      ? `⚠️ ${fights} roles that somebody keeps changing`
      : `⚠️ ${count(notices.length - fights, 'role was', 'roles were')} taken away by hand`;
  return {
    title,
    description: [
      ...few(acts.flatMap(actLine), { lines: 20, characters: 3000 }),
      '',
      'They stay as they are until an admin runs `/sync user` for the member.',
      ...(fights > 0
        ? ['What goes back and forth Rolewright set right too often within 10 minutes. Find out what changes it first.']
        : []),
    ].join('\n'),
    color: COLORS.waits,
  };
}

/** Members that one line names. */
const MEMBERS_A_LINE = 20;

/** What somebody did with one role, in a line. */
function actLine(notices: readonly Drift[]): string[] {
  const [first] = notices;
  if (!first) return [];
  const { roleId, changedBy, because } = first;
  const named = notices.slice(0, MEMBERS_A_LINE).map(({ discordId }) => user(discordId));
  const rest = notices.length - named.length;
  const members = [...named, ...(rest > 0 ? [`… and ${rest.toLocaleString('en')} more`] : [])].join(' ');
  const lastBy = changedBy === null ? '' : ` Last changed by ${user(changedBy)}.`;
  const by = changedBy === null ? 'Somebody' : user(changedBy);
  return [
    because === 'fight'
      ? `• ${role(roleId)} goes back and forth: ${members}.${lastBy}`
      : `• ${by} took ${role(roleId)} away from ${members}.`,
  ];
}

function pausedEmbed({ why }: Extract<Notice, { kind: 'paused' }>): APIEmbed {
  return {
    title: '⛔ Rolewright has paused in this server',
    description: [plain(why, 500), 'Until that is mended no role changes here. Rolewright tries again by itself.'].join(
      '\n',
    ),
    color: COLORS.wrong,
  };
}

const RESUMED: APIEmbed = {
  title: '✅ Rolewright goes on in this server',
  description: 'Discord takes changes of roles again. What is still missing follows with the next sync.',
  color: COLORS.fine,
};

function doctorEmbed({ problems }: Extract<Notice, { kind: 'doctor' }>): APIEmbed {
  return {
    title: `⚠️ ${count(problems.length, 'mapped role')} can no longer be given or taken`,
    description: [
      ...few(
        problems.map(({ mend }) => `• ${plain(mend, 300)}`),
        { lines: 10, characters: 3500 },
      ),
      '`/doctor` checks again.',
    ].join('\n'),
    color: COLORS.wrong,
  };
}
