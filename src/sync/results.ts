import type { Agreement } from '../core/agreement.ts';
import type { Trigger } from '../core/occasion.ts';
import type { MemberPlan, PlannedChange } from '../core/plan.ts';
import type { Outcome } from './ports.ts';

/** Why a sync runs, and who asked: a Discord id, or null for the bot's own work. */
export interface Cause {
  trigger: Trigger;
  actor: string | null;
  /** The person saw what it would do, and said yes: the blast-radius guard does not bound it. */
  isConfirmed?: boolean;
  /** What exactly he saw; absent: all that there is. */
  agreement?: Agreement;
}

/** One change that was tried, or could not be. */
export interface ChangeResult extends PlannedChange {
  outcome: Outcome;
  /** Discord id of the one whose edit it answers to; absent: nobody's, or not known. */
  changedBy?: string;
}

export interface MemberResult {
  guildId: string;
  guildName: string;
  discordId: string;
  /** null when there was nothing to record. */
  runId: string | null;
  /**
   * `not_in_guild`: this Discord user is no member; `disabled`: the guild's settings let no such sync run; `paused`:
   * Discord refuses so often that nothing is written there for a while.
   */
  state: 'synced' | 'not_in_guild' | 'disabled' | 'guild_unavailable' | 'paused';
  changes: ChangeResult[];
  plan: MemberPlan | null;
  /** What went wrong, in words; null when nothing did. */
  error: string | null;
}

/** How far a guild run has come, and its sums. */
export interface RunProgress {
  /** null: it could not run, `status` and `errors` say why. */
  runId: string | null;
  status: 'running' | 'completed' | 'failed' | 'cancelled';
  /** Who cancelled it while it was under way; absent: nobody did. */
  cancelledBy?: string;
  /** null while the members are still being read. */
  usersTotal: number | null;
  usersProcessed: number;
  /** Members who were changed. */
  usersSynced: number;
  usersFailed: number;
  rolesAdded: number;
  rolesRemoved: number;
  blocked: number;
  /** Removals that wait for an admin's word. */
  held: number;
  /** Additions beyond the bound of one run: a later sync makes them. */
  deferred: number;
  errors: string[];
}

/** What a guild sync would do. */
export interface GuildPreview {
  usersTotal: number;
  /** Members with at least one change, blocked change or kept role. */
  members: { discordId: string; plan: MemberPlan }[];
  rolesAdded: number;
  rolesRemoved: number;
  blocked: number;
}

export function emptyProgress(): RunProgress {
  return {
    runId: null,
    status: 'running',
    usersTotal: null,
    usersProcessed: 0,
    usersSynced: 0,
    usersFailed: 0,
    rolesAdded: 0,
    rolesRemoved: 0,
    blocked: 0,
    held: 0,
    deferred: 0,
    errors: [],
  };
}

/** What was really given and taken. */
export function countApplied(changes: readonly ChangeResult[]): { rolesAdded: number; rolesRemoved: number } {
  const applied = changes.filter(({ outcome }) => outcome === 'applied');
  const rolesAdded = applied.filter(({ action }) => action === 'add').length;
  return { rolesAdded, rolesRemoved: applied.length - rolesAdded };
}

export const UNREACHABLE = 'Rolewright cannot see this server right now. Try again in a minute.';

export const SWITCHED_OFF = 'Syncing is turned off for this server.';

export function notSynced(
  guildId: string,
  discordId: string,
  state: MemberResult['state'],
  guildName = guildId,
): MemberResult {
  return { guildId, guildName, discordId, runId: null, state, changes: [], plan: null, error: null };
}
