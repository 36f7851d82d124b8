import pRetry from 'p-retry';
import type { Member } from '../core/guild.ts';
import { ledgerSteps } from '../core/ledger.ts';
import { recordsBlocked, type Trigger } from '../core/occasion.ts';
import { planMember, type GuildRules, type MemberPlan, type MemberView } from '../core/plan.ts';
import { needsFreshLook, planWrite, type SeenIn, type Write } from '../core/write.ts';
import type { GrantStore } from '../db/grant-store.ts';
import type { LinkStore } from '../db/link-store.ts';
import type { OpenRun } from './open-run.ts';
import type { FactLoader, GuildReader, RoleWriter, WriteAnswer } from './ports.ts';
import { UNREACHABLE, type ChangeResult } from './results.ts';
import { createUnanswered, type Unanswered } from './unanswered.ts';

/** How a write that failed in passing is tried again: the first pause is `baseMs`, then it doubles, with jitter. */
export interface Retry {
  retries: number;
  baseMs: number;
}

export interface ConvergeParts {
  guilds: Pick<GuildReader, 'fetchMember'>;
  writer: RoleWriter;
  facts: FactLoader;
  links: Pick<LinkStore, 'find'>;
  grants: GrantStore;
  now: () => Date;
  retry: Retry;
  /** Aborts the pauses between tries when Rolewright stops. */
  signal: AbortSignal;
}

/** One member to look at. `sighting` is a state of his that somebody has just seen; without it he is read. */
export interface Target {
  discordId: string;
  sighting: { member: Member; seenIn: SeenIn } | null;
  isRejoin: boolean;
}

export interface Converged {
  state: 'synced' | 'not_in_guild' | 'guild_unavailable';
  plan: MemberPlan | null;
  changes: ChangeResult[];
  /** What went wrong, in words; null when nothing did. */
  error: string | null;
}

/** The guild's rules as they are now; null where the bot is not, or while Discord keeps the guild unavailable. */
type Load = () => Promise<GuildRules | null>;

interface Decision {
  rules: GuildRules;
  view: MemberView;
  plan: MemberPlan;
}

/**
 * Makes one member agree with the decision: look, plan, write at most once, note what became of it. The caller makes
 * sure that nobody else writes this member meanwhile. Throws when Discord or the database could not be read.
 */
