import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { at, startGuild, until, type LocalGuild } from './support/local-discord.ts';
import { readiness, startBot, type RunningBot } from './support/running-bot.ts';

const memberRole = '/guilds/:guild_id/members/:user_id/roles/:role_id';

/** A guild with the bot in it, ready, and the group Pilots mapped to the role Pilot. */
async function startWithPilots(
  options: Parameters<typeof startBot>[1] = {},
  /** Things go wrong by themselves, but where calls are counted. */
  profile: 'unkind' | 'gentle' = 'unkind',
) {
  const local = await startGuild({ profile, seed: 7 });
  const bot = await startBot(local, { seenWithinMs: 200, ...options });
  await until(() => bot.app.guilds.guild(local.guild.id) !== null);
  const owner = { discordId: local.owner.id, roleIds: [] };
  await until(() => bot.log.some((line) => line.includes('guild looked at')));
  const details = { name: 'Pilots', description: null, createdBy: null };
  const group = await bot.app.groups.create({ guildId: local.guild.id, ...details });
  const draft = { groupId: group.id, roleId: at(local.roles, 1).id };
  const mapping = await bot.app.mappings.create(local.guild.id, owner, draft, { isConfirmed: true });
  return { local, bot, owner, group, mapping, role: at(local.roles, 1) };
}

/** Links a person as a browser would, through the pages. */
async function link(bot: RunningBot, local: LocalGuild, userId: string): Promise<Response> {
  const { url } = await bot.app.links.startFromDiscord(userId);
  const here = `http://127.0.0.1:${bot.port}`;
  const opened = await fetch(url.replace(/^https?:\/\/[^/]+/, here), { redirect: 'manual' });
  const cookie = opened.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const authorize = new URL(opened.headers.get('location') ?? '');
  local.application.redirectUris.push(authorize.searchParams.get('redirect_uri') ?? '');
  const consented = await fetch(authorize, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: `sandbox_user=${userId}` },
    body: new URLSearchParams({ decision: 'authorize' }),
  });
  const back = new URL(consented.headers.get('location') ?? '');
  return fetch(`${here}${back.pathname}${back.search}`, { redirect: 'manual', headers: { cookie } });
}

function holds({ guild }: LocalGuild, userId: string, roleId: string): boolean {
  return guild.members.get(userId)?.roles.has(roleId) ?? false;
}

