import { mkdtempSync, rmSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Client from 'better-sqlite3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { codeOf, startApi, type ApiWorld } from '../support/api-world.ts';
import { createBrowser } from '../support/browser.ts';
import { at, until } from '../support/local-discord.ts';

const exported = z.record(z.string(), z.array(z.record(z.string(), z.unknown())));

/** A member who has got a role from a group, and the admin who gave it to him. */
async function startWithRole() {
  const folder = mkdtempSync(join(tmpdir(), 'rolewright-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'rolewright.db');
  const api = await startApi({ env: { DATABASE_URL: `file:${file}` } });
  const [anna, ben] = [at(api.local.members, 0).id, at(api.local.members, 1).id];
  const boss = await api.login(api.ownerId);
  const roleId = at(api.local.roles, 0).id;
  const made = await api.send('POST /api/groups', { as: boss, body: { guild_id: api.guildId, name: 'Pilots' } });
  const { id: groupId } = z.object({ id: z.string() }).parse(made.body);
  const mapping = { group_id: groupId, discord_role_id: roleId };
  await api.send(`POST /api/discord/guilds/${api.guildId}/role-mappings`, { as: boss, body: mapping });
  const has = (discordId: string) =>
    api.local.discord.world.guilds.get(api.guildId)?.members.get(discordId)?.roles.has(roleId) ?? false;
  const enlist = async (discordId: string) => {
    const path = `PUT /api/groups/${groupId}/members/${await api.link(discordId)}`;
    expect((await api.send(path, { as: boss, body: {} })).status).toBe(200);
    await until(() => has(discordId));
  };
  await enlist(anna);
  return { ...api, anna, ben, boss, roleId, has, enlist, file };
}

const dataOf = async ({ send }: Pick<ApiWorld, 'send'>, as: string) =>
  exported.parse((await send('GET /api/me/export', { as })).body);

/** Every row of the database in which somebody is named. */
function rowsNaming({ file }: { file: string }, name: string): string[] {
  const client = new Client(file, { readonly: true });
  const tables = client.prepare<[], { name: string }>("select name from sqlite_master where type = 'table'").all();
  const rows = tables.flatMap((table) =>
    client
      .prepare(`select * from "${table.name}"`)
      .all()
      .map((row) => `${table.name} ${JSON.stringify(row)}`),
  );
  client.close();
  return rows.filter((row) => row.includes(name));
}

describe('a member who unlinked his Discord user', () => {
  it('comes back to the account that was his alone, with its groups', async () => {
    const world = await startWithRole();
    const { anna, send, has, link } = world;
    const accountId = await link(anna);
    await send(`DELETE /api/discord/auth/unlink/${anna}`, { as: await world.login(anna) });
    await until(() => !has(anna));
    expect(await link(anna)).toBe(accountId);
    await until(() => has(anna));
  });

  it('has what happened to it for himself: who shared the account neither sees nor deletes it, he does both', async () => {
    const world = await startWithRole();
    const { anna, ben, send } = world;
    const accountId = await world.link(anna);
    await tieTo(world, accountId, ben, anna);
    const asBen = await world.login(ben);
    expect((await send(`DELETE /api/discord/auth/unlink/${anna}`, { as: asBen })).status).toBe(204);
    await until(() => !world.has(anna));

    const data = await dataOf(world, asBen);
    expect(data['changes']).toEqual([expect.objectContaining({ discord_id: ben, action: 'add' })]);
    expect(JSON.stringify(data)).not.toContain(anna);
    expect((await send('DELETE /api/me', { as: asBen })).status).toBe(204);
    expect((await send('GET /api/me', { as: asBen })).status).toBe(401);
    for (const name of [ben, accountId]) expect(rowsNaming(world, name)).toEqual([]);

    const asAnna = await world.login(anna);
    expect((await dataOf(world, asAnna))['changes']).toEqual([
      expect.objectContaining({ discord_id: anna, action: 'add' }),
      expect.objectContaining({ discord_id: anna, action: 'remove' }),
    ]);
    expect((await send('DELETE /api/me', { as: asAnna })).status).toBe(204);
    expect(rowsNaming(world, anna)).toEqual([]);
  });

  it('takes what happened to it along to another account: the old one cannot delete it', async () => {
    const world = await startWithRole();
    const { anna, ben, send } = world;
    await tieTo(world, await world.link(anna), ben, anna);
    const asBen = await world.login(ben);
    await send(`DELETE /api/discord/auth/unlink/${anna}`, { as: asBen });
    await until(() => !world.has(anna));
    await world.enlist(anna);
    expect(await world.link(anna)).not.toBe(await world.link(ben));
    expect((await dataOf(world, asBen))['former_discord_users']).toEqual([]);
    expect(JSON.stringify(await dataOf(world, asBen))).not.toContain(anna);
    await send('DELETE /api/me', { as: asBen });
    expect((await dataOf(world, await world.login(anna)))['changes']).toHaveLength(3);
    expect(world.has(anna)).toBe(true);
  });
});

/** Links another Discord user to the account of this one, through the pages. */
async function tieTo(world: ApiWorld, accountId: string, discordId: string, owner: string): Promise<void> {
  const browser = createBrowser(world);
  await browser.logIn(owner);
  const begun = await browser.send('/api/discord/auth/link', {
    method: 'POST',
    headers: { accept: 'application/json' },
  });
  const { auth_url } = z.object({ auth_url: z.string() }).parse(await begun.json());
  await browser.send(await browser.consent(auth_url, discordId));
  expect(await world.link(discordId)).toBe(accountId);
}

describe('an export', () => {
  it('names nobody else', async () => {
    const world = await startWithRole();
    const { anna, ben, boss, ownerId, send, guildId } = world;
    await world.enlist(ben);
    await send('POST /api/discord/sync/manual', {
      as: boss,
      body: { guild_id: guildId, user_ids: [await world.link(anna)] },
    });
    const own = await dataOf(world, await world.login(anna));
    expect(JSON.stringify(own)).not.toContain(ownerId);
    expect(own['memberships']).toEqual([expect.objectContaining({ added_by: 'someone_else' })]);
    expect(own['runs']?.map((run) => run['initiated_by'])).toContain('someone_else');

    const admin = await dataOf(world, boss);
    const text = JSON.stringify(admin);
    for (const name of [anna, ben, await world.link(anna), await world.link(ben)]) expect(text).not.toContain(name);
    expect(text).toContain(ownerId);
    expect(admin['configuration_changes']).toContainEqual(
      expect.objectContaining({ subject: 'membership', after: expect.objectContaining({ user_id: 'someone_else' }) }),
    );
  });

  it('is one at a time for an account, and ends when nobody reads it any more', async () => {
    const world = await startWithRole();
    const { anna, url, file } = world;
    const [token, other] = [await world.login(anna), await world.login(world.ben)];
    fillHistory(file, { guildId: world.guildId, discordId: anna, count: 40_000 });
    const stalled = await openExport(url, token);
    const refused = await world.send('GET /api/me/export', { as: token });
    expect([refused.status, codeOf(refused)]).toEqual([429, 'rate_limited']);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect((await world.send('GET /api/me/export', { as: other })).status).toBe(200);
    stalled.destroy();
    await vi.waitFor(async () => expect((await world.send('GET /api/me/export', { as: token })).status).toBe(200), {
      timeout: 15_000,
    });
    expect((await dataOf(world, token))['changes']).toHaveLength(40_001);
  }, 30_000);

  it('breaks off, rather than look whole, when it cannot be read to its end', async () => {
    const world = await startWithRole();
    fillHistory(world.file, { guildId: world.guildId, discordId: world.anna, count: 40_000 });
    const answer = await openExport(world.url, await world.login(world.anna));
    const client = new Client(world.file);
    client.exec('alter table role_mappings rename to elsewhere');
    client.close();
    const ended = new Promise<string>((resolve) => {
      answer.once('error', () => resolve('broken'));
      answer.once('end', () => resolve('whole'));
    });
    answer.resume();
    expect(await ended).toBe('broken');
  }, 30_000);
});

/** An export of which nothing is read yet. */
function openExport(url: string, token: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    get(`${url}/api/me/export`, { headers }, resolve).once('error', reject);
  });
}

/** Changes of one member, as years would bring them. */
function fillHistory(file: string, of: { guildId: string; discordId: string; count: number }): void {
  const client = new Client(file);
  client
    .prepare(
      `insert into changes (run_id, guild_id, discord_id, role_id, action, outcome, reason, mapping_ids, at)
       with recursive n(i) as (select 1 union all select i + 1 from n where i < :count)
       select (select id from runs limit 1), :guildId, :discordId, 'role', 'add', 'applied', 'mapping_true', '["m"]', i from n`,
    )
    .run(of);
  client.close();
}
