import type { Member } from '../core/guild.ts';
import { planMember, type GuildRules, type MemberPlan, type MemberView } from '../core/plan.ts';
import { needsFreshLook, needsSecondLook, type SeenIn, type ShownWrite } from '../core/write.ts';
import type { GrantStore } from '../db/grant-store.ts';
import type { LinkStore } from '../db/link-store.ts';
import type { RunStore } from '../db/run-store.ts';
import type { SuppressionStore } from '../db/suppression-store.ts';
import type { FactLoader, GuildReader } from './ports.ts';
import { onlyRoles } from './narrow.ts';
import type { RefusedNicks } from './refused-nicks.ts';
import type { LoadedRules } from './rules.ts';
import type { TakeSlot } from './take-slot.ts';
import type { Urgency } from './urgency.ts';

/** A state of a member that somebody has seen. */
export interface Sighting {
  member: Member;
  seenIn: SeenIn;
  at: Date;
}

/** One member to look at. Without a sighting he is read. */
export interface Target {
  discordId: string;
  sighting: Sighting | null;
  /** He has just come back. */
  isRejoin: boolean;
  /** An admin syncs this very member: nothing of his is left as it is any more. */
  isAsked: boolean;
  /** But these roles, which that admin could not give or take by hand. */
  beyondAsker?: readonly string[];
  /** What our own last write to him showed a moment ago. */
  shown?: ShownWrite | null;
  /** Only this role; his name and all else wait. */
  only?: string;
  /** Only these roles are looked at, in the whole sync; null: all. */
  roleIds?: ReadonlySet<string> | null;
  /** Notes what an earlier write turns out to have done, before anything is decided on it. */
  settle?: (member: Member) => Promise<void>;
  /** Another plan than what the mappings say. */
  instead?: (view: MemberView, rules: GuildRules) => Promise<MemberPlan>;
}

/** Two requests for one member as one: what either asker may lift is lifted. */
export function askedByBoth(a: Target, b: Target): Pick<Target, 'isAsked' | 'beyondAsker'> {
  const beyond = [a, b].flatMap(({ isAsked, beyondAsker = [] }) => (isAsked ? [beyondAsker] : []));
  const [first = [], second = first] = beyond;
  return { isAsked: beyond.length > 0, beyondAsker: first.filter((roleId) => second.includes(roleId)) };
}

/** What is to be done about one member, and what that rests on. */
export interface Decision extends LoadedRules {
  view: MemberView;
  plan: MemberPlan;
  /** When the member was seen so. */
  seenAt: Date;
  /** Read from Discord for this decision, not told by somebody. */
  isFresh: boolean;
}

export type NoDecision = 'not_in_guild' | 'guild_unavailable';

/** The guild's rules as they are now; null where the bot is not, or while Discord keeps the guild unavailable. */
export type Load = () => Promise<LoadedRules | null>;

/** Who wants to know: in which lane he waits for his look, and how old facts may be. */
export interface Asker {
  urgency: Urgency;
  factsMaxAgeMs: number;
  signal: AbortSignal;
}

export interface DecideParts {
  takeSlot: TakeSlot;
  guilds: Pick<GuildReader, 'fetchMember'>;
  facts: FactLoader;
  links: Pick<LinkStore, 'find'>;
  grants: Pick<GrantStore, 'ofMember'>;
  suppressions: Pick<SuppressionStore, 'ofMember'>;
  runs: Pick<RunStore, 'flipsSince'>;
  refusedNicks: Pick<RefusedNicks, 'has'>;
  now: () => Date;
}

/** What a role has been through is looked back on for so long (SPEC section 3, stop-fighting). */
const FLIPS_MS = 10 * 60_000;

