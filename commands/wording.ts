import type { Finding, RoleBlock } from '../src/core/doctor.ts';
import type { Permission } from '../src/core/permissions.ts';
import type { ChangeReason, KeptRole, MemberPlan, PlannedChange } from '../src/core/plan.ts';
import type { Outcome } from '../src/sync/ports.ts';
import type { MemberResult } from '../src/sync/results.ts';

/** How many of something, in words: `1 role`, `3 roles`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? noun : plural}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function join(words: readonly string[], conjunction = 'and'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1) ?? ''}`;
}

/**
 * Somebody else's words, harmless inside a message: no formatting, links, mentions, emoji or line breaks, no direction
 * marks, at most `limit` characters of it.
 */
export function plain(text: string, limit = 100): string {
  const oneLine = text
    .replace(/\p{C}/gu, (character) => (/\s/.test(character) ? ' ' : ''))
    .replace(/\s+/g, ' ')
    .trim();
  return cut(oneLine, limit)
    .replace(/[\\*_~`|[\]<:]/g, '\\$&')
    .replace(/@(?=everyone|here)/gi, '@\u200b');
}

/** At most `limit` characters, the last one `…` when something is missing; never half an emoji. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

export function role(roleId: string): string {
  return `<@&${roleId}>`;
}

export function user(discordId: string): string {
  return `<@${discordId}>`;
}

/** The instant as each reader's Discord shows it: `5 minutes ago`, `in 3 days`. */
export function relative(at: Date): string {
  return `<t:${Math.floor(at.getTime() / 1000)}:R>`;
}

/** The instant as a date with its time, in each reader's own zone. */
export function moment(at: Date): string {
  return `<t:${Math.floor(at.getTime() / 1000)}:F>`;
}

/** What to do about a mapping that cannot work; not everybody who reads it may run it. */
export const RUN_DOCTOR = 'run `/doctor` or ask somebody with Manage Server to';

const REASONS: Readonly<Record<ChangeReason, string>> = {
  mapping_true: 'a mapping gives it',
  drift_reverted: 'it was taken away by somebody, and a mapping still gives it',
  given_back_on_rejoin: 'it is given back after rejoining',
  mapping_false: 'no mapping gives it any more',
  not_linked: 'the Discord account is not linked',
  mapping_released: 'the mapping that gave it was disabled or deleted',
  foreign_removed: 'its mappings take it from everybody who does not qualify',
};

export function reasonOf(reason: ChangeReason): string {
  return REASONS[reason];
}

const BLOCKS: Readonly<Record<RoleBlock, string>> = {
  role_deleted: 'the role no longer exists',
  role_above_bot: "it is not below Rolewright's own role",
  role_managed: 'Discord or an integration keeps it',
  role_everyone: 'everybody has it anyway',
  missing_manage_roles: 'Rolewright lacks the Manage Roles permission',
};

/** Why Rolewright cannot give or take a role. */
export function blockOf(block: RoleBlock): string {
  return BLOCKS[block];
}

export function keptBecause({ because, until }: Pick<KeptRole, 'because' | 'until'>): string {
  const words: Readonly<Record<KeptRole['because'], string>> = {
    foreign: 'somebody else gave it',
    add_only: 'its mapping only adds',
    grace: until ? `its grace period ends ${relative(until)}` : 'its grace period still runs',
    unknown: 'a source of groups does not answer right now',
  };
  return words[because];
}

function changeLine({ action, roleId, reason }: PlannedChange): string {
  return `${action === 'add' ? '+' : '−'} ${role(roleId)}: ${reasonOf(reason)}`;
}

/** A plan for one member, a line each: what changes, what cannot, what stays. Empty = nothing to say. */
export function planLines(plan: MemberPlan): string[] {
  if (plan.leftAlone) return [leftAloneWords(plan.leftAlone)];
  return [
    ...plan.changes.map(changeLine),
    ...plan.blocked.map(
      (change) =>
        `⚠️ ${role(change.roleId)} cannot be ${change.action === 'add' ? 'given' : 'removed'}: ${blockOf(change.block)}. To mend it, ${RUN_DOCTOR}.`,
    ),
    ...plan.kept.map((kept) => `= ${role(kept.roleId)} stays: ${keptBecause(kept)}`),
  ];
}

const LEFT_ALONE: Readonly<Record<NonNullable<MemberPlan['leftAlone']>, string>> = {
  bot: 'Bots are left alone.',
  pending:
    "This member has not passed the server's membership screening yet; the sync follows as soon as that is done.",
  bypass: "This member holds the server's bypass role and is left alone.",
};

export function leftAloneWords(leftAlone: NonNullable<MemberPlan['leftAlone']>): string {
  return LEFT_ALONE[leftAlone];
}

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  applied: 'done',
  already: 'done already',
  lost: 'Discord said yes and lost it; it is tried again at the next sync',
  'blocked:role_deleted': BLOCKS.role_deleted,
  'blocked:role_above_bot': BLOCKS.role_above_bot,
  'blocked:role_managed': BLOCKS.role_managed,
  'blocked:role_everyone': BLOCKS.role_everyone,
  'blocked:missing_manage_roles': BLOCKS.missing_manage_roles,
  member_left: 'the member has left the server',
  guild_gone: 'Rolewright is no longer in the server',
  role_gone: 'the role no longer exists',
  forbidden: `Discord forbids it; ${RUN_DOCTOR}`,
  failed: 'Discord did not take it; it is tried again at the next sync',
  held: 'it waits for approval',
  deferred: 'it comes later',
  cancelled: 'the sync was cancelled',
  undone: 'it was undone',
};

/** What became of a member's changes, a line each, and what Discord said when it did not take them. */
export function resultLines({ changes, error }: Pick<MemberResult, 'changes' | 'error'>): string[] {
  const lines = changes.map((change) => {
    if (change.outcome === 'applied' || change.outcome === 'already') return `✅ ${changeLine(change)}`;
    return `⚠️ ${change.action === 'add' ? '+' : '−'} ${role(change.roleId)}: ${OUTCOMES[change.outcome]}`;
  });
  return error === null ? lines : [...lines, `⚠️ ${plain(error, 300)}`];
}

const STATES: Readonly<Record<MemberResult['state'], string | null>> = {
  synced: null,
  not_in_guild: 'This Discord user is not a member of this server.',
  disabled: "Sync is switched off in this server's settings.",
  guild_unavailable: 'Discord does not answer for this server right now. Try again in a minute.',
};

/** Why there is no plan for this member, in a sentence; null when there is one. */
export function stateWords({ state }: Pick<MemberResult, 'state'>): string | null {
  return STATES[state];
}

/** A permission as Discord's settings call it. */
export function permissionWords(permission: Permission): string {
  if (permission === 'manageGuild') return 'Manage Server';
  const words = permission.replace(/(?=[A-Z])/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A finding of the doctor with its mend. */
export function findingLine({ severity, mend }: Finding): string {
  return `${severity === 'error' ? '❌' : '⚠️'} ${plain(mend, 300)}`;
}
