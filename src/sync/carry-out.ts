import type { Logger } from 'pino';
import { planMember } from '../core/plan.ts';
import { planUndo, undoPlan, type UndoStep } from '../core/undo.ts';
import type { Change, Run, RunStore } from '../db/run-store.ts';
import type { Converged, Job } from './attempt.ts';
import type { Target } from './decide.ts';
import { CANCELLED, STOPPED, UNREADABLE } from './guild-run.ts';
import { changeKey, reopenRun, type OpenRun } from './open-run.ts';
import { emptyProgress, type Cause, type ChangeResult, type RunProgress } from './results.ts';
import type { Running } from './running.ts';
import { createUrgency } from './urgency.ts';
import { RunEnded, workThrough, type Work } from './work-through.ts';

export interface CarryOutParts {
  runs: RunStore;
  running: Running;
  /** Makes one member agree with what `instead` says, with nobody else writing him meanwhile. */
  askMember(job: Job): Promise<Converged>;
  now: () => Date;
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

/** Does what people decided: an approval, an undo; what a crash cut short as well. */
export function createCarryOut(parts: CarryOutParts) {
  const { runs, running, now, signal } = parts;

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

  async function approval(run: GuildRun, wasCutShort: boolean, onProgress?: OnProgress): Promise<RunProgress> {
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

  async function undo(
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
  async function leftToUndo(undone: string, by: OpenRun): Promise<Change[]> {
    const applied = (await runs.allOf(undone)).filter(isUndoable);
    const made = Map.groupBy(await runs.allOf(by.id), ({ discordId }) => discordId);
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

  return { approval, undo };
}

/** So far back does undo look for what changed a role since. */
const LOOK_BACK = 50;

const WHY: Readonly<Record<string, string>> = {
  member_left: 'the member left',
  changed_since: 'the role was changed since',
  already_so: 'the role is as it was before',
};

/** What was put back is what others had done: it was never the run's own doing. */
export function isUndoable({ outcome, reason }: Change): boolean {
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