/** Looks at one member and decides. Throws when Discord or the database could not be read. */
export function createDecide(parts: DecideParts) {
  async function decide(
    load: Load,
    { member, at }: Pick<Sighting, 'member' | 'at'>,
    { isRejoin, isAsked, beyondAsker = [], only, roleIds = null, settle, instead }: Target,
    { maxAgeMs, isFresh }: { maxAgeMs: number; isFresh: boolean },
  ): Promise<Decision | 'guild_unavailable'> {
    const { discordId } = member;
    const link = await parts.links.find(discordId);
    const facts = link
      ? ((await parts.facts.factsOf([link.accountId], parts.now(), { maxAgeMs })).get(link.accountId) ?? new Map())
      : null;
    // After everything that others are asked for, so that no rule is older than the decision.
    const loaded = await load();
    if (!loaded) return 'guild_unavailable';
    const guildId = loaded.rules.guild.id;
    if (isFresh) await settle?.(member);
    const grants = await parts.grants.ofMember(guildId, discordId);
    const suppressed = await parts.suppressions.ofMember(guildId, discordId);
    const flips = await parts.runs.flipsSince(guildId, discordId, new Date(parts.now().getTime() - FLIPS_MS));
    const view: MemberView = { member, facts, grants, isRejoin, suppressed, flips, isAsked, beyondAsker };
    const whole =
      (await instead?.(view, loaded.rules)) ?? onlyRoles(planMember(loaded.rules, view, parts.now()), roleIds);
    const isRefused = whole.nick !== null && parts.refusedNicks.has(guildId, discordId, whole.nick);
    const plan = only === undefined ? whole : { ...whole, changes: whole.changes.filter((one) => one.roleId === only) };
    const nick = only !== undefined || isRefused ? null : plan.nick;
    return { ...loaded, view, plan: { ...plan, nick }, seenAt: at, isFresh };
  }

  async function lookOnce(guildId: string, load: Load, target: Target, asker: Asker): Promise<Decision | NoDecision> {
    const slot = await parts.takeSlot({ guildId, ...asker }, ['look']);
    const at = parts.now();
    const member = await parts.guilds.fetchMember(guildId, target.discordId).finally(() => slot.end(true));
    const maxAgeMs = asker.factsMaxAgeMs;
    return member ? decide(load, { member, at }, target, { maxAgeMs, isFresh: true }) : 'not_in_guild';
  }

  /** Reads the member and decides on that; twice, if it seems that Discord answered with an old state of his. */
  async function lookAfresh(guildId: string, load: Load, target: Target, asker: Asker): Promise<Decision | NoDecision> {
    const { sighting, shown = null } = target;
    const first = await lookOnce(guildId, load, target, asker);
    if (first === 'guild_unavailable') return first;
    const seenBefore = sighting?.member.roleIds ?? null;
    const isDoubtful =
      first === 'not_in_guild'
        ? seenBefore !== null || shown !== null
        : needsSecondLook(first.plan, first.view.member.roleIds, { seenBefore, shown });
    return isDoubtful ? lookOnce(guildId, load, target, askedAlready(asker)) : first;
  }

  /** Decides on the state that was seen, or on a fresh one where the seen one is not good enough for what is to be done. */
  async function look(guildId: string, load: Load, target: Target, asker: Asker): Promise<Decision | NoDecision> {
    const { sighting } = target;
    if (!sighting) return lookAfresh(guildId, load, target, asker);
    const decision = await decide(load, sighting, target, { maxAgeMs: asker.factsMaxAgeMs, isFresh: false });
    if (decision === 'guild_unavailable') return decision;
    const ageMs = parts.now().getTime() - sighting.at.getTime();
    const isGoodEnough = !needsFreshLook(decision.plan, { seenIn: sighting.seenIn, ageMs });
    return isGoodEnough ? decision : lookAfresh(guildId, load, target, askedAlready(asker));
  }

  /** The same member by the facts and rules of now. */
  const decideAgain = (load: Load, { view, seenAt, isFresh }: Decision, target: Target, asker: Asker) =>
    decide(load, { member: view.member, at: seenAt }, target, { maxAgeMs: askedAlready(asker).factsMaxAgeMs, isFresh });

  return { look, lookAfresh, decideAgain };
}

/** So long is what was just seen still what is. */
export const JUST_NOW_MS = 2_000;

/** Facts that were asked for a moment ago need not be asked for again. */
export function askedAlready<A extends Asker>(asker: A): A {
  return { ...asker, factsMaxAgeMs: Math.max(asker.factsMaxAgeMs, JUST_NOW_MS) };
}

export type Decide = ReturnType<typeof createDecide>;
