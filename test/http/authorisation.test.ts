import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { seedGuild } from '../../sandbox/seed.ts';
import { createSessions } from '../../src/identity/sessions.ts';
import { startApi } from '../support/api-world.ts';
import { at, until } from '../support/local-discord.ts';

// Who may do what, by SPEC sections 4 and 5, for every operation of the document: each is called by every kind of
// person, for what is his own, what is somebody else's, and what does not exist.

const ACTORS = [
  'nobody',
  'self',
  'other',
  'admin_elsewhere',
  'demoted',
  'admin',
  'operator',
  'expired',
  'revoked',
] as const;
type Actor = (typeof ACTORS)[number];
const TARGETS = ['own', 'foreign', 'unknown'] as const;
type Target = (typeof TARGETS)[number];
type Denial = 401 | 403 | 404;
/** null: he is let in. */
type Rule = (actor: Actor, target: Target) => Denial | null;

const isAdminOf = (actor: Actor, target: Target) =>
  (actor === 'admin' && target === 'own') || (actor === 'admin_elsewhere' && target === 'foreign');

const all: Rule = () => null;
const known: Rule = () => null;
const guild: Rule = (actor, target) => (isAdminOf(actor, target) ? null : 403);
const guildOrOperator: Rule = (actor, target) => {
  if (actor === 'operator') return target === 'unknown' ? 404 : null;
  return guild(actor, target);
};
const ofGuild: Rule = (actor, target) => (isAdminOf(actor, target) ? null : 404);
const ofGuildOrOperator: Rule = (actor, target) =>
  isAdminOf(actor, target) || (actor === 'operator' && target !== 'unknown') ? null : 404;
const operator: Rule = (actor) => (actor === 'operator' ? null : 403);
const operatorOfOne: Rule = (actor, target) => {
  if (actor !== 'operator') return 403;
  return target === 'unknown' ? 404 : null;
};
const selfOrOperator: Rule = (actor, target) => {
  const isOwn = actor === 'self' && target === 'own';
  return isOwn || (actor === 'operator' && target !== 'unknown') ? null : 404;
};
/** Of a member of the guild `own`. */
const selfAdminOrOperator: Rule = (actor, target) =>
  (actor === 'admin' && target === 'own') || (actor === 'admin_elsewhere' && target === 'foreign')
    ? null
    : selfOrOperator(actor, target);
const selfOrGuild: Rule = (actor, target) => (actor === 'self' && target === 'own' ? null : guild(actor, target));

/** How an operation is called: who may, and a request that changes nothing where he is let in. */
interface Called {
  may: Rule;
  body?: (ids: Ids) => unknown;
  query?: (ids: Ids) => Record<string, string>;
  headers?: Record<string, string>;
  /** It ends what it is called for: each time for somebody new. */
  isLast?: boolean;
}

/** What the placeholders of a path stand for. */
interface Ids {
  guild_id: string;
  mapping_id: string;
  group_id: string;
  sync_id: string;
  user_id: string;
  discord_id: string;
  /** A role of the guild. */
  role_id: string;
}

const WRONG = () => ({ there_is_no_such_field: true });
const OLD = { 'if-match': '"2000-01-01T00:00:00.000Z"' };
const dry = () => ({ dry_run: true });

