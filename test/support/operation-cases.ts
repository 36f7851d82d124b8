import type { Answered, Sent } from './api-world.ts';
import type { OperationsWorld } from './operations-world.ts';
import { HOOK_SECRET, signed } from './signed-webhook.ts';

/** What the placeholders of a path stand for. */
export interface Ids {
  guild_id: string;
  mapping_id: string;
  group_id: string;
  sync_id: string;
  user_id: string;
  discord_id: string;
  token: string;
}

type Part = Sent & { query?: string; ids?: Partial<Ids> };

/** How an operation is called in each way. */
export interface OperationCase {
  /** Whose it is: the owner of the guild unless said otherwise. */
  who?: 'owner' | 'member' | 'operator' | 'somebody new' | 'nobody';
  /** The request that works, once everything else was tried. */
  works?: (world: OperationsWorld) => Promise<Part> | Part;
  status: number;
  /** Who may not: a stranger; with `page` he who may, from a foreign page. Nobody is turned away where it is left out. */
  denied?: 403 | 404 | 'page' | ((world: OperationsWorld) => Promise<Answered>);
  /** What is wrong with it; else another method. */
  bad?: Part;
}

export const METRICS_TOKEN = 'figures-for-tests-alone';
const WRONG = { there_is_no_such_field: true };
const page = { query: '?page=0' };
const noGuild = { ids: { guild_id: 'x' } };
const noMapping = { ids: { mapping_id: 'x' } };
const noGroup = { ids: { group_id: 'x' } };
const noRun = { ids: { sync_id: 'x' } };
const noUser = { ids: { user_id: 'x' } };
const elsewhere = { query: '?redirect_url=//evil.example' };
const NEVER = { headers: { 'if-match': '"x"' } };

const callback = (path: string): OperationCase => ({
  who: 'nobody',
  works: async (world) => {
    const { query, cookie } = await world.backFromDiscord();
    return { query, headers: { cookie } };
  },
  status: 302,
  denied: async (world) => world.send(`GET ${path}${(await world.backFromDiscord()).query}`),
  bad: { query: '?state=x&code=x' },
});