export function createConverge(parts: ConvergeParts) {
  async function decide(load: Load, member: Member, isRejoin: boolean): Promise<Decision | null> {
    const link = await parts.links.find(member.discordId);
    const facts = link
      ? ((await parts.facts.factsOf([link.accountId], parts.now(), { maxAgeMs: 0 })).get(link.accountId) ?? new Map())
      : null;
    const rules = await load();
    if (!rules) return null;
    const grants = await parts.grants.ofMember(rules.guild.id, member.discordId);
    const view: MemberView = { member, facts, grants, isRejoin };
    return { rules, view, plan: planMember(rules, view, parts.now()) };
  }

  /**
   * Decides on the state that was seen, or on a fresh one where the seen one is not good enough for what is to be done.
   * The rules are loaded after everything that Discord is asked for, so that none of them is older than the decision.
   */
  async function look(
    guildId: string,
    load: Load,
    { discordId, sighting, isRejoin }: Target,
  ): Promise<Decision | 'not_in_guild' | 'guild_unavailable'> {
    if (sighting) {
      const decision = await decide(load, sighting.member, isRejoin);
      if (!decision || !needsFreshLook(decision.plan, sighting.seenIn)) return decision ?? 'guild_unavailable';
    }
    const member = await parts.guilds.fetchMember(guildId, discordId);
    return member ? ((await decide(load, member, isRejoin)) ?? 'guild_unavailable') : 'not_in_guild';
  }

  async function send(guildId: string, discordId: string, write: Write, reason: string): Promise<WriteAnswer> {
    switch (write.call) {
      case 'none':
        return { outcome: 'applied' };
      case 'put':
        return parts.writer.addRole(guildId, discordId, write.roleId, reason);
      case 'delete':
        return parts.writer.removeRole(guildId, discordId, write.roleId, reason);
      case 'patch':
        return parts.writer.setRoles(guildId, discordId, write.roleIds, reason);
    }
  }

  async function tryOnce(
    guildId: string,
    load: Load,
    target: Target,
    run: OpenRun,
    unanswered: Unanswered,
  ): Promise<Converged> {
    const decision = await look(guildId, load, target);
    if (decision === 'not_in_guild') return nothingTo(decision, null);
    if (decision === 'guild_unavailable') return nothingTo(decision, UNREACHABLE);
    const { view, plan } = decision;
    const { discordId } = target;
    const late = unanswered.seenDone(view.member);
    const write = planWrite(plan.changes, view.member.roleIds);
    const steps = ledgerSteps(guildId, view, plan, run.id, parts.now());
    if (steps.before.save.length > 0) await parts.grants.save(steps.before.save);
    if (steps.before.forget.length > 0) await parts.grants.forget(guildId, discordId, steps.before.forget);
    if (write.call !== 'none') await run.begin();
    const answer = await send(guildId, discordId, write, auditReason(plan, run.id));
    const isDone = answer.outcome === 'applied';
    const forget = isDone ? steps.ifApplied.forget : isRefused(answer) ? steps.ifRefused.forget : [];
    if (isDone && steps.ifApplied.renew.length > 0) await parts.grants.renew(steps.ifApplied.renew);
    if (forget.length > 0) await parts.grants.forget(guildId, discordId, forget);
    const made = plan.changes.map((change) => ({ ...change, outcome: answer.outcome }));
    const converged: Converged = {
      state: 'synced',
      plan,
      changes: [...late, ...made, ...blockedOf(plan)],
      error: answer.outcome === 'applied' || answer.outcome === 'member_left' ? null : refusalWords(answer),
    };
    if (answer.outcome === 'failed' && answer.isPassing) {
      unanswered.note(made);
      throw new PassingFailure(converged);
    }
    return converged;
  }

  async function converge(
    guildId: string,
    load: Load,
    target: Target,
    run: OpenRun,
    trigger: Trigger,
  ): Promise<Converged> {
    let next = target;
    const unanswered = createUnanswered();
    const converged = await pRetry(
      () => {
        const now = next;
        next = { ...target, sighting: null };
        return tryOnce(guildId, load, now, run, unanswered);
      },
      {
        retries: parts.retry.retries,
        minTimeout: parts.retry.baseMs,
        randomize: true,
        signal: parts.signal,
        shouldRetry: ({ error }) => error instanceof PassingFailure,
      },
    ).catch(async (error: unknown) => {
      if (error instanceof PassingFailure) return error.converged;
      await run.record(target.discordId, unanswered.all());
      throw error;
    });
    await run.record(target.discordId, worthRecording(converged.changes, trigger));
    return converged;
  }

  return { converge, look };
}

export type Look = ReturnType<typeof createConverge>['look'];

/** A write that may work in a moment; it carries what stands if it never does. */
class PassingFailure extends Error {
  readonly converged: Converged;

  constructor(converged: Converged) {
    super(converged.error ?? 'Discord did not answer');
    this.converged = converged;
  }
}

export function nothingTo(state: Converged['state'], error: string | null): Converged {
  return { state, plan: null, changes: [], error };
}

function blockedOf(plan: MemberPlan): ChangeResult[] {
  return plan.blocked.map(({ block, ...change }): ChangeResult => ({ ...change, outcome: `blocked:${block}` }));
}

function worthRecording(changes: ChangeResult[], trigger: Trigger): ChangeResult[] {
  return recordsBlocked(trigger) ? changes : changes.filter(({ outcome }) => !outcome.startsWith('blocked:'));
}

/** Whether the write was surely not done. One whose answer was lost may have been: its grant stands until the next look. */
function isRefused(answer: WriteAnswer): boolean {
  return answer.outcome === 'failed' ? !answer.isPassing : answer.outcome !== 'applied';
}

/** What Discord's refusal means, and what to do about it. */
function refusalWords({ outcome, detail }: Exclude<WriteAnswer, { outcome: 'applied' }>): string {
  const said = `Discord did not take the change (${detail}).`;
  return outcome === 'failed' ? `${said} Rolewright tries again at the next sync.` : `${said} Run /doctor.`;
}

/** For the guild's audit log: at most 512 characters. */
function auditReason({ changes }: MemberPlan, runId: string): string {
  const reasons = [...new Set(changes.map(({ reason }) => reason.replaceAll('_', ' ')))];
  return `Rolewright run ${runId}: ${reasons.join(', ')}`;
}
