import type { Logger } from 'pino';
import { planMember } from '../core/plan.ts';
import { planUndo, undoPlan, type UndoStep } from '../core/undo.ts';
import { ENDED, UNDER_WAY } from '../core/run-status.ts';
import type { Change, Run, RunPatch, RunStore } from '../db/run-store.ts';
import { AppError } from '../errors.ts';
import type { Converged, Job } from './converge.ts';
import type { Target } from './decide.ts';
import { CANCELLED, STOPPED, UNREADABLE } from './guild-run.ts';
import { createTurns } from './keyed-queue.ts';
import { changeKey, openRun, reopenRun, takeUpRun, type OpenRun } from './open-run.ts';
import { emptyProgress, type Cause, type ChangeResult, type RunProgress } from './results.ts';
import type { Author } from './mapping-checks.ts';
import { createRunFigures, type RunFigures } from './run-figures.ts';
import type { Running } from './running.ts';
import type { ApprovalOptions, BegunRun, Runs } from './runs.ts';
import { createUrgency } from './urgency.ts';
import { RunEnded, workThrough, type Work } from './work-through.ts';

export interface RunControlParts {
  runs: RunStore;
  running: Running;
  /** Makes one member agree with what `instead` says, with nobody else writing him meanwhile. */
  askMember(job: Job): Promise<Converged>;
  /** Throws an AppError unless he could give the role by hand. A role that is gone is nobody's matter. */
  authorise(guildId: string, author: Author, roleId: string): void;
  now: () => Date;
  newId: () => string;
  log: Logger;
  signal: AbortSignal;
}

type GuildRun = Run & { guildId: string };
type OnProgress = ((progress: RunProgress) => void) | undefined;
type Instead = NonNullable<Target['instead']>;

/** What is done for one member, and what to note when it is. */
interface Task {
  discordId: string;
  isList: boolean;
  instead: Instead;
  isAdmitted: NonNullable<Job['isAdmitted']>;
  onDone?(converged: Converged): Promise<void>;
}

