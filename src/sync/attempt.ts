import type { Member } from '../core/guild.ts';
import type { GuardedChange } from '../core/guard.ts';
import type { MemberPlan, PlannedChange } from '../core/plan.ts';
import type { GrantStore } from '../db/grant-store.ts';
import type { SuppressionStore } from '../db/suppression-store.ts';
import { isRefused, LOST, outcomeOf, refusalWords } from './answers.ts';
import type { Attributions } from './attributions.ts';
import type { Decision, Load, Target } from './decide.ts';
import type { Health } from './health.ts';
import type { Slot } from './lanes.ts';
import type { AuditChannel } from './notices.ts';
import { changeKey, type Intended, type OpenRun } from './open-run.ts';
import { resultOf, type AskPermit } from './permit.ts';
import type { Prepare } from './prepare.ts';
import type { PutBack } from './put-back.ts';
import type { RefusedNicks } from './refused-nicks.ts';
import { UNREACHABLE, type Cause, type ChangeResult } from './results.ts';
import type { Unanswered } from './unanswered.ts';
import type { Urgency } from './urgency.ts';
import type { Witness } from './witness.ts';
import type { WriteMember } from './write-member.ts';

/** One member to be made agree, within a run. */
export interface Job {
  guildId: string;
  target: Target;
  run: OpenRun;
  cause: Cause;
  urgency: Urgency;
  /** Facts that old will do. */
  factsMaxAgeMs: number;
  /** See PermitRequest. */
  isAdmitted: ((change: GuardedChange) => boolean) | null;
  signal: AbortSignal;
}

/** What one try leaves to the next. */
export interface Memory {
  unanswered: Unanswered;
  /** What was being put back when Rolewright stopped. */
  putBacks: Intended[];
  /** What was put back. */
  restored: ChangeResult[];
  /** Changes that took a place of the blast-radius guard's, by key. */
  places: Map<string, Intended>;
  /** Changes that Discord may have made, by key. */
  sent: Set<string>;
  /** When the last write was answered, and seen or not. */
  writtenAt: Date | null;
  /** Discord refused a whole list once because of one role in it. */
  isListRefused: boolean;
}

export interface Converged {
  state: 'synced' | 'not_in_guild' | 'guild_unavailable' | 'paused';
  plan: MemberPlan | null;
  changes: ChangeResult[];
  /** What went wrong, in words; null when nothing did. */
  error: string | null;
}

export interface AttemptParts {
  prepare: Prepare;
  permit: AskPermit;
  write: WriteMember;
  grants: Pick<GrantStore, 'forget'>;
  suppressions: SuppressionStore;
  health: Pick<Health, 'refusal'>;
  witness: Pick<Witness, 'watch'>;
  attributions: Attributions;
  audit: AuditChannel;
  putBack: PutBack;
  refusedNicks: RefusedNicks;
  now: () => Date;
}