/** Every operation of the document: one that is missing here fails the test. */
const CALLS: Readonly<Record<string, Called>> = {
  'GET /livez': { may: all },
  'GET /readyz': { may: all },
  'GET /metrics': { may: all },
  'GET /api/discord/status': { may: all },
  'GET /link/{token}': { may: all },
  'GET /dashboard': { may: all },
  'GET /api/auth/discord/login': { may: all },
  'GET /api/auth/discord/callback': { may: all },
  'GET /api/discord/auth/callback': { may: all },
  'GET /api/discord/auth/login': { may: all },
  'GET /api/discord/auth/status': { may: all },
  'POST /api/auth/logout': { may: known },
  'POST /api/discord/auth/link': { may: known },
  'DELETE /api/discord/auth/unlink/{discord_id}': { may: selfOrOperator, isLast: true },
  'GET /api/me': { may: known },
  'GET /api/me/export': { may: known },
  'DELETE /api/me': { may: known, isLast: true },
  'DELETE /api/me/sessions': { may: known },
  'GET /api/discord/users': { may: operator },
  'GET /api/discord/users/{user_id}': { may: selfOrOperator },
  'DELETE /api/discord/users/{user_id}/sessions': { may: operatorOfOne, isLast: true },
  'GET /api/guilds': { may: known },
  'GET /api/guilds/{guild_id}/channels': { may: guild },
  'GET /api/guilds/{guild_id}/roles': { may: guild },
  'GET /api/discord/guilds/{guild_id}/roles': { may: guild },
  'GET /api/guilds/{guild_id}/bot-install-url': { may: guild },
  'GET /api/discord/guilds': { may: known },
  'POST /api/discord/guilds': { may: guild, body: ({ guild_id }) => ({ guild_id }) },
  'GET /api/discord/guilds/{guild_id}': { may: guild },
  'PUT /api/discord/guilds/{guild_id}': { may: guild, body: WRONG },
  'DELETE /api/discord/guilds/{guild_id}': { may: guild, headers: OLD },
  'GET /api/discord/guilds/{guild_id}/role-mappings': { may: guild },
  'POST /api/discord/guilds/{guild_id}/role-mappings': { may: guild, body: WRONG },
  'GET /api/discord/role-mappings/{mapping_id}': { may: ofGuild },
  'PUT /api/discord/role-mappings/{mapping_id}': { may: ofGuild, body: WRONG },
  'DELETE /api/discord/role-mappings/{mapping_id}': { may: ofGuild, headers: OLD },
  'GET /api/groups': { may: known },
  'POST /api/groups': { may: guildOrOperator, body: ({ guild_id }) => ({ guild_id, name: 'Pilots' }) },
  'GET /api/groups/{group_id}': { may: ofGuildOrOperator },
  'PUT /api/groups/{group_id}': { may: ofGuildOrOperator, body: WRONG },
  'DELETE /api/groups/{group_id}': { may: ofGuildOrOperator, headers: OLD },
  'GET /api/groups/{group_id}/members': { may: ofGuildOrOperator },
  'PUT /api/groups/{group_id}/members': { may: ofGuildOrOperator, body: WRONG },
  'PUT /api/groups/{group_id}/members/{user_id}': { may: ofGuildOrOperator, body: WRONG },
  'DELETE /api/groups/{group_id}/members/{user_id}': { may: ofGuildOrOperator },
  'POST /api/discord/sync/manual': { may: guildOrOperator, body: ({ guild_id }) => ({ guild_id, dry_run: true }) },
  'POST /api/discord/sync/user/{user_id}': { may: selfAdminOrOperator, body: dry },
  'GET /api/discord/sync/status': { may: known },
  'GET /api/discord/sync/{sync_id}': { may: ofGuildOrOperator },
  'POST /api/discord/sync/{sync_id}/approve': { may: ofGuild },
  'POST /api/discord/sync/{sync_id}/discard': { may: ofGuild },
  'POST /api/discord/sync/{sync_id}/cancel': { may: ofGuildOrOperator },
  'POST /api/discord/sync/{sync_id}/undo': { may: ofGuild },
  'GET /api/discord/guilds/{guild_id}/audit': { may: guild },
  'GET /api/discord/guilds/{guild_id}/explain': {
    may: selfOrGuild,
    query: ({ discord_id, role_id }) => ({ discord_id, role_id }),
  },
  'POST /api/hooks/groups': { may: () => 401 },
};

const ANONYMOUS = new Set(
  Object.entries(CALLS).flatMap(([line, { may }]) => (may === all || line === 'POST /api/hooks/groups' ? [line] : [])),
);
/** Nobody's credentials are looked at. */
const MACHINES = new Set(['GET /livez', 'GET /readyz', 'GET /metrics', 'POST /api/hooks/groups']);
/** A Bearer; the cookie from a page of ours; the cookie from a stranger's page. */
const WAYS = ['bearer', 'cookie', 'foreign_page'] as const;
type Way = (typeof WAYS)[number];

