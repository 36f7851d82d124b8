import { isBounded } from '../core/occasion.ts';
import type { RunStatus } from '../core/run-status.ts';
import type { Change, NewChange, Run, RunResult, RunStore } from '../db/run-store.ts';
import type { Cause, ChangeResult } from './results.ts';

/** A change that a run sets out to make. */
export type Intended = Pick<NewChange, 'discordId' | 'roleId' | 'action' | 'reason' | 'mappingIds'>;

/** One change of one member, within a guild. */
export function changeKey({ discordId, roleId, action }: Pick<Intended, 'discordId' | 'roleId' | 'action'>): string {
  return `${discordId}:${roleId}:${action}`;
}

/** A run that is under way. It is stored when its first change comes, or at once by `begin`; by `announce` even before. */
export interface OpenRun {
  readonly id: string;
  readonly isBegun: boolean;
  /** Stored before it begins: others know of it. */
  readonly isAnnounced: boolean;
  /** It goes on after something cut it short. */
  readonly isReopened: boolean;
  /** Stores it as one that waits for its turn. */
  announce(): Promise<void>;
  /**
   * @param cause why, where somebody has joined it meanwhile
   * @returns whether it may go on; false: it was announced, and somebody called it off while it waited
   */
  begin(cause?: Cause): Promise<boolean>;
  /** Stores what is going to be done: after a crash the run knows what is left. */
  intend(changes: readonly Intended[]): Promise<void>;
  /** Stores what is about to be written: after a crash that may have been done. */
  attempt(changes: readonly Intended[]): Promise<void>;
  /** What the run set out to do for this member and has not told the end of. */
  open(discordId: string): readonly Intended[];
  /** Of these, what it was at when Rolewright stopped: nobody knows whether that was done. */
  resumed(discordId: string): readonly Intended[];
  /** Everybody for whom something is open. */
  openMembers(): string[];
  record(discordId: string, results: readonly ChangeResult[]): Promise<void>;
  end(status: RunStatus, sums: RunSums): Promise<void>;
}

export type RunSums = Omit<RunResult, 'status' | 'completedAt'>;

export interface OpenRunParts {
  runs: RunStore;
  now: () => Date;
  newId: () => string;
}

type Subject = Pick<Run, 'type' | 'targetId'> & { guildId: string; undoOf?: string | null; parentId?: string | null };

/** Opens a run of one guild; nothing is stored before there is something to tell. */
export function openRun(parts: OpenRunParts, subject: Subject, cause: Cause): OpenRun {
  return createOpenRun(parts, { ...subject, id: parts.newId() }, cause, NOTHING_YET);
}

/** A run that was announced, and has its turn now. */
export function takeUpRun(
  parts: Pick<OpenRunParts, 'runs' | 'now'>,
  run: Run & { guildId: string },
  cause: Cause,
): OpenRun {
  return createOpenRun(parts, run, cause, { ...NOTHING_YET, isAnnounced: true });
}

const NOTHING_YET: StoredBefore = { isAnnounced: false, open: null, doubtful: [] };

/**
 * A stored run that goes on.
 * @param stored.open what it has not told the end of
 * @param stored.wasCutShort what it had set out to write of that may have been done
 */
export function reopenRun(
  parts: Pick<OpenRunParts, 'runs' | 'now'>,
  run: Run & { guildId: string },
  stored: { open: readonly Change[]; wasCutShort: boolean },
): OpenRun {
  const { open, wasCutShort } = stored;
  const doubtful = wasCutShort ? open.filter(({ attemptedAt }) => attemptedAt !== null) : [];
  const cause = { trigger: run.trigger, actor: run.initiatedBy };
  return createOpenRun(parts, run, cause, { isAnnounced: false, open, doubtful });
}

/** What of a run is stored already; `open` is null for one that has not begun. */
interface StoredBefore {
  isAnnounced: boolean;
  open: readonly Intended[] | null;
  doubtful: readonly Intended[];
}