/** What people do with runs: decide about what is held, call a run off, take back what one did. */
export function createRunControl(parts: RunControlParts) {
  const { runs, running, now, signal } = parts;
  /** One approval and one undo a guild at a time. */
  const turns = createTurns();

  async function find(guildId: string, runId: string): Promise<GuildRun> {
    const run = await runs.find(runId);
    if (run?.guildId !== guildId) throw notFound();
    return { ...run, guildId };
  }

  /** What the run has come to, which may have begun before a restart. */
  async function progressOf(run: OpenRun, tasks: readonly Task[]): Promise<RunProgress> {
    const left = new Set(tasks.map(({ discordId }) => discordId));
    const told = (await runs.allOf(run.id)).filter(({ discordId }) => !left.has(discordId));
    const { usersSynced, usersFailed, rolesAdded, rolesRemoved } = await runs.sumsOf(run.id);
    const usersProcessed = new Set(told.map(({ discordId }) => discordId)).size;
    const usersTotal = usersProcessed + left.size;
    const sums = { usersTotal, usersProcessed, usersSynced, usersFailed, rolesAdded, rolesRemoved };
    return { ...emptyProgress(), ...sums, runId: run.id };
  }

  async function carryOut(
    guildId: string,
    run: OpenRun,
    cause: Cause,
    tasks: readonly Task[],
    { onProgress, lines }: { onProgress: OnProgress; lines: () => string[] },
  ): Promise<RunProgress> {
    return running.during(guildId, run.id, async (keep, ends) => {
      const progress = await progressOf(run, tasks);
      const tell = (): void => {
        keep(progress);
        onProgress?.(progress);
      };
      const work = tasks.map(({ discordId, isList, instead, isAdmitted, onDone }): Work => {
        const target: Target = { discordId, sighting: null, isRejoin: false, isAsked: false, instead };
        const urgency = createUrgency('bulk');
        const job: Job = { guildId, target, run, cause, urgency, factsMaxAgeMs: 0, isAdmitted, signal: ends };
        const converge = async (): Promise<Converged> => {
          const converged = await parts.askMember(job);
          await onDone?.(converged);
          return converged;
        };
        return { discordId, isList, converge };
      });
      tell();
      try {
        await workThrough(work, { guildId, progress, tell, signal: ends, log: parts.log });
        progress.status = 'completed';
      } catch (err) {
        if (signal.aborted) return { ...progress, status: 'cancelled', errors: [...progress.errors, STOPPED] };
        progress.status = ends.aborted ? 'cancelled' : 'failed';
        progress.errors.push(ends.aborted ? CANCELLED : err instanceof RunEnded ? err.message : UNREADABLE);
        for (const from of [null, 'held'] as const) await runs.settleOpen(run.id, from, progress.status, now());
      }
      progress.errors.push(...lines());
      await run.end(progress.status, progress);
      tell();
      return progress;
    });
  }

  async function carryOutApproval(run: GuildRun, wasCutShort: boolean, onProgress?: OnProgress): Promise<RunProgress> {
    const all = await runs.allOf(run.id);
    const held = all.filter(({ outcome }) => outcome === 'held');
    const open = reopenRun(parts, run, { open: held, wasCutShort });
    const keys = new Set(held.map(changeKey));
    const isAdmitted: Task['isAdmitted'] = (change) => keys.has(changeKey(change));
    let stale = wasCutShort ? all.filter(({ outcome }) => outcome !== 'held' && outcome !== 'applied').length : 0;
    const tasks = [...Map.groupBy(held, ({ discordId }) => discordId)].map(([discordId, changes]): Task => {
      return {
        discordId,
        isList: changes.length > 1,
        isAdmitted,
        async instead(view, rules) {
          const plan = planMember(rules, view, now());
          return { ...plan, changes: plan.changes.filter((change) => isAdmitted({ ...change, discordId })) };
        },
        async onDone(converged) {
          stale += changes.length - countOf(converged.changes, 'applied');
        },
      };
    });
    const lines = () => (stale > 0 ? [`${stale} of the held removals were not wanted or not possible any more.`] : []);
    const cause: Cause = { trigger: 'approval', actor: run.decidedBy };
    return carryOut(run.guildId, open, cause, tasks, { onProgress, lines });
  }

  async function carryOutUndo(
    guildId: string,
    undone: string,
    run: OpenRun,
    actor: string | null,
    onProgress?: OnProgress,
  ): Promise<RunProgress> {
    const applied = await leftToUndo(undone, run);
    const skipped = new Map<number, string>();
    const tasks = [...Map.groupBy(applied, ({ discordId }) => discordId)].map(([discordId, changes]): Task => {
      let steps: UndoStep<Change>[] = [];
      return {
        discordId,
        isList: changes.length > 1,
        isAdmitted: () => true,
        async instead(view, rules) {
          steps = planUndo(changes, {
            roleIds: view.member.roleIds,
            later: await appliedTo(guildId, discordId, changes),
          });
          return undoPlan(steps, rules);
        },
        async onDone({ state, changes: results }) {
          const ids = reversedBy(changes, results).map(({ id }) => id);
          await runs.setOutcome(ids, 'undone');
          for (const change of changes) {
            const step = steps.find((one) => one.change === change);
            const why = state === 'not_in_guild' ? 'member_left' : step?.step === 'skip' ? step.why : null;
            if (why !== null && !ids.includes(change.id)) skipped.set(change.id, why);
          }
        },
      };
    });
    const lines = () =>
      [...Map.groupBy(skipped.values(), (why) => why)].map(
        ([why, all]) => `${all.length} left alone: ${WHY[why] ?? why}.`,
      );
    return carryOut(guildId, run, { trigger: 'undo', actor }, tasks, { onProgress, lines });
  }

  /** What the run applied, without that which the undo had reversed before a restart. */
  async function leftToUndo(undone: string, undo: OpenRun): Promise<Change[]> {
    const applied = (await runs.allOf(undone)).filter(isUndoable);
    const made = Map.groupBy(await runs.allOf(undo.id), ({ discordId }) => discordId);
    const reversed = [...Map.groupBy(applied, ({ discordId }) => discordId)].flatMap(([discordId, changes]) =>
      reversedBy(changes, made.get(discordId) ?? []),
    );
    await runs.setOutcome(
      reversed.map(({ id }) => id),
      'undone',
    );
    return applied.filter((change) => !reversed.includes(change));
  }

  async function appliedTo(
    guildId: string,
    discordId: string,
    changes: readonly Change[],
  ): Promise<Map<string, number[]>> {
    const later = new Map<string, number[]>();
    for (const roleId of new Set(changes.map((change) => change.roleId))) {
      const last = await runs.lastAppliedTo(guildId, discordId, roleId, LOOK_BACK);
      later.set(
        roleId,
        last.map(({ id }) => id),
      );
    }
    return later;
  }

  /** What is held. Nobody decides about roles that he could not take by hand. */
  async function mayDecide(guildId: string, runId: string, author: Author): Promise<Change[]> {
    await find(guildId, runId);
    const held = (await runs.allOf(runId)).filter(({ outcome }) => outcome === 'held');
    for (const roleId of new Set(held.map((change) => change.roleId))) parts.authorise(guildId, author, roleId);
    return held;
  }

  /** Whoever wants to know waits for `done`; nobody need. */
  function begun(runId: string, done: Promise<RunProgress>): BegunRun {
    done.catch((err: unknown) => {
      if (!signal.aborted) parts.log.error({ err, runId }, 'a run could not be done');
    });
    return { runId, done };
  }

  async function startApproval(
    guildId: string,
    runId: string,
    author: Author,
    { shown, onProgress }: ApprovalOptions = {},
  ): Promise<BegunRun | 'grown'> {
    const held = await mayDecide(guildId, runId, author);
    if (shown !== undefined && held.length > shown) return 'grown';
    const decided = { status: 'running', isBounded: false, decidedBy: author.discordId } as const;
    const run = await runs.update(runId, decided, 'held');
    if (!run) throw notHeld();
    const done = turns.alone(`${guildId}:approval`, async () => {
      try {
        return await carryOutApproval({ ...run, guildId }, false, onProgress);
      } catch (error) {
        // It has not begun: it waits for a word again.
        if (!signal.aborted) await runs.update(runId, { status: 'held', isBounded: true, decidedBy: null }, 'running');
        throw error;
      }
    });
    return begun(runId, done);
  }

  async function startUndo(
    guildId: string,
    runId: string,
    author: Author,
    onProgress?: (progress: RunProgress) => void,
  ): Promise<BegunRun> {
    // Two at once must not both begin.
    const run = await turns.alone(`${guildId}:begin_undo`, () => announceUndo(guildId, runId, author));
    const done = turns.alone(`${guildId}:undo`, () => takeUpUndo(guildId, runId, run, author.discordId, onProgress));
    return begun(run.id, done);
  }

  async function announceUndo(guildId: string, runId: string, author: Author): Promise<OpenRun> {
    const { status, type, targetId } = await find(guildId, runId);
    if (!ENDED.includes(status)) throw notUndoable(STILL_UNDER_WAY);
    if (await runs.isBeingUndone(runId)) throw notUndoable(BEING_UNDONE);
    const applied = (await runs.allOf(runId)).filter(isUndoable);
    if (applied.length === 0) throw notUndoable(NOTHING_TO_UNDO);
    // Nobody gives or takes by an undo what he could not give or take by hand.
    for (const roleId of new Set(applied.map((change) => change.roleId))) parts.authorise(guildId, author, roleId);
    const cause: Cause = { trigger: 'undo', actor: author.discordId };
    const run = openRun(parts, { type, guildId, targetId, undoOf: runId }, cause);
    await run.announce();
    return run;
  }

  async function takeUpUndo(
    guildId: string,
    undone: string,
    run: OpenRun,
    actor: string | null,
    onProgress?: OnProgress,
  ): Promise<RunProgress> {
    if (!(await run.begin())) {
      return { ...emptyProgress(), runId: run.id, status: 'cancelled', errors: [CANCELLED] };
    }
    return carryOutUndo(guildId, undone, run, actor, onProgress);
  }

  /** Calls off what is left of a whole run: what waits never begins, what is under way stops. */
  async function cancelWhole(runId: string): Promise<void> {
    const under = (await runs.partsOf(runId)).filter(({ status }) => UNDER_WAY.includes(status));
    if (under.length === 0) throw notRunning();
    await runs.cancelWaitingParts(runId, now());
    for (const { id, guildId } of under) if (guildId !== null) running.cancel(guildId, id);
  }

  const control: Omit<Runs, keyof RunFigures> = {
    recent: (guildId, limit) => runs.recent(guildId, limit),
    find,

    async changes(guildId, runId, page, limit) {
      await find(guildId, runId);
      return runs.changesOf(runId, page, limit);
    },

    held: (guildId) => runs.heldOf(guildId),

    startApproval,
    startUndo,

    async approve(guildId, runId, author, onProgress) {
      const approval = await startApproval(guildId, runId, author, { onProgress });
      if (approval === 'grown') throw notHeld();
      return approval.done;
    },

    async discard(guildId, runId, author) {
      await mayDecide(guildId, runId, author);
      const patch = { status: 'cancelled', decidedBy: author.discordId, completedAt: now() } as const;
      const run = await runs.update(runId, patch, 'held');
      if (!run) throw notHeld();
      await runs.settleOpen(runId, 'held', 'cancelled', now());
      return run;
    },

    async cancel(guildId, runId) {
      const run = await runs.find(runId);
      if (run?.guildId !== guildId) throw notFound();
      if (guildId === null) return cancelWhole(runId);
      if (running.cancel(guildId, runId)) return;
      const patch: RunPatch = { status: 'cancelled', errors: [CANCELLED], completedAt: now() };
      if (!(await runs.update(runId, patch, 'pending'))) throw notRunning();
    },

    undo: async (guildId, runId, author, onProgress) => (await startUndo(guildId, runId, author, onProgress)).done,
  };

  return {
    runs: { ...control, ...createRunFigures(parts) },

    /** Goes on with an approval or an undo that was cut short. */
    async goOn(run: GuildRun): Promise<void> {
      if (run.undoOf === null) {
        await turns.alone(`${run.guildId}:approval`, () => carryOutApproval(run, true));
      } else {
        const { id, guildId, undoOf, initiatedBy: actor } = run;
        const open =
          run.status === 'pending'
            ? takeUpRun(parts, run, { trigger: 'undo', actor })
            : reopenRun(parts, run, { open: await runs.openOf(id), wasCutShort: true });
        await turns.alone(`${guildId}:undo`, () => takeUpUndo(guildId, undoOf, open, actor));
      }
    },

    stop: turns.stop,
  };
}

