import type { Logger } from 'pino';
import { mendOf } from '../core/doctor.ts';
import type { GuardedChange } from '../core/guard.ts';
import { bucketsFor } from '../core/write.ts';
import type { GuildStore } from '../db/guild-store.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import type { RunStore } from '../db/run-store.ts';
import { createAdmission, type Reading } from './admission.ts';
import type { Sighting } from './decide.ts';
import type { Gate } from './gate.ts';
import type { Guard } from './guard.ts';
import type { Holds } from './holds.ts';
import type { Asked } from './member-sync.ts';
import { onlyRoles } from './narrow.ts';
import { changeKey, type Intended, type OpenRun } from './open-run.ts';
import { needsWork, planGuild, type PlanGuildParts, type PlannedMember } from './plan-guild.ts';
import { emptyProgress, type Cause, type RunProgress } from './results.ts';
import type { LoadedRules } from './rules.ts';
import { RunEnded, workThrough, type Work } from './work-through.ts';

export interface GuildRunParts extends PlanGuildParts {
  mappings: Pick<MappingStore, 'noteSynced'>;
  settings: Pick<GuildStore, 'noteFullSync'>;
  runs: Pick<RunStore, 'sumsOf' | 'settleOpen' | 'record'>;
  guard: Guard;
  holds: Holds;
  /** So many guilds are read at once: after a start all of them want to be. */
  reading: Gate;
  log: Logger;
  /** Ends the grants of somebody whom Discord did not list, if he really left. */
  left(guildId: string, discordId: string): Promise<void>;
  /** Makes one member agree, with nobody else writing him meanwhile. Without a sighting he is read. */
  convergeMember(request: {
    guildId: string;
    discordId: string;
    sighting: Sighting | null;
    /** Only these roles; null: all. */
    roleIds: ReadonlySet<string> | null;
    run: OpenRun;
    cause: Cause;
    isAdmitted: (change: GuardedChange) => boolean;
    signal: AbortSignal;
  }): Promise<Asked>;
}

export interface GuildRunRequest {
  loaded: LoadedRules;
  /** Only these roles are looked at; null: all. */
  only: ReadonlySet<string> | null;
  run: OpenRun;
  cause: Cause;
  tell: (progress: RunProgress) => void;
  /** Aborts when somebody cancels the run; `isStopping` tells that apart from Rolewright's own end. */
  signal: AbortSignal;
  isStopping: () => boolean;
}