function createOpenRun(
  { runs, now }: Pick<OpenRunParts, 'runs' | 'now'>,
  { id, type, guildId, targetId, undoOf = null, parentId = null }: Subject & { id: string },
  cause: Cause,
  stored: StoredBefore,
): OpenRun {
  let isBegun = stored.open !== null;
  let announced = stored.isAnnounced ? Promise.resolve() : null;
  const open = new Map<string, Intended[]>();
  const note = (change: Intended): void => {
    const all = open.get(change.discordId);
    if (all) all.push(change);
    else open.set(change.discordId, [change]);
  };
  for (const change of stored.open ?? []) note(change);

  const start = async (by: Cause, status: 'pending' | 'running'): Promise<void> => {
    await runs.start({ id, type, guildId, targetId, undoOf, parentId, ...columnsOf(by), status, startedAt: now() });
  };

  const begin = async (by: Cause = cause): Promise<boolean> => {
    if (isBegun) return true;
    if (!announced) {
      isBegun = true;
      await start(by, 'running');
      return true;
    }
    await announced;
    isBegun = (await runs.update(id, { ...columnsOf(by), status: 'running' }, 'pending')) !== null;
    return isBegun;
  };

  const isNew = (change: Intended): boolean => !open.get(change.discordId)?.some((one) => isSame(one, change));

  async function plan(added: readonly Intended[], attemptedAt: Date | null): Promise<void> {
    if (added.length === 0) return;
    await begin();
    const at = now();
    const toRow = ({ discordId, roleId, action, reason, mappingIds }: Intended) => ({
      guildId,
      discordId,
      roleId,
      action,
      reason,
      mappingIds,
      changedBy: null,
      at,
    });
    await runs.plan(id, added.map(toRow), attemptedAt);
    for (const change of added) note(change);
  }

  return {
    id,
    get isBegun() {
      return isBegun;
    },
    get isAnnounced() {
      return announced !== null;
    },
    isReopened: stored.open !== null,
    begin,

    async announce() {
      if (!isBegun) await (announced ??= start(cause, 'pending'));
    },

    intend: (changes) => plan(changes.filter(isNew), null),

    async attempt(changes) {
      const at = now();
      const planned = changes.filter((change) => !isNew(change));
      if (planned.length > 0) await runs.attempt(id, planned, at);
      await plan(changes.filter(isNew), at);
    },

    open: (discordId) => open.get(discordId) ?? [],
    resumed: (discordId) => stored.doubtful.filter((change) => change.discordId === discordId),
    openMembers: () => [...open.keys()],

    async record(discordId, results) {
      if (results.length === 0) return;
      await begin();
      const at = now();
      await runs.record(
        id,
        results.map(({ action, roleId, outcome, reason, mappingIds, changedBy }) => ({
          guildId,
          discordId,
          roleId,
          action,
          outcome,
          reason,
          mappingIds,
          changedBy: changedBy ?? null,
          at,
        })),
      );
      const left = open.get(discordId)?.filter((one) => !results.some((result) => isSame(one, result))) ?? [];
      if (left.length > 0) open.set(discordId, left);
      else open.delete(discordId);
    },

    async end(status, { usersProcessed, usersSynced, usersFailed, rolesAdded, rolesRemoved, errors }) {
      if (!isBegun) {
        await announced;
        if (announced) await runs.update(id, { status, errors: [...errors], completedAt: now() }, 'pending');
        return;
      }
      const sums = { usersProcessed, usersSynced, usersFailed, rolesAdded, rolesRemoved, errors };
      await runs.finish(id, { ...sums, status, completedAt: now() });
    },
  };
}

/** What a run's row tells of its cause. */
function columnsOf(cause: Cause) {
  return {
    trigger: cause.trigger,
    initiatedBy: cause.actor,
    isBounded: isBounded(cause),
    agreement: cause.agreement ?? null,
  };
}

function isSame(a: Pick<Intended, 'roleId' | 'action'>, b: Pick<Intended, 'roleId' | 'action'>): boolean {
  return a.roleId === b.roleId && a.action === b.action;
}
