import type { Member } from '../core/guild.ts';
import { ledgerSteps } from '../core/ledger.ts';
import { planMember, type MemberPlan } from '../core/plan.ts';
import type { GrantStore } from '../db/grant-store.ts';
import type { LinkStore } from '../db/link-store.ts';
import type { OpenRun } from './open-run.ts';
import type { FactLoader, Outcome } from './ports.ts';
import type { ChangeResult } from './results.ts';
import type { LoadedRules } from './rules.ts';

/** Brings linked people into guilds, with their roles in the one call. Never throws for what Discord answered. */
export interface Joiner {
  join(
    guildId: string,
    discordId: string,
    wish: { roleIds: readonly string[]; nick: string | null; reason: string },
  ): Promise<
    | { outcome: 'joined' | 'already_member' }
    /** `isPassing`: nobody knows whether it was done. */
    | { outcome: string; detail: string; isPassing: boolean }
  >;
}

export interface AutoJoined {
  plan: MemberPlan;
  changes: ChangeResult[];
  error: string | null;
}

export interface AutoJoinParts {
  joiner: Joiner;
  facts: FactLoader;
  links: Pick<LinkStore, 'find'>;
  grants: GrantStore;
  now: () => Date;
}

/**
 * Brings somebody who is not there into a guild where a mapping gives him a role; null when none does, or when he may
 * not be brought. The caller makes sure that nobody else writes him meanwhile.
 */
export function createAutoJoin(parts: AutoJoinParts) {
  return async function autoJoin(
    { rules, settings }: LoadedRules,
    discordId: string,
    run: OpenRun,
  ): Promise<AutoJoined | null> {
    const link = await parts.links.find(discordId);
    if (!link || !settings.autoJoin || !link.scopes.includes('guilds.join')) return null;
    const facts = (await parts.facts.factsOf([link.accountId], parts.now(), { maxAgeMs: 0 })).get(link.accountId);
    const member: Member = {
      discordId,
      roleIds: new Set(),
      isBot: false,
      isPending: false,
      joinedAt: null,
      nick: null,
      name: link.globalName ?? link.username,
    };
    // What stands from before is over: he is not there.
    const view = { member, facts: facts ?? new Map(), grants: new Map() };
    const plan = planMember(rules, view, parts.now());
    if (plan.changes.length === 0) return null;
    const guildId = rules.guild.id;
    const steps = ledgerSteps(guildId, view, plan, run.id, parts.now());
    const ended = await parts.grants.saveNamed(steps.before.save);
    // A mapping ended this moment: what is left of the plan would be another one.
    if (ended.length > 0) {
      await parts.grants.forget(guildId, discordId, steps.ifRefused.forget);
      return null;
    }
    await run.attempt(plan.changes.map((change) => ({ ...change, discordId })));
    const answer = await parts.joiner.join(guildId, discordId, {
      roleIds: plan.changes.map(({ roleId }) => roleId),
      nick: plan.nick,
      reason: `Rolewright run ${run.id}: joined by link`,
    });
    if (!('detail' in answer)) {
      // Whoever came in by himself meanwhile gets what is his at the next look.
      const isIn = answer.outcome === 'joined';
      if (isIn) await parts.grants.renew(steps.ifApplied.renew);
      else await parts.grants.forget(guildId, discordId, steps.ifRefused.forget);
      return { plan, changes: withOutcome(plan, isIn ? 'applied' : 'cancelled'), error: null };
    }
    if (!answer.isPassing) await parts.grants.forget(guildId, discordId, steps.ifRefused.forget);
    const error = `Rolewright could not bring them into ${rules.guild.name}: ${answer.detail}.`;
    return { plan, changes: withOutcome(plan, refusalOf(answer)), error };
  };
}

function withOutcome(plan: MemberPlan, outcome: Outcome): ChangeResult[] {
  return plan.changes.map((change) => ({ ...change, outcome }));
}

function refusalOf({ outcome, isPassing }: { outcome: string; isPassing: boolean }): Outcome {
  if (outcome === 'guild_gone' || outcome === 'role_gone') return outcome;
  return isPassing || outcome === 'failed' ? 'failed' : 'forbidden';
}

export type AutoJoin = ReturnType<typeof createAutoJoin>;
