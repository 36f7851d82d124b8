import type { Logger } from 'pino';
import { mendOf } from '../core/doctor.ts';
import { AppError } from '../errors.ts';
import type { Consent, Orderer } from './consent.ts';
import { createGate } from './gate.ts';
import type { GuildReader } from './ports.ts';
import type { ReadAllowance } from './read-allowance.ts';
import { SWITCHED_OFF, UNREACHABLE, type Cause, type MemberResult } from './results.ts';
import type { Sync } from './sync.ts';
import { noUser, type FindScope, type SyncScope } from './sync-scope.ts';

/** What a sync of one Discord user came to in one guild; in a dry run, what it would. */
export interface UserSyncResult {
  guildId: string;
  guildName: string;
  discordId: string;
  /** null: nothing was to be recorded. */
  runId: string | null;
  rolesAdded: string[];
  rolesRemoved: string[];
  /** Their removal waits for an admin's word, or the change comes with a later sync. */
  rolesHeld: string[];
  /** Roles that the mappings give him there. */
  totalRoles: number;
  errors: string[];
}

interface UserSyncOrder extends Orderer {
  userId: string;
  /** Without a guild that was named: where he is no member, nothing is told. */
  scope: SyncScope;
  /** An admin asks: nothing of the member's is left as it is any more. */
  isAsked: boolean;
  isDryRun: boolean;
  /** Whether he may know of the user in any case; else only if there is something to tell. */
  mayKnow: boolean;
}

/** Syncs one account's Discord users, and waits for it. */
export interface UserSync {
  /** AppError user_not_found, not_linked; rate_limited; of a guild that was named, those of `SyncScope` and member_not_found. */
  run(order: UserSyncOrder): Promise<{ discordIds: string[]; results: UserSyncResult[] }>;
}

/** Guilds that are looked at side by side. */
const AT_ONCE = 10;

export function createUserSync(parts: {
  sync: Pick<Sync, 'member' | 'previewMember'>;
  guilds: Pick<GuildReader, 'guild'>;
  find: FindScope;
  allowance: ReadAllowance;
  consent: Consent;
  log: Logger;
}): UserSync {
  const { sync, find } = parts;

  async function one(
    { guildId, name }: { guildId: string; name: string },
    discordId: string,
    order: UserSyncOrder,
  ): Promise<UserSyncResult | null> {
    const { scope, actor, isDryRun } = order;
    const nothing = { guildId, guildName: name, discordId, runId: null, ...NOTHING };
    try {
      const agreement = order.isAsked ? ((await parts.consent(order, guildId)) ?? undefined) : undefined;
      const cause: Cause = { trigger: 'manual', actor, ...(agreement && { agreement }) };
      const isAsked = agreement !== undefined;
      const result = isDryRun
        ? await sync.previewMember(guildId, discordId, agreement)
        : await sync.member(guildId, discordId, cause, { sighting: null, isRejoin: false, isAsked });
      // Where no mapping is, nobody has looked whether he is a member.
      const isUnseen = result.state === 'synced' && result.plan === null && !('guildId' in scope);
      return result.state === 'not_in_guild' || isUnseen ? null : { ...nothing, ...told(result, isDryRun) };
    } catch (err) {
      if (err instanceof AppError) return { ...nothing, errors: [err.message] };
      parts.log.error({ err, guildId, discordId }, 'member sync failed');
      return { ...nothing, errors: [UNREADABLE] };
    }
  }

  /** What came of it, with what stands in its way, in words. */
  function told(result: MemberResult, isDryRun: boolean) {
    const { guildId, guildName, runId, state, plan, error } = result;
    const changes = isDryRun ? (plan?.changes ?? []) : result.changes.filter(({ outcome }) => outcome === 'applied');
    const of = (action: 'add' | 'remove') =>
      changes.filter((change) => change.action === action).map(({ roleId }) => roleId);
    const waits = result.changes.filter(({ outcome }) => outcome === 'held' || outcome === 'deferred');
    const roles = parts.guilds.guild(guildId)?.roles;
    const mends = (plan?.blocked ?? []).map(({ block, roleId }) => mendOf(block, roles?.get(roleId)?.name ?? roleId));
    const why = state === 'disabled' ? SWITCHED_OFF : state === 'guild_unavailable' ? UNREACHABLE : error;
    return {
      guildName,
      runId,
      rolesAdded: of('add'),
      rolesRemoved: of('remove'),
      rolesHeld: waits.map(({ roleId }) => roleId),
      totalRoles: [...(plan?.verdicts.values() ?? [])].filter(({ value }) => value === 'true').length,
      errors: [...(why === null ? [] : [why]), ...new Set(mends)],
    };
  }

  return {
    async run(order) {
      const guilds = await find.guilds(order.scope);
      // He counts as one in each guild, whoever he is: what is left tells nobody who exists.
      parts.allowance.take(order.payer, guilds.length);
      const user = await find.user(order.userId);
      if (!user) throw noUser(order.userId);
      if (user.discordIds.length === 0)
        throw order.mayKnow ? new AppError('not_linked', NOT_LINKED) : noUser(user.userId);
      const gate = createGate(AT_ONCE);
      const pairs = guilds.flatMap((guild) => user.discordIds.map((discordId) => ({ guild, discordId })));
      const results = await Promise.all(
        pairs.map(({ guild, discordId }) => gate.through(() => one(guild, discordId, order))),
      );
      const found = results.filter((result) => result !== null);
      if (found.length === 0 && !order.mayKnow) throw noUser(user.userId);
      if (found.length === 0 && 'guildId' in order.scope) throw new AppError('member_not_found', NOT_A_MEMBER);
      return { discordIds: user.discordIds, results: found };
    },
  };
}

const NOTHING = { rolesAdded: [], rolesRemoved: [], rolesHeld: [], totalRoles: 0, errors: [] };
const UNREADABLE = 'The member could not be read. Try again in a minute; the log of Rolewright says more.';
const NOT_LINKED = 'This user has not linked a Discord user, so there is nobody to sync.';
const NOT_A_MEMBER = 'No Discord user of this user is a member of this server.';