function expected(line: string, { may }: Called, actor: Actor, target: Target, way: Way): Denial | null {
  const isOver = actor === 'expired' || actor === 'revoked';
  const isUnknown = actor === 'nobody' || isOver;
  if (MACHINES.has(line)) return may(actor, target);
  // A Bearer that is not valid is nobody's; an old cookie is as good as none.
  if (isOver && way === 'bearer') return 401;
  if (isUnknown) return ANONYMOUS.has(line) ? null : 401;
  if (way === 'foreign_page' && !line.startsWith('GET ')) return 403;
  return may(actor, target);
}

const documented = z.object({ paths: z.record(z.string(), z.record(z.string(), z.object({}))) });
const entity = z.object({ id: z.string() });
const PAST = new Date('2020-01-01T00:00:00Z');
const JWT_SECRET = 'a-secret-for-tests-alone-which-is-long-enough';

async function startWorld() {
  const api = await startApi({
    env: (local) => ({ JWT_SECRET, OPERATOR_IDS: at(local.members, 2).id, GROUPS_HOOK_SECRET: HOOK_SECRET }),
  });
  const { local, bot } = api;
  const { world } = local.discord;
  const elsewhere = seedGuild(world, { application: local.application, name: 'Elsewhere', memberNames: ['foreigner'] });
  await until(() => bot.app.guilds.guild(elsewhere.guild.id) !== null);
  const [self, other, operatorUser] = local.members.map(({ id }) => id);
  const foreigner = at(elsewhere.members, 0).id;
  const demoted = world.addUser({ username: 'demoted' });
  world.join(local.guild.id, demoted.id);
  const adminRole = world.addRole(local.guild.id, { name: 'Admins', permissions: MANAGE_GUILD, position: 1 });
  world.giveRole(local.guild.id, demoted.id, adminRole.id);
  world.takeRole(local.guild.id, demoted.id, adminRole.id);
  const people: Partial<Record<Actor, string>> = {
    self: self ?? '',
    other: other ?? '',
    operator: operatorUser ?? '',
    demoted: demoted.id,
    admin: local.owner.id,
    admin_elsewhere: elsewhere.owner.id,
    expired: local.owner.id,
    revoked: local.owner.id,
  };
  const accounts = new Map<string, string>();
  for (const id of [...Object.values(people), foreigner]) accounts.set(id, await api.link(id));
  const accountOf = (id: string) => accounts.get(id) ?? '';
  const past = createSessions({
    store: { revoke: async () => {}, revokeAll: async () => true, isValid: async () => true },
    jwtSecret: JWT_SECRET,
    issuer: 'http://localhost:3000',
    now: () => PAST,
    newId: randomUUID,
  });

  /** Everything that a guild has, made by its owner. */
  async function furnish(guildId: string, ownerId: string, roleId: string, discordId: string): Promise<Ids> {
    const as = await api.login(ownerId);
    const group = entity.parse(
      (await api.send('POST /api/groups', { as, body: { guild_id: guildId, name: 'Pilots' } })).body,
    );
    const body = { group_id: group.id, discord_role_id: roleId };
    const path = `/api/discord/guilds/${guildId}/role-mappings`;
    const mapping = entity.parse((await api.send(`POST ${path}`, { as, body })).body);
    const { runId } = await bot.app.sync.guild(guildId, { trigger: 'manual', actor: ownerId });
    return {
      guild_id: guildId,
      mapping_id: mapping.id,
      group_id: group.id,
      sync_id: runId ?? '',
      user_id: accountOf(discordId),
      discord_id: discordId,
      role_id: roleId,
    };
  }

  const own = await furnish(local.guild.id, local.owner.id, at(local.roles, 1).id, self ?? '');
  const foreign = await furnish(elsewhere.guild.id, elsewhere.owner.id, at(elsewhere.roles, 1).id, foreigner);
  const nothing = '199999999999999999';
  const unknown: Ids = {
    guild_id: nothing,
    mapping_id: randomUUID(),
    group_id: randomUUID(),
    sync_id: randomUUID(),
    user_id: randomUUID(),
    discord_id: nothing,
    role_id: nothing,
  };

  const tokens = new Map<string, string>();

  /** Somebody new of the kind, with the ids that are his. */
  async function somebodyNew(target: Target, guildId: string): Promise<Partial<Ids>> {
    if (target === 'unknown') return {};
    const user = world.addUser({ username: 'somebody' });
    world.join(guildId, user.id);
    const user_id = await api.link(user.id);
    accounts.set(user.id, user_id);
    return { discord_id: user.id, user_id };
  }

  async function tokenOf(actor: Actor, ids: Ids, isUsedUp: boolean): Promise<string | null> {
    const id = actor === 'self' ? ids.discord_id : people[actor];
    if (actor === 'nobody' || id === undefined) return null;
    const account = accountOf(accounts.has(id) ? id : (self ?? ''));
    const kept = tokens.get(`${actor} ${account}`);
    if (kept !== undefined && !isUsedUp) return kept;
    const login = await bot.app.links.find(accounts.has(id) ? id : (self ?? ''));
    if (!login) throw new Error('nobody is linked here');
    const { token } = await (actor === 'expired' ? past : bot.sessions).start(login);
    if (actor === 'revoked') await api.send('POST /api/auth/logout', { as: token });
    if (!isUsedUp) tokens.set(`${actor} ${account}`, token);
    return token;
  }

  return { ...api, targets: { own, foreign, unknown }, somebodyNew, tokenOf, people, self: self ?? '' };
}

