import { decisionOf, hindersUndo, UNDER_WAY } from '../core/run-status.ts';
import type { Change, Run, RunPatch } from '../db/run-store.ts';
import { AppError } from '../errors.ts';
import { createCarryOut, isUndoable, type CarryOutParts } from './carry-out.ts';
import { CANCELLED } from './guild-run.ts';
import { createTurns } from './keyed-queue.ts';
import { openRun, reopenRun, takeUpRun, type OpenRun } from './open-run.ts';
import { emptyProgress, type Cause, type RunProgress } from './results.ts';
import type { Author } from './mapping-checks.ts';
import { createRunFigures, type RunFigures } from './run-figures.ts';
import type { ApprovalOptions, BegunRun, Runs } from './runs.ts';

export interface RunControlParts extends CarryOutParts {
  /** Throws an AppError unless he could give the role by hand. A role that is gone is nobody's matter. */
  authorise(guildId: string, author: Author, roleId: string): void;
  newId: () => string;
}

type GuildRun = Run & { guildId: string };
type OnProgress = ((progress: RunProgress) => void) | undefined;
/** What people do with runs: decide about what is held, call a run off, take back what one did. */
export function createRunControl(parts: RunControlParts) {
  const { runs, running, now, signal } = parts;
  const carryOut = createCarryOut(parts);
  /** One approval and one undo a guild at a time. */
  const turns = createTurns();

  async function find(guildId: string, runId: string): Promise<GuildRun> {
    const run = await runs.find(runId);
    if (run?.guildId !== guildId) throw notFound();
    return { ...run, guildId };
  }

  /** What is held. Nobody decides about roles that he could not take by hand. */
  async function mayDecide(guildId: string, runId: string, author: Author): Promise<Change[]> {
    await find(guildId, runId);
    const held = (await runs.allOf(runId)).filter(({ outcome }) => outcome === 'held');
    for (const roleId of new Set(held.map((change) => change.roleId))) parts.authorise(guildId, author, roleId);
    return held;
  }

  /** Nobody decides about it (any more); what ended it by itself is among its errors. */
  async function notHeld(runId: string): Promise<AppError> {
    const run = await runs.find(runId);
    if (!run) return notFound();
    const decision = decisionOf(run);
    const why = decision === 'none' && run.status === 'cancelled' ? run.errors : [];
    return new AppError('run_not_held', [NOT_HELD[decision], ...why].join(' '));
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
    if (!run) throw await notHeld(runId);
    const done = turns.alone(`${guildId}:approval`, async () => {
      try {
        return await carryOut.approval({ ...run, guildId }, false, onProgress);
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
    const applied = (await runs.allOf(runId)).filter(isUndoable);
    const undo = await runs.undoOf(runId);
    const hindrance = hindersUndo(status, undo, applied.length);
    if (hindrance) throw new AppError('run_not_undoable', NOT_UNDOABLE[hindrance](undo?.id));
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
    return carryOut.undo(guildId, undone, run, actor, onProgress);
  }

  /** Calls off what is left of a whole run: what waits never begins, what is under way stops. */
  async function cancelWhole(runId: string, actor: string): Promise<void> {
    const under = (await runs.partsOf(runId)).filter(({ status }) => UNDER_WAY.includes(status));
    if (under.length === 0) throw notRunning();
    await runs.cancelWaitingParts(runId, now());
    for (const { id, guildId } of under) if (guildId !== null) running.cancel(guildId, id, actor);
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
      if (approval === 'grown') throw await notHeld(runId);
      return approval.done;
    },

    async discard(guildId, runId, author) {
      await mayDecide(guildId, runId, author);
      const patch = { status: 'cancelled', decidedBy: author.discordId, completedAt: now() } as const;
      const run = await runs.update(runId, patch, 'held');
      if (!run) throw await notHeld(runId);
      await runs.settleOpen(runId, 'held', 'cancelled', now());
      return run;
    },

    async cancel(guildId, runId, actor) {
      const run = await runs.find(runId);
      if (run?.guildId !== guildId) throw notFound();
      if (guildId === null) return cancelWhole(runId, actor);
      if (running.cancel(guildId, runId, actor)) return;
      const patch: RunPatch = { status: 'cancelled', errors: [CANCELLED], completedAt: now() };
      if (!(await runs.update(runId, patch, 'pending'))) throw notRunning(run);
    },

    undo: async (guildId, runId, author, onProgress) => (await startUndo(guildId, runId, author, onProgress)).done,
  };

  return {
    runs: { ...control, ...createRunFigures(parts) },

    /** Goes on with an approval or an undo that was cut short. */
    async goOn(run: GuildRun): Promise<void> {
      if (run.undoOf === null) {
        await turns.alone(`${run.guildId}:approval`, () => carryOut.approval(run, true));
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

const NOT_UNDOABLE: Readonly<Record<NonNullable<ReturnType<typeof hindersUndo>>, (undoId?: string) => string>> = {
  held: () => 'This run has removed nothing yet: it waits for a word. Discard it instead.',
  under_way: () => 'This run is still under way. Cancel it first.',
  being_undone: (undoId) => `Run ${undoId} is undoing this one already.`,
  undone: (undoId) => `This run was undone already, by run ${undoId}.`,
  nothing: () => 'This run changed nothing that can be undone.',
};

const NOT_HELD: Readonly<Record<ReturnType<typeof decisionOf>, string>> = {
  waits: 'More removals have joined since. Look at the run once more.',
  approved: 'Somebody has approved these removals already.',
  discarded: 'Somebody has discarded these removals already: the roles stay.',
  none: 'Nothing in this run waits for a word.',
};

function notFound(): AppError {
  return new AppError('run_not_found', 'There is no such run.');
}

function notRunning(run?: Run): AppError {
  const held = 'This run waits for a word about its removals, so there is nothing to cancel. Discard it instead.';
  return new AppError('run_not_running', run?.status === 'held' ? held : 'This run is not under way any more.');
}