/** One try to make a member agree: look, plan, ask the guard, write at most once, see it done. */
export function createAttempt(parts: AttemptParts) {
  /** Roles that are left alone from now on, or no more; admins hear of those that somebody took away. */
  async function noteRestraints(
    { guildId, target: { discordId } }: Job,
    { lift, restrain }: MemberPlan,
  ): Promise<void> {
    if (lift.length > 0) await parts.suppressions.clear(guildId, discordId, lift);
    for (const { roleId, because } of restrain) {
      const changedBy = parts.attributions.who(guildId, discordId, roleId, 'removed');
      const reason = because === 'fight' || because === 'undo' ? because : 'drift';
      await parts.suppressions.save([{ guildId, discordId, roleId, reason, changedBy, since: parts.now() }]);
      if (because !== 'undo') await parts.audit.tell(guildId, { kind: 'drift', discordId, roleId, changedBy, because });
    }
  }

  async function attempt(job: Job, load: Load, target: Target, memory: Memory): Promise<Converged> {
    const { guildId, run } = job;
    const { discordId } = target;
    const { unanswered, places, sent, restored } = memory;
    const watch = parts.witness.watch(guildId, discordId);
    let onLate: ((states: readonly Member[]) => void) | undefined;
    let slot: Slot | null = null;
    try {
      const ready = await parts.prepare(job, load, target, watch);
      if (ready === 'not_in_guild') {
        return nothingTo(
          ready,
          null,
          run.open(discordId).map((change) => resultOf(change, 'member_left')),
        );
      }
      if (ready === 'guild_unavailable') return nothingTo(ready, UNREACHABLE);
      const { decision } = ready;
      const { view, plan } = decision;
      slot = ready.slot;
      await settle(unanswered, guildId, view.member);
      const late = unanswered.seenDone(view.member);
      const cutShort = memory.putBacks.splice(0).flatMap((change) => undone(change, decision));
      const refusal = slot && parts.health.refusal(guildId);
      if (refusal !== null) return { state: 'paused', plan, changes: late, error: refusal };
      const { go, reserved, results } = await parts.permit({ ...job, discordId, places }, decision);
      for (const change of reserved) places.set(changeKey(change), change);
      await noteRestraints(job, plan);
      const isWrite = slot !== null;
      const { answer, isSeen, written } = await parts
        .write(job.run, decision, { ...plan, changes: go }, slot, watch)
        .finally(() => {
          slot?.end(false);
          slot = null;
          if (isWrite) memory.writtenAt = parts.now();
        });
      for (const change of go) {
        const key = changeKey({ ...change, discordId });
        if (isRefused(answer)) sent.delete(key);
        else sent.add(key);
      }
      // What could not be undone is not left alone either.
      const spared = plan.restrain.flatMap(({ roleId, because }) => (because === 'undo' ? [roleId] : []));
      if (spared.length > 0 && isRefused(answer)) await parts.suppressions.clear(guildId, discordId, spared);
      const outcome = outcomeOf(answer, isSeen);
      const made = go.map((change) => resultOf(change, outcome, editorOf(guildId, discordId, change)));
      restored.push(...(await parts.putBack.goOn({ guildId, discordId }, cutShort, run)));
      if (written) {
        const { seenAt, rules } = decision;
        const list = { guildId, discordId, base: view.member.roleIds, written, readAt: seenAt, guild: rules.guild };
        restored.push(...(await parts.putBack.now(list, watch.states, run)));
        onLate = parts.putBack.late(list, watch.states);
      }
      const changes = [...late, ...made, ...results, ...restored, ...blockedOf(plan)];
      const converged: Converged = {
        state: 'synced',
        plan,
        changes: [...changes, ...(target.only === undefined ? closing(run, view.member, changes) : [])],
        error: answer.outcome === 'applied' || answer.outcome === 'member_left' ? null : refusalWords(answer),
      };
      // A list that names a role that is gone is refused as a whole; the next look knows better.
      const isStaleList = answer.outcome === 'role_gone' && go.length > 1 && !memory.isListRefused;
      memory.isListRefused ||= isStaleList;
      if (isStaleList) throw new PassingFailure(converged);
      // One part that Discord refuses takes the others down with it: they are sent apart.
      const isApart = isRefused(answer) && answer.outcome !== 'member_left' && answer.outcome !== 'guild_gone';
      if (isApart && plan.nick !== null) parts.refusedNicks.note(guildId, discordId, plan.nick);
      if (isApart && go.length + Number(plan.nick !== null) > 1) throw new PartRefused(go, converged);
      if (outcome === 'lost' || (answer.outcome === 'failed' && answer.isPassing)) {
        unanswered.note(made);
        throw new PassingFailure(outcome === 'lost' ? { ...converged, error: LOST } : converged);
      }
      return converged;
    } finally {
      slot?.end(false);
      watch.end(onLate);
    }
  }

  /** A role that a lost answer had taken is off the ledger: it is not drifting if it is wanted again. */
  async function settle(unanswered: Unanswered, guildId: string, member: Member): Promise<void> {
    const taken = unanswered.takenFrom(member);
    if (taken.length > 0) await parts.grants.forget(guildId, member.discordId, taken);
  }

  /** Whose edit the change answers to; null: nobody's, or not known. */
  function editorOf(guildId: string, discordId: string, { reason, roleId }: PlannedChange): string | null {
    const did = reason === 'drift_reverted' ? 'removed' : reason === 'foreign_removed' ? 'added' : null;
    return did && parts.attributions.who(guildId, discordId, roleId, did);
  }

  return { attempt, settle };
}

/** A write that may work in a moment; it carries what stands if it never does. */
export class PassingFailure extends Error {
  readonly converged: Converged;

  constructor(converged: Converged) {
    super(converged.error ?? 'Discord did not answer');
    this.converged = converged;
  }
}

/** Discord refused a call with several parts; one of them may be why. */
export class PartRefused extends Error {
  readonly roleIds: readonly string[];

  constructor(changes: readonly PlannedChange[], { error }: Converged) {
    super(error ?? 'Discord refused');
    this.roleIds = changes.map(({ roleId }) => roleId);
  }
}

export function nothingTo(
  state: Converged['state'],
  error: string | null,
  changes: readonly ChangeResult[] = [],
): Converged {
  return { state, plan: null, changes: [...changes], error };
}

function blockedOf(plan: MemberPlan): ChangeResult[] {
  return plan.blocked.map(({ block, ...change }): ChangeResult => ({ ...change, outcome: `blocked:${block}` }));
}

/** What the run had set out to do and needs no more: it is so already, or it is not wanted any longer. */
function closing(run: OpenRun, { discordId, roleIds }: Member, told: readonly ChangeResult[]): ChangeResult[] {
  return run
    .open(discordId)
    .filter((one) => !told.some(({ action, roleId }) => action === one.action && roleId === one.roleId))
    .map((one) => resultOf(one, roleIds.has(one.roleId) === (one.action === 'add') ? 'already' : 'cancelled'));
}

/** The change, if it is neither so already nor about to be made by the plan. */
function undone({ action, roleId, reason, mappingIds }: Intended, { view, plan }: Decision): PlannedChange[] {
  const isSo = view.member.roleIds.has(roleId) === (action === 'add');
  const isPlanned = plan.changes.some((change) => change.roleId === roleId);
  return isSo || isPlanned ? [] : [{ action, roleId, reason, mappingIds: [...mappingIds] }];
}