/** A sync of a whole guild: read and plan every member, ask the guard, then write those who differ. A run that fails says so and does not throw. */
export function createGuildRun(parts: GuildRunParts) {
  const admit = createAdmission(parts);

  async function readMembers({ loaded, only, run, signal }: GuildRunRequest, progress: RunProgress): Promise<Reading> {
    const pages = planGuild(parts, loaded.rules);
    const work: PlannedMember[] = [];
    const undecided = new Set<string>();
    const reopened = new Set(run.openMembers());
    const absent: string[] = [];
    let total = 0;
    for (;;) {
      signal.throwIfAborted();
      const page = await pages.next();
      if (page.done) {
        if (total === 0) throw new Error('Discord listed no member at all, and the bot is one');
        absent.push(...page.value);
        break;
      }
      total += page.value.length;
      for (const { member, plan: whole, at } of page.value) {
        const plan = onlyRoles(whole, only);
        progress.blocked += plan.blocked.length;
        for (const { because, roleId } of plan.kept)
          if (because === 'unknown') undecided.add(`${member.discordId}:${roleId}`);
        if (needsWork(plan) || reopened.has(member.discordId)) work.push({ member, plan, at });
        else progress.usersProcessed += 1;
      }
    }
    progress.usersTotal = total;
    return { work, undecided, absent };
  }

  /** Ends the grants of those who left. Whoever cannot be read is looked at again by the next run. */
  async function seeOff(guildId: string, absent: readonly string[], signal: AbortSignal): Promise<void> {
    for (const discordId of absent) {
      if (signal.aborted) return;
      await parts.left(guildId, discordId).catch((err: unknown) => {
        parts.log.warn({ err, guildId, discordId }, 'could not see whether the member left');
      });
    }
  }

  async function writeMembers(request: GuildRunRequest, reading: Reading, progress: RunProgress): Promise<void> {
    const reserved = new Map<string, Intended>();
    try {
      await writeAdmitted(request, reading, progress, reserved);
    } finally {
      const guildId = request.loaded.rules.guild.id;
      for (const change of reserved.values()) parts.guard.settle(guildId, change, false);
    }
  }

  async function writeAdmitted(
    request: GuildRunRequest,
    reading: Reading,
    progress: RunProgress,
    reserved: Map<string, Intended>,
  ): Promise<void> {
    const { loaded, run, cause, signal } = request;
    const guildId = loaded.rules.guild.id;
    const { admitted, held, deferred } = await admit(request, reading, reserved);
    progress.held = held.length;
    progress.deferred = deferred.length;
    const stopped = new Set([...held, ...deferred].map(changeKey));
    const isAdmitted = (change: GuardedChange) => admitted.has(changeKey(change));
    const work = reading.work.flatMap(({ member, plan, at }): Work[] => {
      const { discordId } = member;
      const changes = plan.changes.filter(
        ({ action, roleId }) => !stopped.has(changeKey({ discordId, action, roleId })),
      );
      const isWaiting = !needsWork({ ...plan, changes }) && run.open(discordId).length === 0;
      if (isWaiting) {
        progress.usersProcessed += 1;
        return [];
      }
      return [
        {
          discordId,
          isList: bucketsFor({ ...plan, changes }).length === 1,
          async converge() {
            const sighting = { member, seenIn: 'page', at } as const;
            const intended = [...run.open(discordId)];
            const converged = await parts.convergeMember({
              guildId,
              discordId,
              sighting,
              roleIds: request.only,
              run,
              cause,
              isAdmitted,
              signal,
            });
            for (const change of intended) settle(change, converged);
            // What was made in a run of its own, because somebody joined what waited here, counts there.
            return converged.madeBy === run.id ? converged : { ...converged, changes: [] };
          },
        },
      ];
    });
    const settle = (change: GuardedChange, { changes, madeBy }: Asked): void => {
      const isOurs = madeBy === run.id;
      const mayBeMade = isOurs && changes.some((made) => isSame(made, change) && MAYBE_MADE.has(made.outcome));
      if (reserved.delete(changeKey(change))) parts.guard.settle(guildId, change, mayBeMade);
    };
    await workThrough(work, { guildId, progress, tell: () => request.tell(progress), signal, log: parts.log });
  }

  return async function runGuild(request: GuildRunRequest): Promise<RunProgress> {
    const { loaded, run, cause, signal, tell } = request;
    const guildId = loaded.rules.guild.id;
    const progress: RunProgress = { ...emptyProgress(), runId: run.id };
    try {
      if (run.isBegun) Object.assign(progress, await parts.runs.sumsOf(run.id), { usersProcessed: 0 });
      if (!(await run.begin(cause))) return { ...progress, status: 'cancelled', errors: [CANCELLED] };
      tell(progress);
      const reading = await parts.reading.through(() => readMembers(request, progress));
      progress.errors.push(...blockedRoles(request));
      tell(progress);
      await writeMembers(request, reading, progress);
      await seeOff(guildId, reading.absent, signal);
      // What another sync of the same member has done meanwhile stands in that one's run.
      await parts.runs.settleOpen(run.id, null, 'already', parts.now());
      progress.status = 'completed';
      await noteDone(request, guildId);
    } catch (err) {
      if (request.isStopping()) return { ...progress, status: 'cancelled', errors: [...progress.errors, STOPPED] };
      progress.status = signal.aborted ? 'cancelled' : 'failed';
      if (progress.status === 'failed' && !(err instanceof RunEnded))
        parts.log.error({ err, guildId, runId: run.id }, 'guild sync failed');
      progress.errors.push(signal.aborted ? CANCELLED : err instanceof RunEnded ? err.message : UNREADABLE);
      await parts.runs.settleOpen(run.id, null, progress.status, parts.now());
    }
    await run.end(progress.status, progress);
    tell(progress);
    return progress;
  };

  async function noteDone({ loaded: { rules }, only }: GuildRunRequest, guildId: string): Promise<void> {
    const now = parts.now();
    if (!only) await parts.settings.noteFullSync(guildId, now);
    await parts.mappings.noteSynced(
      rules.mappings
        .filter(({ id, roleId }) => !rules.unusable.has(id) && !rules.blocks.has(roleId) && only?.has(roleId) !== false)
        .map(({ id }) => id),
      now,
    );
  }
}

export const STOPPED = 'Rolewright was stopped. It goes on with this run when it starts.';
export const CANCELLED = 'Somebody cancelled the run. What it had not done yet stays as it was.';
export const UNREADABLE = 'The members could not be read. Rolewright tries again at the next sync; its log says more.';

/** Mapped roles that the bot cannot write, one sentence each: what to mend. */
function blockedRoles({ loaded: { rules }, only }: GuildRunRequest): string[] {
  const named = new Map(rules.mappings.map(({ roleId, roleName }) => [roleId, roleName]));
  return [...rules.blocks].flatMap(([roleId, block]) => {
    const label = named.get(roleId);
    if (label === undefined || only?.has(roleId) === false) return [];
    return [mendOf(block, rules.guild.roles.get(roleId)?.name ?? label)];
  });
}

/** Only what was surely not done gives its place at the guard back. */
const MAYBE_MADE: ReadonlySet<string> = new Set(['applied', 'lost', 'failed']);

function isSame(a: Pick<GuardedChange, 'roleId' | 'action'>, b: Pick<GuardedChange, 'roleId' | 'action'>): boolean {
  return a.roleId === b.roleId && a.action === b.action;
}