describe('the whole bot on a real wire', () => {
  it('gives a member his role when he links, and once only', async () => {
    const { local, bot, group, role } = await startWithPilots({}, 'gentle');
    const ada = at(local.members, 0).id;
    const added = await bot.app.groups.addDiscordUser(group, ada, { expiresAt: null, editor: null });
    expect(added).toMatchObject({ isNew: true, isLinked: false });

    const page = await link(bot, local, ada);

    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Pilot');
    expect(holds(local, ada, role.id)).toBe(true);
    expect(local.discord.requests.writes()).toHaveLength(1);
    expect(local.discord.requests.count({ method: 'PUT', route: memberRole })).toBe(1);
  });

  it('gives the role on joining, gives it back after drift, and takes it when the group is left', async () => {
    const { local, bot, group, role } = await startWithPilots();
    const { world } = local.discord;
    const dora = world.addUser({ username: 'dora' }).id;
    await bot.app.groups.addDiscordUser(group, dora, { expiresAt: null, editor: null });
    await link(bot, local, dora);
    world.join(local.guild.id, dora);
    await until(() => holds(local, dora, role.id));
    world.takeRole(local.guild.id, dora, role.id, { by: local.owner.id });
    await until(() => holds(local, dora, role.id));
    await bot.app.groups.removeDiscordUser(group, dora, null);
    await until(() => !holds(local, dora, role.id));
    expect(local.discord.requests.writes().map(({ method }) => method)).toEqual(['PUT', 'PUT', 'DELETE']);
  });

  it('leaves a pending member alone until the screening is done', async () => {
    const { local, bot, group, role } = await startWithPilots();
    const { world } = local.discord;
    const pia = world.addUser({ username: 'pia' }).id;
    await bot.app.groups.addDiscordUser(group, pia, { expiresAt: null, editor: null });
    await link(bot, local, pia);
    world.join(local.guild.id, pia, { pending: true });
    await bot.app.sync.member(local.guild.id, pia, { trigger: 'manual', actor: null });
    expect(local.discord.requests.writes()).toEqual([]);
    world.completeScreening(local.guild.id, pia);
    await until(() => holds(local, pia, role.id));
  });

  it('makes no call for a role above the bot, and gives it as soon as it is moved below', async () => {
    const { local, bot, group, owner } = await startWithPilots({}, 'gentle');
    const { world } = local.discord;
    const chief = world.addRole(local.guild.id, { name: 'Chief', position: 50 });
    await until(() => bot.app.guilds.guild(local.guild.id)?.roles.has(chief.id) ?? false);
    const ada = at(local.members, 0).id;
    await bot.app.groups.addDiscordUser(group, ada, { expiresAt: null, editor: null });
    await bot.app.mappings.create(
      local.guild.id,
      owner,
      { groupId: group.id, roleId: chief.id },
      { isConfirmed: true },
    );
    await link(bot, local, ada);
    await bot.app.sync.guild(local.guild.id, { trigger: 'manual', actor: null });
    expect(local.discord.requests.count({ status: 403 })).toBe(0);
    expect(holds(local, ada, chief.id)).toBe(false);

    world.moveRole(local.guild.id, chief.id, 1);
    await until(() => holds(local, ada, chief.id));
  });

  it('looks at everybody again after a session that was lost', async () => {
    const { local, bot, group, role } = await startWithPilots();
    const ada = at(local.members, 0).id;
    await bot.app.groups.addDiscordUser(group, ada, { expiresAt: null, editor: null });
    await link(bot, local, ada);
    local.discord.faults.events({ type: 'GUILD_MEMBER_UPDATE', times: 1, fault: { kind: 'drop' } });
    local.discord.world.takeRole(local.guild.id, ada, role.id, { by: local.owner.id });
    local.discord.gateway.invalidate(false);
    await until(() => holds(local, ada, role.id), 15_000);
  });

  it('notices at a new session that it was removed from a server, and leaves that server alone', async () => {
    const { local, bot } = await startWithPilots();
    const { world, gateway, requests } = local.discord;
    await local.discord.down();
    world.removeBot(local.guild.id, local.application);
    gateway.forgetSessions();
    await local.discord.up();
    await until(
      () => bot.log.some((line) => line.includes('gateway session ready')) && bot.app.guilds.guildIds().length === 0,
      15_000,
    );
    requests.clear();
    await bot.app.sync.everywhere(at(local.members, 0).id, { trigger: 'manual', actor: null });
    expect(requests.all).toEqual([]);
  });

  it('survives a member event that it cannot read', async () => {
    const { local, bot } = await startWithPilots();
    local.discord.world.publish('GUILD_MEMBER_UPDATE', { guildId: local.guild.id }, () => ({
      guild_id: local.guild.id,
      user: { id: at(local.members, 0).id },
    }));
    await until(() => bot.log.some((line) => line.includes('event could not be handled')));
    expect(await readiness(bot)).toMatchObject({ status: 200 });
  });

  it('takes what it gave when a member unlinks, and ends his tokens at Discord', async () => {
    const { local, bot, group, role } = await startWithPilots();
    const ada = at(local.members, 0).id;
    await bot.app.groups.addDiscordUser(group, ada, { expiresAt: null, editor: null });
    await link(bot, local, ada);
    await bot.app.links.unlink(ada, ada);
    await until(() => !holds(local, ada, role.id));
    expect(await bot.app.links.find(ada)).toBeNull();
    await until(() => local.discord.requests.all.some(({ path }) => path.includes('oauth2/token/revoke')));
  });

  it('ends a membership when its time is over', async () => {
    const clock = { now: new Date() };
    const { local, bot, group, role } = await startWithPilots({ now: () => clock.now });
    const ada = at(local.members, 0).id;
    const expiresAt = new Date(clock.now.getTime() + 60_000);
    await bot.app.groups.addDiscordUser(group, ada, { expiresAt, editor: null });
    await link(bot, local, ada);
    expect(holds(local, ada, role.id)).toBe(true);
    clock.now = new Date(clock.now.getTime() + 61_000);
    await until(() => !holds(local, ada, role.id), 10_000);
  });

  it('syncs by the clock, and finds what no event told', async () => {
    const { local, bot, group, role } = await startWithPilots({ env: { DISCORD_SYNC_INTERVAL: '1s' } });
    const ada = at(local.members, 0).id;
    await bot.app.groups.addDiscordUser(group, ada, { expiresAt: null, editor: null });
    await link(bot, local, ada);
    local.discord.faults.events({ type: 'GUILD_MEMBER_UPDATE', times: 1, fault: { kind: 'drop' } });
    local.discord.world.takeRole(local.guild.id, ada, role.id, { by: local.owner.id });
    await until(() => holds(local, ada, role.id), 10_000);
  });

  it('writes nothing after a restart in an unchanged world, and registers no command again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rolewright-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const env = {
      DATABASE_URL: `file:${join(folder, 'deep', 'rolewright.db')}`,
      JWT_SECRET: 'j'.repeat(20) + 'w'.repeat(20),
    };
    const { local, bot, group } = await startWithPilots({ env }, 'gentle');
    for (const { id } of local.members) {
      await bot.app.groups.addDiscordUser(group, id, { expiresAt: null, editor: null });
      await link(bot, local, id);
    }
    await until(() => local.discord.requests.count({ method: 'PUT', containing: '/commands' }) === 1);
    await bot.stop();
    local.discord.requests.clear();
    local.discord.gateway.forgetSessions();

    const again = await startBot(local, { env });
    await until(() => again.log.some((line) => line.includes('guild looked at')), 15_000);
    await until(() => local.discord.requests.all.some(({ path }) => path.includes('/commands')));

    expect(local.discord.requests.all.filter(({ method }) => method !== 'GET')).toEqual([]);
    const files = await readdir(join(folder, 'deep'));
    const bytes = await Promise.all(files.map((file) => readFile(join(folder, 'deep', file))));
    const tokens = [...local.discord.world.accessTokens.keys()];
    expect(tokens.length).toBeGreaterThan(0);
    for (const token of [...tokens, local.token]) {
      expect(bytes.some((content) => content.includes(token))).toBe(false);
      expect([...bot.log, ...again.log].some((line) => line.includes(token))).toBe(false);
    }
  });

  it('is alive but not ready while Discord is down, says why, and is ready when it is back', async () => {
    const local = await startGuild();
    await local.discord.down();
    const bot = await startBot(local);
    expect(await readiness(bot)).toMatchObject({ status: 503 });
    await until(() => bot.log.some((line) => line.includes('Discord cannot be reached')));
    expect((await readiness(bot)).text).toContain('Rolewright keeps trying');
    expect((await fetch(`http://127.0.0.1:${bot.port}/livez`)).status).toBe(200);
    await local.discord.up();
    await until(() => bot.app.guilds.guildIds().length === 1, 15_000);
    expect(await readiness(bot)).toMatchObject({ status: 200 });
  });

  it.each([1, 2, 3])('converges on an unkind Discord (seed %i)', async (seed) => {
    const local = await startGuild(
      { profile: 'gentle' },
      { memberNames: Array.from({ length: 20 }, (_, n) => `m${n}`) },
    );
    const bot = await startBot(local, { env: { DISCORD_SYNC_INTERVAL: '1s' } });
    await until(() => bot.log.some((line) => line.includes('guild looked at')));
    const details = { name: 'Pilots', description: null, createdBy: null };
    const group = await bot.app.groups.create({ guildId: local.guild.id, ...details });
    const [captain, pilot] = [at(local.roles, 0), at(local.roles, 1)];
    for (const { id } of local.members) {
      await bot.app.groups.addDiscordUser(group, id, { expiresAt: null, editor: null });
      await link(bot, local, id);
    }
    local.discord.faults.setProfile('unkind', seed);

    const owner = { discordId: local.owner.id, roleIds: [] };
    for (const { id } of [captain, pilot]) {
      await bot.app.mappings.create(
        local.guild.id,
        owner,
        { groupId: group.id, roleId: id },
        { confirmDangerous: true, isConfirmed: true },
      );
    }
    const have = (roleId: string) => local.members.filter(({ id }) => holds(local, id, roleId)).length;
    await until(() => have(captain.id) === 20 && have(pilot.id) === 20, 15_000);
    for (const { id } of local.members.slice(0, 10))
      await bot.app.groups.removeDiscordUser(group, id, { discordId: local.owner.id, roleIds: [] });
    await until(() => have(captain.id) === 10 && have(pilot.id) === 10, 15_000);
  });

  it('is not ready with the token of another application, and says so', async () => {
    const local = await startGuild();
    const other = local.discord.world.addApplication({ name: 'Other' });
    const bot = await startBot(local, { env: { DISCORD_CLIENT_ID: other.id } });
    await until(() => bot.log.some((line) => line.includes('Discord refuses the commands')));
    const { status, text } = await readiness(bot);
    expect(status).toBe(503);
    expect(text).toContain('of the same application');
  });

  it('finishes the write in flight when it stops', async () => {
    const { local, bot, group, role } = await startWithPilots({}, 'gentle');
    const ada = at(local.members, 0).id;
    await link(bot, local, ada);
    local.discord.faults.rest({ method: 'PUT', route: memberRole, fault: { kind: 'latency', ms: 300 } });
    await bot.app.groups.addDiscordUser(group, ada, { expiresAt: null, editor: null });
    await until(() => local.discord.requests.count({ method: 'PUT', route: memberRole }) === 1);
    await bot.stop();
    expect(holds(local, ada, role.id)).toBe(true);
    expect(local.discord.requests.filter({ method: 'PUT', route: memberRole }).map(({ status }) => status)).toEqual([
      204,
    ]);
  });
});