const MANAGE_GUILD = 1n << 5n;
const HOOK_SECRET = `whsec_${Buffer.from('thirty-two bytes for tests alone').toString('base64')}`;

async function callCell(world: World, line: string, called: Called, actor: Actor, target: Target, way: Way) {
  const fixed = world.targets[target];
  const isNew = called.isLast === true && (target !== 'unknown' || line.endsWith('/me'));
  const ids = { ...fixed, ...(isNew ? await world.somebodyNew(target, fixed.guild_id) : {}) };
  // `self` is he whom `own` names; for the rest he is the one who calls.
  const me = target === 'own' ? ids : { ...ids, discord_id: world.self };
  const ender =
    line === 'DELETE /api/me' ? { ...ids, ...(await world.somebodyNew('own', world.targets.own.guild_id)) } : me;
  const isUsedUp = called.isLast === true || line === 'POST /api/auth/logout';
  const token = await world.tokenOf(line === 'DELETE /api/me' && isKnown(actor) ? 'self' : actor, ender, isUsedUp);
  const values = new Map(Object.entries({ ...ids, token: 'x' }));
  const path = line.replaceAll(/\{(\w+)\}/g, (_, name: string) => values.get(name) ?? '');
  const query = called.query ? `?${new URLSearchParams(called.query(ids)).toString()}` : '';
  const origin = way === 'foreign_page' ? { origin: 'https://elsewhere.example' } : {};
  const credentials = token === null ? {} : way === 'bearer' ? { as: token } : { cookie: token };
  return world.send(`${path}${query}`, {
    ...credentials,
    ...(called.body && { body: called.body(ids) }),
    headers: { ...called.headers, ...origin },
  });
}

function isKnown(actor: Actor): boolean {
  return actor !== 'nobody' && actor !== 'expired' && actor !== 'revoked';
}

type World = Awaited<ReturnType<typeof startWorld>>;

describe('who may do what', () => {
  it('is as specified in every cell: operation, kind of person, what it is about, and how he proves himself', async () => {
    const world = await startWorld();
    const { paths } = documented.parse((await world.send('GET /api/openapi.json')).body);
    const lines = Object.entries(paths).flatMap(([path, verbs]) =>
      Object.keys(verbs).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(lines.toSorted()).toEqual(Object.keys(CALLS).toSorted());

    const wrong: string[] = [];
    let cells = 0;
    for (const [line, called] of Object.entries(CALLS)) {
      for (const actor of ACTORS) {
        for (const target of TARGETS) {
          for (const way of actor === 'nobody' ? (['bearer'] as const) : WAYS) {
            const { status } = await callCell(world, line, called, actor, target, way);
            const denial = expected(line, called, actor, target, way);
            const isIn = status < 500 && ![401, 403, 404].includes(status);
            const isRight = denial === null ? isIn : status === denial;
            cells += 1;
            if (!isRight) wrong.push(`${line} ${actor} ${target} ${way}: ${status}, not ${denial ?? 'let in'}`);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(cells).toBeGreaterThan(1500);
  }, 240_000);
});
