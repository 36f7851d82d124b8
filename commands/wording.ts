import type { Finding, RoleBlock } from '../src/core/doctor.ts';
import type { ChangeReason, KeptRole, MemberPlan, PlannedChange } from '../src/core/plan.ts';
import type { Suppression } from '../src/core/suppression.ts';
import type { Outcome } from '../src/sync/ports.ts';
import type { MemberResult } from '../src/sync/results.ts';
import { plain, relative, role, user } from '../src/markup.ts';

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
  undone: 'an earlier change is undone',
  put_back: 'somebody changed it at the same moment, and that counts',
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

/** What happens to a role that no change touches, and why: `stays: its mapping only adds`. */
export function keptWords({ because, until, suppression }: Omit<KeptRole, 'roleId'>): string {
  switch (because) {
    case 'foreign':
      return 'stays: somebody else gave it';
    case 'add_only':
      return 'stays: its mapping only adds';
    case 'grace':
      return `stays: ${until ? `its grace period ends ${relative(until)}` : 'its grace period still runs'}`;
    case 'unknown':
      return 'stays: a source of groups does not answer right now';
    case 'suppressed':
      return `is left as it is until an admin runs \`/sync user\`: ${suppressedBecause(suppression)}`;
  }
}

function suppressedBecause(suppression: Suppression | undefined): string {
  if (!suppression) return 'somebody changed it';
  const { reason, changedBy, since } = suppression;
  const who = changedBy === null ? 'somebody' : user(changedBy);
  const words: Readonly<Record<Suppression['reason'], string>> = {
    drift: `${who} took it away ${relative(since)}`,
    fight: `it went back and forth too often, last ${relative(since)}${changedBy === null ? '' : ` by ${who}`}`,
    undo: `a change of it was undone ${relative(since)}${changedBy === null ? '' : ` by ${who}`}`,
  };
  return words[reason];
}

function changeLine({ action, roleId, reason }: PlannedChange): string {
  return `${action === 'add' ? '+' : '−'} ${role(roleId)}: ${reasonOf(reason)}`;
}

/** Of a removal that is held. */
export const HELD_WORDS = 'an admin has to approve that first';

/**
 * A plan for one member, a line each: what changes, what cannot, what stays. Empty = nothing to say.
 * @param held roles whose removal waits for an admin's word
 */
export function planLines(plan: MemberPlan, held: ReadonlySet<string> = new Set()): string[] {
  if (plan.leftAlone) return [leftAloneWords(plan.leftAlone)];
  const isHeld = ({ action, roleId }: PlannedChange) => action === 'remove' && held.has(roleId);
  return [
    ...plan.changes.map((change) => (isHeld(change) ? `${changeLine(change)}, but ${HELD_WORDS}` : changeLine(change))),
    ...plan.blocked.map(
      (change) =>
        `⚠️ ${role(change.roleId)} cannot be ${change.action === 'add' ? 'given' : 'removed'}: ${blockOf(change.block)}. To mend it, ${RUN_DOCTOR}.`,
    ),
    ...plan.kept.map((kept) => `= ${role(kept.roleId)} ${keptWords(kept)}`),
    ...(plan.nick === null ? [] : [`✎ The nickname becomes **${plain(plan.nick)}**`]),
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

/** What became of a change, in words that end a sentence. */
export const OUTCOMES: Readonly<Record<Outcome, string>> = {
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
  held: HELD_WORDS,
  deferred: 'it follows with one of the next syncs, so that not too much changes at once',
  cancelled: 'it was called off before it was done',
  undone: 'it was done, and undone since',
};

/** What became of a member's changes, a line each, and what Discord said when it did not take them. */
export function resultLines({ changes, error, plan }: Pick<MemberResult, 'changes' | 'error' | 'plan'>): string[] {
  const lines = changes.map((change) => {
    if (change.outcome === 'applied' || change.outcome === 'already') return `✅ ${changeLine(change)}`;
    return `⚠️ ${change.action === 'add' ? '+' : '−'} ${role(change.roleId)}: ${OUTCOMES[change.outcome]}`;
  });
  if (error !== null) return [...lines, `⚠️ ${plain(error, 300)}`];
  const nick = changes.some(({ outcome }) => outcome === 'member_left') ? null : (plan?.nick ?? null);
  return nick === null ? lines : [...lines, `✅ The nickname is now **${plain(nick)}**`];
}

/** Why nothing is written for a while. */
const PAUSED = `Discord refuses so much here that Rolewright has paused; it tries again by itself. To find out why, ${RUN_DOCTOR}.`;

const STATES: Readonly<Record<MemberResult['state'], string | null>> = {
  synced: null,
  not_in_guild: 'This Discord user is not a member of this server.',
  disabled: "Sync is switched off in this server's settings.",
  guild_unavailable: 'Discord does not answer for this server right now. Try again in a minute.',
  paused: PAUSED,
};

/** Why there is no plan for this member, in a sentence; null when there is one. */
export function stateWords({ state }: Pick<MemberResult, 'state'>): string | null {
  return STATES[state];
}

/** A finding of the doctor with its mend. */
export function findingLine({ severity, mend }: Finding): string {
  return `${severity === 'error' ? '❌' : '⚠️'} ${plain(mend, 300)}`;
}