/** Every operation of the document: one that is missing here fails the test. */
export const OPERATION_CASES: Readonly<Record<string, OperationCase>> = {
  'GET /livez': { who: 'nobody', status: 200 },
  'GET /readyz': { who: 'nobody', status: 200 },
  'GET /metrics': { who: 'nobody', works: () => ({ as: METRICS_TOKEN }), status: 200 },
  'GET /api/discord/status': { who: 'nobody', status: 200 },
  'GET /dashboard': { who: 'nobody', status: 200 },
  'GET /link/{token}': {
    who: 'nobody',
    works: async (world) => ({ ids: { token: await world.linkToken() } }),
    status: 302,
    denied: async (world) => {
      const token = await world.linkToken();
      await world.send(`GET /link/${token}`);
      return world.send(`GET /link/${token}`);
    },
    bad: { ids: { token: 'x' } },
  },
  'GET /api/auth/discord/login': { who: 'nobody', status: 302, bad: elsewhere },
  'GET /api/discord/auth/login': { who: 'nobody', status: 200, bad: elsewhere },
  'GET /api/auth/discord/callback': callback('/api/auth/discord/callback'),
  'GET /api/discord/auth/callback': callback('/api/discord/auth/callback'),
  'GET /api/discord/auth/status': { who: 'member', status: 200 },
  'POST /api/auth/logout': { who: 'somebody new', status: 200, denied: 'page' },
  'POST /api/discord/auth/link': { who: 'member', status: 200, denied: 'page', bad: { body: WRONG } },
  'DELETE /api/discord/auth/unlink/{discord_id}': {
    who: 'somebody new',
    status: 204,
    denied: 404,
    bad: { ids: { discord_id: 'x' } },
  },
  'GET /api/me': { who: 'member', status: 200 },
  'GET /api/me/export': { who: 'member', status: 200 },
  'DELETE /api/me': { who: 'somebody new', status: 204, denied: 'page' },
  'DELETE /api/me/sessions': { who: 'somebody new', status: 204, denied: 'page' },
  'GET /api/discord/users': { who: 'operator', status: 200, denied: 403, bad: page },
  'GET /api/discord/users/{user_id}': { who: 'member', status: 200, denied: 404, bad: noUser },
  'DELETE /api/discord/users/{user_id}/sessions': {
    who: 'operator',
    works: async (world) => ({ ids: (await world.somebodyNew()).ids }),
    status: 204,
    denied: 403,
    bad: noUser,
  },
  'GET /api/guilds': { status: 200, bad: page },
  'GET /api/guilds/{guild_id}/channels': { status: 200, denied: 403, bad: noGuild },
  'GET /api/guilds/{guild_id}/roles': { status: 200, denied: 403, bad: noGuild },
  'GET /api/discord/guilds/{guild_id}/roles': { status: 200, denied: 403, bad: noGuild },
  'GET /api/guilds/{guild_id}/bot-install-url': { status: 200, denied: 403, bad: noGuild },
  'GET /api/discord/guilds': { status: 200, bad: page },
  'POST /api/discord/guilds': {
    works: async (world) => {
      const { guildId, as } = await world.guildNotSetUp();
      return { as, body: { guild_id: guildId } };
    },
    status: 201,
    denied: async (world) => world.asStranger('POST /api/discord/guilds', { body: { guild_id: world.guildId } }),
    bad: { body: WRONG },
  },
  'GET /api/discord/guilds/{guild_id}': { status: 200, denied: 403, bad: noGuild },
  'PUT /api/discord/guilds/{guild_id}': {
    works: () => ({ body: { sync_interval: '2h' } }),
    status: 200,
    denied: 403,
    bad: { body: WRONG },
  },
  'DELETE /api/discord/guilds/{guild_id}': {
    works: async (world) => {
      const { guildId, as } = await world.anotherGuild();
      return { as, ids: { guild_id: guildId } };
    },
    status: 204,
    denied: 403,
    bad: NEVER,
  },
  'GET /api/discord/guilds/{guild_id}/role-mappings': { status: 200, denied: 403, bad: page },
  'POST /api/discord/guilds/{guild_id}/role-mappings': {
    works: (world) => ({ body: world.newMapping() }),
    status: 201,
    denied: 403,
    bad: { body: WRONG },
  },
  'GET /api/discord/role-mappings/{mapping_id}': { status: 200, denied: 404, bad: noMapping },
  'PUT /api/discord/role-mappings/{mapping_id}': {
    works: () => ({ body: { priority: 7 } }),
    status: 200,
    denied: 404,
    bad: { body: WRONG },
  },
  'DELETE /api/discord/role-mappings/{mapping_id}': {
    works: async (world) => ({ ids: { mapping_id: await world.spareMapping() } }),
    status: 204,
    denied: 404,
    bad: NEVER,
  },
  'GET /api/groups': { status: 200, bad: page },
  'POST /api/groups': {
    works: (world) => ({ body: { name: 'Cadets', guild_id: world.guildId } }),
    status: 201,
    denied: async (world) =>
      world.asStranger('POST /api/groups', { body: { name: 'Theirs', guild_id: world.guildId } }),
    bad: { body: WRONG },
  },
  'GET /api/groups/{group_id}': { status: 200, denied: 404, bad: noGroup },
  'PUT /api/groups/{group_id}': {
    works: () => ({ body: { description: 'who fly' } }),
    status: 200,
    denied: 404,
    bad: { body: WRONG },
  },
  'DELETE /api/groups/{group_id}': {
    works: async (world) => ({ ids: { group_id: await world.spareGroup() } }),
    status: 204,
    denied: 404,
    bad: NEVER,
  },
  'GET /api/groups/{group_id}/members': { status: 200, denied: 404, bad: page },
  'PUT /api/groups/{group_id}/members': {
    works: async (world) => ({ ids: { group_id: await world.spareGroup() }, body: { user_ids: world.accountIds } }),
    status: 200,
    denied: 404,
    bad: { body: WRONG },
  },
  'PUT /api/groups/{group_id}/members/{user_id}': { status: 200, denied: 404, bad: { body: WRONG } },
  'DELETE /api/groups/{group_id}/members/{user_id}': { status: 204, denied: 404, bad: noUser },
  'POST /api/discord/sync/manual': {
    works: ({ guildId }) => ({ body: { guild_id: guildId } }),
    status: 202,
    denied: async (world) => world.asStranger('POST /api/discord/sync/manual', { body: { guild_id: world.guildId } }),
    bad: { body: WRONG },
  },
  'POST /api/discord/sync/user/{user_id}': {
    who: 'member',
    works: () => ({ body: { dry_run: true } }),
    status: 200,
    denied: async (world) =>
      world.asStranger(`POST /api/discord/sync/user/${world.ids.user_id}`, { body: { dry_run: true } }),
    bad: { body: WRONG },
  },
  'GET /api/discord/sync/status': { status: 200 },
  'GET /api/discord/sync/{sync_id}': { status: 200, denied: 404, bad: noRun },
  'POST /api/discord/sync/{sync_id}/approve': {
    works: async (world) => ({ ids: { sync_id: await world.heldRun(world.roleIds.second) } }),
    status: 202,
    denied: 404,
    bad: { body: WRONG },
  },
  'POST /api/discord/sync/{sync_id}/undo': {
    works: async (world) => ({ ids: { sync_id: await world.approvedRun() } }),
    status: 202,
    denied: 404,
    bad: noRun,
  },
  'POST /api/discord/sync/{sync_id}/discard': {
    works: async (world) => ({ ids: { sync_id: await world.heldRun(world.roleIds.first) } }),
    status: 200,
    denied: 404,
    bad: noRun,
  },
  'POST /api/discord/sync/{sync_id}/cancel': {
    works: async (world) => ({ ids: { sync_id: await world.slowRun() } }),
    status: 200,
    denied: 404,
    bad: noRun,
  },
  'GET /api/discord/guilds/{guild_id}/audit': { status: 200, denied: 403, bad: { query: '?outcome=x' } },
  'GET /api/discord/guilds/{guild_id}/explain': {
    works: (world) => ({ query: world.explainQuery }),
    status: 200,
    denied: async (world) => world.asStranger(`GET /api/discord/guilds/${world.guildId}/explain${world.explainQuery}`),
    bad: { query: '?discord_id=x' },
  },
  'POST /api/hooks/groups': {
    who: 'nobody',
    works: () => signed({ external_id: '42', facts: { groups: [] } }, { secret: HOOK_SECRET }),
    status: 202,
    bad: signed({}, { secret: HOOK_SECRET }),
  },
};
