import type { Facts, SourceAnswer } from '../../src/core/facts.ts';
import type { Grant } from '../../src/core/grant.ts';
import type { Guild, Member, Role } from '../../src/core/guild.ts';
import { ledgerSteps } from '../../src/core/ledger.ts';
import { NO_CONDITIONS, type Conditions, type Mapping } from '../../src/core/mapping.ts';
import { type GuildRules, type MemberPlan, type MemberView, planMember } from '../../src/core/plan.ts';
import type { Suppression } from '../../src/core/suppression.ts';
import { rankMappings } from '../../src/core/verdict.ts';

export const NOW = new Date('2026-03-01T12:00:00Z');
export const GUILD_ID = '100000000000000000';
export const OWNER_ID = '200000000000000001';
export const DISCORD_ID = '200000000000000002';

/** That many seconds after NOW (before it, when negative). */
export function at(seconds: number): Date {
  return new Date(NOW.getTime() + seconds * 1000);
}

type MappingParts = Partial<Omit<Mapping, 'conditions'>> & { conditions?: Partial<Conditions> };

/** An active mapping of group `g` to role `r`, as young as NOW, unless said otherwise. */
export function aMapping({ conditions, ...parts }: MappingParts = {}): Mapping {
  return {
    id: 'm',
    guildId: GUILD_ID,
    roleId: 'r',
    roleName: 'Pilot',
    groupId: 'g',
    conditions: { ...NO_CONDITIONS, ...conditions },
    priority: 0,
    exclusiveSet: null,
    onForeign: 'keep',
    onDrift: 'revert',
    addOnly: false,
    graceSeconds: 0,
    isActive: true,
    createdBy: null,
    createdAt: NOW,
    updatedAt: NOW,
    lastSync: null,
    syncCount: 0,
    ...parts,
  };
}

export function known(
  groupIds: readonly string[],
  {
    permissions,
    asOf,
    ...more
  }: { characters?: number; permissions?: readonly string[]; asOf?: Date; name?: string; ticker?: string } = {},
): SourceAnswer {
  return {
    status: 'known',
    asOf: asOf ?? NOW,
    groupIds: new Set(groupIds),
    ...more,
    ...(permissions && { permissions: new Set(permissions) }),
  };
}

export function silent(asOf: Date | null = null): SourceAnswer {
  return { status: 'unknown', asOf, reason: 'timeout' };
}

export function gone(asOf: Date = NOW): SourceAnswer {
  return { status: 'gone', asOf };
}

/** What each source says, by its name. */
export function factsOf(answers: Record<string, SourceAnswer>): Facts {
  return new Map(Object.entries(answers));
}

/** Facts in which the local source knows these groups, and nothing else. */
export function inGroups(...groupIds: string[]): Facts {
  return factsOf({ local: known(groupIds) });
}

export function aRole(parts: Partial<Role> = {}): Role {
  return { id: '300', name: 'Pilot', position: 1, permissions: 0n, isManaged: false, isLinked: false, ...parts };
}

/** A guild of these roles and @everyone, in which the bot may do nothing unless said otherwise. */
export function aGuild(roles: readonly Role[] = [], bot: Partial<Guild['bot']> = {}): Guild {
  const everyone = aRole({ id: GUILD_ID, name: '@everyone', position: 0 });
  return {
    id: GUILD_ID,
    name: 'Corp',
    ownerId: OWNER_ID,
    roles: new Map([everyone, ...roles].map((role) => [role.id, role])),
    bot: { permissions: 0n, roleIds: [], ...bot },
  };
}

export function aMember(roleIds: Iterable<string> = [], parts: Partial<Omit<Member, 'roleIds'>> = {}): Member {
  const plain = {
    discordId: DISCORD_ID,
    isBot: false,
    isPending: false,
    joinedAt: new Date(0),
    nick: null,
    name: 'Bob',
  };
  return { ...plain, ...parts, roleIds: new Set(roleIds) };
}

export function aGrant(parts: Partial<Grant> = {}): Grant {
  return {
    guildId: GUILD_ID,
    discordId: DISCORD_ID,
    roleId: 'r',
    mappingIds: ['m'],
    grantedAt: at(-86_400),
    runId: null,
    undesiredSince: null,
    isReleased: false,
    isConfirmed: true,
    ...parts,
  };
}

