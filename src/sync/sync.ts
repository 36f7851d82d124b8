import type { Explanation } from '../core/explain.ts';
import type { MemberPlan, PlannedChange } from '../core/plan.ts';
import type { Outcome } from './ports.ts';

/** Why a sync runs; it is recorded with the run. */
export type Trigger =
  | 'manual'
  | 'schedule'
  | 'startup'
  | 'join'
  | 'drift'
  | 'link'
  | 'unlink'
  | 'group'
  | 'mapping'
  | 'expiry'
  | 'guild_event';

export interface Cause {
  trigger: Trigger;
  /** Discord id of the person who asked; null for the bot's own work. */
  actor: string | null;
}

/** One change that was tried, or could not be. */
export interface ChangeResult extends PlannedChange {
  outcome: Outcome;
}

export interface MemberResult {
  guildId: string;
  guildName: string;
  discordId: string;
  /** null when there was nothing to do, so that nothing was recorded. */
  runId: string | null;
  /** `not_in_guild`: this Discord user is no member; `disabled`: the guild's sync is off. */
  state: 'synced' | 'not_in_guild' | 'disabled' | 'guild_unavailable' | 'failed';
  changes: ChangeResult[];
  plan: MemberPlan | null;
  errors: string[];
}

/** How far a guild run has come, and its sums. */
export interface RunProgress {
  runId: string | null;
  status: 'running' | 'completed' | 'failed' | 'cancelled';
  usersTotal: number;
  usersProcessed: number;
  usersFailed: number;
  rolesAdded: number;
  rolesRemoved: number;
  blocked: number;
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

/** Makes Discord agree with the decision. One writer per member; repeats coalesce to the latest desired state. */
export interface Sync {
  member(guildId: string, discordId: string, cause: Cause): Promise<MemberResult>;
  /** The Discord user in every guild that the bot is in and where he is a member. */
  everywhere(discordId: string, cause: Cause): Promise<MemberResult[]>;
  guild(guildId: string, cause: Cause, onProgress?: (progress: RunProgress) => void): Promise<RunProgress>;
  previewMember(guildId: string, discordId: string): Promise<MemberResult>;
  previewGuild(guildId: string): Promise<GuildPreview>;
  explain(guildId: string, discordId: string, roleId: string): Promise<Explanation>;
  /** The guild run in progress, or null. */
  progress(guildId: string): RunProgress | null;
  /** Waits for the writes in flight, starts no more. */
  stop(): Promise<void>;
}
