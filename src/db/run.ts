import type { Agreement } from '../core/agreement.ts';
import type { Trigger } from '../core/occasion.ts';
import type { RunStatus } from '../core/run-status.ts';

/** One execution of a plan. */
export interface Run {
  id: string;
  type: 'user' | 'guild' | 'mapping' | 'full';
  /** null: it has parts, in one guild or several. */
  guildId: string | null;
  /** A Discord user, a guild or a mapping, as `type` says; of a run with parts an account, or null for several. */
  targetId: string | null;
  trigger: Trigger;
  status: RunStatus;
  /** Discord id of the person who asked, or his account if he has none; null for the bot's own work. */
  initiatedBy: string | null;
  /** What exactly a person agreed to; null: all of it, or nobody was asked. */
  agreement: Agreement | null;
  startedAt: Date;
  completedAt: Date | null;
  usersProcessed: number;
  usersSynced: number;
  usersFailed: number;
  rolesAdded: number;
  rolesRemoved: number;
  errors: string[];
  /** The blast-radius guard bounds it; once a held run is approved it is not bounded any more. */
  isBounded: boolean;
  /** Discord id of the person who approved or discarded it while it was held. */
  decidedBy: string | null;
  /** The run that this one reverses. */
  undoOf: string | null;
  /** The run that this one is a part of. */
  parentId: string | null;
}

export type NewRun = Pick<
  Run,
  'id' | 'type' | 'guildId' | 'targetId' | 'trigger' | 'status' | 'initiatedBy' | 'startedAt' | 'isBounded' | 'undoOf'
> &
  Partial<Pick<Run, 'agreement' | 'parentId' | 'errors'>>;

/** What a run came to. */
export type RunResult = Pick<
  Run,
  'status' | 'completedAt' | 'usersProcessed' | 'usersSynced' | 'usersFailed' | 'rolesAdded' | 'rolesRemoved' | 'errors'
>;

export type RunPatch = Partial<
  Pick<Run, 'status' | 'isBounded' | 'decidedBy' | 'errors' | 'completedAt' | 'trigger' | 'initiatedBy' | 'agreement'>
>;