export function aView({
  grants = [],
  ...parts
}: Partial<Omit<MemberView, 'grants'>> & { grants?: readonly Grant[] } = {}): MemberView {
  return {
    member: aMember(),
    facts: inGroups(),
    grants: new Map(grants.map((grant) => [grant.roleId, grant])),
    ...parts,
  };
}

export function someRules(mappings: readonly Mapping[], parts: Partial<Omit<GuildRules, 'mappings'>> = {}): GuildRules {
  return {
    guild: aGuild(),
    mappings: rankMappings(mappings),
    unusable: new Set(),
    blocks: new Map(),
    syncPendingMembers: false,
    bypassRoleId: null,
    removeRolesOnLeave: true,
    nicknameTemplate: '',
    ...parts,
  };
}

/** Role `r` of the member, left alone since a while. */
export function aSuppression(parts: Partial<Suppression> = {}): Suppression {
  return {
    guildId: GUILD_ID,
    discordId: DISCORD_ID,
    roleId: 'r',
    reason: 'drift',
    changedBy: null,
    since: at(-600),
    ...parts,
  };
}

/** By role id, as a view holds them. */
export function suppressing(...all: readonly Suppression[]): ReadonlyMap<string, Suppression> {
  return new Map(all.map((one) => [one.roleId, one]));
}

/** The member after the plan was followed and Discord took every change. Whoever came back or was asked for has been seen to. */
export function afterwards(view: MemberView, plan: MemberPlan, now: Date): MemberView {
  const roleIds = new Set(view.member.roleIds);
  for (const { action, roleId } of plan.changes) {
    if (action === 'add') roleIds.add(roleId);
    else roleIds.delete(roleId);
  }
  const grants = new Map(view.grants);
  const { before, ifApplied } = ledgerSteps(GUILD_ID, view, plan, 'run', now);
  for (const grant of before.save) grants.set(grant.roleId, grant);
  for (const roleId of before.forget) grants.delete(roleId);
  for (const grant of ifApplied.renew) if (grants.has(grant.roleId)) grants.set(grant.roleId, grant);
  for (const roleId of ifApplied.forget) grants.delete(roleId);
  const suppressed = new Map(view.suppressed);
  for (const roleId of plan.lift) suppressed.delete(roleId);
  for (const { roleId, because } of plan.restrain) {
    const reason = because === 'fight' || because === 'undo' ? because : 'drift';
    suppressed.set(roleId, aSuppression({ roleId, reason, since: now }));
  }
  const nick = plan.nick ?? view.member.nick;
  return { ...view, member: { ...view.member, roleIds, nick }, grants, suppressed, isRejoin: false, isAsked: false };
}

/** `add r` or `remove r`, one line for each change, in the order of their roles. */
export function changesOf({ changes }: Pick<MemberPlan, 'changes'>): string[] {
  return changes.map(({ action, roleId }) => `${action} ${roleId}`).sort();
}

/** Every combination of one value for each key. */
export function everyCaseOf<T extends Record<string, readonly unknown[]>>(choices: T): CaseOf<T>[] {
  let cases: Record<string, unknown>[] = [{}];
  for (const [key, values] of Object.entries(choices)) {
    const longer: typeof cases = [];
    for (const before of cases) for (const value of values) longer.push({ ...before, [key]: value });
    cases = longer;
  }
  const isWhole = (one: Record<string, unknown>): one is CaseOf<T> => Object.keys(choices).every((key) => key in one);
  return cases.filter(isWhole);
}

type CaseOf<T extends Record<string, readonly unknown[]>> = { [K in keyof T]: T[K][number] };

/** The plan at NOW, a line for each thing that it says. */
export function planInWords(rules: GuildRules, view: MemberView): string[] {
  const { changes, blocked, ledger, kept, restrain, lift, nick } = planMember(rules, view, NOW);
  return [
    ...changes.map(({ action, reason }) => `${action}: ${reason}`),
    ...blocked.map(({ action, block }) => `cannot ${action}: ${block}`),
    ...ledger.map((edit) => (edit.edit === 'save' ? `save: ${edit.why}` : 'forget')),
    ...kept.map(({ because }) => `kept: ${because}`),
    ...restrain.map(({ because }) => `leave alone: ${because}`),
    ...lift.map(() => 'left alone no more'),
    ...(nick === null ? [] : [`rename: ${nick}`]),
  ];
}
