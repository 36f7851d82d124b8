import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { seedGuild } from '../../sandbox/seed.ts';
import { consent, type Answered, type Sent } from './api-world.ts';
import { at, until } from './local-discord.ts';
import { METRICS_TOKEN, type Ids } from './operation-cases.ts';
import { startWithPilots } from './pilots.ts';
import { HOOK_SECRET } from './signed-webhook.ts';

const OPERATOR_ID = '175928847299117063';
const made = z.object({ id: z.string() });
const begun = z.object({ auth_url: z.string() });
const started = z.object({ sync_id: z.string() });

/** A guild in which there is one of everything, and whoever may, or may not, do something with it. */
export async function startOperations() {
  const env = { METRICS_TOKEN, GROUPS_HOOK_SECRET: HOOK_SECRET, OPERATOR_IDS: OPERATOR_ID };
  const pilots = await startWithPilots(7, { env });
  const { send, owner, guildId, local, bot, accountIds, discordIds, one, role } = pilots;
  const { world } = local.discord;
  world.addUser({ id: OPERATOR_ID, username: 'operator' });
  const tokens = {
    owner,
    operator: await pilots.login(OPERATOR_ID),
    member: await pilots.login(at(discordIds, 0)),
    stranger: await pilots.login(at(local.members, 1).id),
  };
  const groupId = one.split('/').at(-1) ?? '';
  const list = await send(`GET /api/discord/guilds/${guildId}/role-mappings`, { as: owner });
  const { role_mappings: mappings } = z.object({ role_mappings: z.array(made) }).parse(list.body);
  await send(`PUT ${one}/members`, { as: owner, body: { user_ids: accountIds } });
  await until(() => pilots.holders() === 7);
  const runs = await bot.app.runs.recent(guildId, 1);
  const ids: Ids = {
    guild_id: guildId,
    mapping_id: at(mappings, 0).id,
    group_id: groupId,
    sync_id: at(runs, 0).id,
    user_id: at(accountIds, 0),
    discord_id: at(discordIds, 0),
    token: 'x',
  };
  let held = '';

  async function make(line: string, body: object): Promise<string> {
    return made.parse((await send(line, { as: owner, body })).body).id;
  }

  let spares = 0;
  const spareGroup = () => make('POST /api/groups', { name: `Spare ${(spares += 1)}`, guild_id: guildId });
  const newMapping = () => ({ group_id: groupId, discord_role_id: at(local.roles, 2).id, is_active: false });

  /** Another guild that the bot is in, and its owner. */
  async function anotherGuild(): Promise<{ guildId: string; as: string }> {
    const { guild, owner: itsOwner } = seedGuild(world, { application: local.application, name: 'Another' });
    await until(() => bot.log.filter((line) => line.includes('guild looked at') && line.includes(guild.id)).length > 0);
    return { guildId: guild.id, as: await pilots.login(itsOwner.id) };
  }

  return {
    ...pilots,
    ids,
    tokens,
    spareGroup,
    newMapping,
    /** Roles that nothing else gives. */
    roleIds: { first: at(local.roles, 0).id, second: at(local.roles, 2).id },
    explainQuery: `?discord_id=${ids.discord_id}&role_id=${role.id}`,
    asStranger: (line: string, sent: Sent = {}): Promise<Answered> => send(line, { ...sent, as: tokens.stranger }),

    /** Somebody whom nothing else needs. */
    async somebodyNew(): Promise<{ as: string; ids: Partial<Ids> }> {
      const { id } = world.addUser({ username: 'somebody' });
      world.join(guildId, id);
      return { as: await pilots.login(id), ids: { discord_id: id, user_id: await pilots.link(id) } };
    },

    async linkToken(): Promise<string> {
      const { url } = await bot.app.links.startFromDiscord(at(local.members, 2).id);
      return url.split('/').at(-1) ?? '';
    },

    /** What Discord sends a browser back with, and the cookie of that browser. */
    async backFromDiscord(): Promise<{ query: string; cookie: string }> {
      const answer = await send('GET /api/discord/auth/login');
      const authorize = new URL(begun.parse(answer.body).auth_url);
      const { search } = await consent(local, authorize, at(local.members, 2).id);
      return { query: search, cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
    },

    anotherGuild,

    /** The same, not set up. */
    async guildNotSetUp(): Promise<{ guildId: string; as: string }> {
      const another = await anotherGuild();
      await send(`DELETE /api/discord/guilds/${another.guildId}`, { as: another.as });
      return another;
    },

    async spareMapping(): Promise<string> {
      const group_id = await spareGroup();
      return make(`POST /api/discord/guilds/${guildId}/role-mappings`, { ...newMapping(), group_id });
    },

    /** A run that waits for a word: of seven with this role five have lost it, so many may go without one. */
    async heldRun(roleId: string): Promise<string> {
      const group_id = await spareGroup();
      await make(`POST /api/discord/guilds/${guildId}/role-mappings`, { group_id, discord_role_id: roleId });
      const set = (user_ids: string[]) =>
        send(`PUT /api/groups/${group_id}/members`, { as: owner, body: { user_ids } });
      const holders = () => [...local.guild.members.values()].filter(({ roles }) => roles.has(roleId)).length;
      await set(accountIds);
      await until(() => holders() === 7);
      await set([]);
      await patiently(async () => (await bot.app.runs.held(guildId)) !== null && holders() === 2);
      held = (await bot.app.runs.held(guildId))?.run.id ?? '';
      return held;
    },

    async approvedRun(): Promise<string> {
      await patiently(async () => (await bot.app.runs.look(held)).run.status === 'completed');
      return held;
    },

    /** A run that takes its time. */
    async slowRun(): Promise<string> {
      local.discord.faults.rest({
        route: '/guilds/:guild_id/members',
        fault: { kind: 'latency', ms: 20_000 },
        times: 1,
      });
      const { body } = await send('POST /api/discord/sync/manual', { as: owner, body: { guild_id: guildId } });
      return started.parse(body).sync_id;
    },
  };
}

async function patiently(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await isSo()) return;
    await sleep(10);
  }
  throw new Error('waited in vain');
}

export type OperationsWorld = Awaited<ReturnType<typeof startOperations>>;