export type RunControl = ReturnType<typeof createRunControl>;

const STILL_UNDER_WAY = 'This run is still under way. Cancel it first.';
const BEING_UNDONE = 'This run is being undone already.';
const NOTHING_TO_UNDO = 'This run changed nothing that can be undone.';

/** So far back does undo look for what changed a role since. */
const LOOK_BACK = 50;

const WHY: Readonly<Record<string, string>> = {
  member_left: 'the member left',
  changed_since: 'the role was changed since',
  already_so: 'the role is as it was before',
};

/** What was put back is what others had done: it was never the run's own doing. */
function isUndoable({ outcome, reason }: Change): boolean {
  return outcome === 'applied' && reason !== 'put_back';
}

/** Those of one member's changes whose roles were put back to what they were before. */
function reversedBy(
  changes: readonly Change[],
  made: readonly Pick<Change, 'roleId' | 'action' | 'outcome'>[],
): Change[] {
  const isReversed = ({ roleId, action }: Change) =>
    made.some((one) => one.outcome === 'applied' && one.roleId === roleId && one.action !== action);
  const roleIds = new Set(changes.filter(isReversed).map(({ roleId }) => roleId));
  return changes.filter(({ roleId }) => roleIds.has(roleId));
}

function countOf(changes: readonly ChangeResult[], outcome: ChangeResult['outcome']): number {
  return changes.filter((change) => change.outcome === outcome).length;
}

function notHeld(): AppError {
  return new AppError('run_not_held', 'Somebody has decided about these removals already. See /sync status.');
}

function notUndoable(why: string): AppError {
  return new AppError('run_not_undoable', why);
}

function notFound(): AppError {
  return new AppError('run_not_found', 'There is no such run. See /sync status.');
}

function notRunning(): AppError {
  return new AppError('run_not_running', 'This run is not under way any more. See /sync status.');
}
