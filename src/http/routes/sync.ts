import { z } from 'zod';
import type { App } from '../../app.ts';
import { AppError } from '../../errors.ts';
import type { Access } from '../../identity/access.ts';
import type { Caller } from '../../identity/callers.ts';
import type { Orderer } from '../../sync/consent.ts';
import type { SyncOrder } from '../../sync/manual-sync.ts';
import type { SyncScope } from '../../sync/sync-scope.ts';
import type { SyncServices } from '../../sync/sync-services.ts';
import { uuid } from '../fields.ts';
import { operation, type Operation } from '../operation.ts';
import { runBody, runView } from '../run-body.ts';
import {
  planView,
  startedSync,
  statusSums,
  statusView,
  syncOrder,
  syncPlan,
  userSync,
  userSyncOrder,
  userSyncView,
} from '../sync-body.ts';

const tag = 'Syncs';

/** Syncs that people ask for, and how the syncs do. */
export function syncOperations(
  parts: Pick<App, 'guilds' | 'runs' | 'mappings'> & { syncs: SyncServices; access: Access; now: () => Date },
): Operation[] {
  const { guilds, runs, mappings, access } = parts;
  const { manualSync, syncPlans, userSync: userSyncs, syncStatuses } = parts.syncs;

  async function ownGuilds(caller: Caller): Promise<string[]> {
    return (await access.adminGuilds(caller)).map(({ id }) => id);
  }

  /** Where the caller may sync, and as whom. AppError forbidden, mapping_not_found. */
  async function scopeOf(
    caller: Caller,
    { guild_id: named, mapping_id: mappingId }: { guild_id?: string | undefined; mapping_id?: string | undefined },
  ): Promise<{ scope: SyncScope; actor: string }> {
    const home = mappingId === undefined ? undefined : await mappings.guildOf(mappingId);
    if (home === null || (home !== undefined && named !== undefined && named !== home)) throw noMapping();
    const guildId = home ?? named;
    if (guildId === undefined) {
      return { scope: { guildIds: caller.isOperator ? null : await ownGuilds(caller) }, actor: caller.actor };
    }
    const admin = await access.findGuildAdmin(caller, guildId);
    if (!admin && !caller.isOperator) {
      if (home !== undefined) throw noMapping();
      await access.guildAdmin(caller, guildId);
    }
    return { scope: { guildId }, actor: admin?.discordId ?? caller.actor };
  }

  const orderer = (caller: Caller, actor: string): Orderer => ({
    actor,
    payer: caller,
    authorIn: async (guildId) => (caller.isOperator ? null : access.guildAdmin(caller, guildId)),
  });

  const roleName = (guildId: string, roleId: string) => guilds.guild(guildId)?.roles.get(roleId)?.name ?? roleId;

  return [
    operation({
      method: 'get',
      path: '/api/discord/sync/status',
      id: 'getSyncStatus',
      tag,
      summary: 'How the syncs of your guilds do',
      description: 'Operators see all guilds. Of a run with parts, recent_syncs lists the whole.',
      who: 'session',
      problems: ['discord_unavailable'],
      answers: { 200: z.object({ ...statusSums, recent_syncs: z.array(runBody) }) },
      async handle({ caller }) {
        const status = await syncStatuses.status(caller.isOperator ? null : await ownGuilds(caller));
        const recent = await Promise.all(status.runs.map(async (run) => runView(run, await runs.sums(run))));
        return { status: 200, body: { ...statusView(status), recent_syncs: recent } };
      },
    }),
    operation({
      method: 'post',
      path: '/api/discord/sync/manual',
      id: 'startSync',
      tag,
      summary: 'Sync guilds, users, or one mapping',
      description:
        'Goes on in the background; one `sync_id` tells all of it. With `dry_run` nothing is changed, and the answer is what would be. Without `confirm` the blast-radius guard bounds it; with it, only what it does to roles that you could not give by hand. For operators as well; who is none names members of his guilds, 200 users times guilds at most.',
      who: 'guild_admin',
      problems: [
        'forbidden',
        'discord_unavailable',
        'guild_not_found',
        'bot_not_in_guild',
        'sync_disabled',
        'mapping_not_found',
        'user_not_found',
        'not_linked',
      ],
      body: syncOrder,
      answers: { 200: syncPlan, 202: startedSync },
      async handle({ caller, body }) {
        const { scope, actor } = await scopeOf(caller, body);
        const order: SyncOrder = { scope, userIds: body.user_ids ?? null, mappingId: body.mapping_id ?? null };
        const by = orderer(caller, actor);
        if (body.dry_run) return { status: 200, body: planView(await syncPlans.plan(order, by), roleName) };
        const { run, notLinked } = await manualSync.start(order, { ...by, isConfirmed: body.confirm });
        return {
          status: 202,
          headers: { Location: `/api/discord/sync/${run.id}` },
          body: {
            sync_id: run.id,
            is_async: true,
            type: run.type,
            target_id: run.targetId,
            status: run.status,
            started_at: run.startedAt,
            not_linked: notLinked,
          },
        };
      },
    }),
    operation({
      method: 'post',
      path: '/api/discord/sync/user/{user_id}',
      id: 'syncUser',
      tag,
      summary: 'Sync one user, and wait for it',
      description:
        'Oneself and operators: in every guild. Guild admins: in the guilds that they administer; of others nothing is told. Guilds in which the user is no member are left out.',
      who: 'self',
      problems: [
        'user_not_found',
        'not_linked',
        'member_not_found',
        'guild_not_found',
        'bot_not_in_guild',
        'sync_disabled',
        'discord_unavailable',
      ],
      params: z.object({ user_id: uuid }),
      body: userSyncOrder,
      answers: { 200: userSync },
      async authorize({ caller, params: { user_id: userId } }) {
        const isSelf = caller.accountId === userId;
        const isNear = isSelf || caller.isOperator;
        return { isSelf, guildIds: isNear ? null : await ownGuilds(caller) };
      },
      async handle({ caller, params: { user_id: userId }, body, allowed: { isSelf, guildIds } }) {
        const { guild_id: guildId, dry_run: isDryRun } = body;
        const admin = guildId === undefined ? null : await access.findGuildAdmin(caller, guildId);
        const isStranger = guildId === undefined ? guildIds?.length === 0 : guildIds !== null && !admin;
        if (isStranger) throw new AppError('user_not_found', `There is no user ${userId}.`);
        const results = await userSyncs.run({
          userId,
          scope: guildId === undefined ? { guildIds } : { guildId },
          ...orderer(caller, admin?.discordId ?? caller.actor),
          isAsked: !isSelf || admin !== null,
          isDryRun,
          mayKnow: guildIds === null,
        });
        return { status: 200, body: userSyncView(userId, results, { isDryRun, at: parts.now() }) };
      },
    }),
  ];
}

function noMapping(): AppError {
  return new AppError('mapping_not_found', 'There is no such mapping.');
}
