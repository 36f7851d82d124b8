import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { codeOf, startApi } from '../support/api-world.ts';
import { at, until } from '../support/local-discord.ts';

const made = z.object({ id: z.string() });
const listed = z.object({
  members: z.array(
    z.object({ user_id: z.string().nullable(), discord_id: z.string().nullable(), is_linked: z.unknown() }),
  ),
  total: z.number(),
});

/** A group that gives @Captain, who is an administrator, and an admin who has Manage Server alone; the owner has mapped it. */
async function startWithBoss(env: Record<string, string> = {}) {
  const api = await startApi({ env });
  const { local, guildId, send, bot } = api;
  const { world } = local.discord;
  const owner = await api.login(api.ownerId);
  const captain = world.addRole(guildId, { name: 'Captain', permissions: PERMISSIONS.administrator, position: 1 });
  const staff = world.addRole(guildId, { name: 'Staff', permissions: PERMISSIONS.manageGuild, position: 1 });
  const lowId = world.addUser({ username: 'low' }).id;
  world.join(guildId, lowId, { roles: [staff.id] });
  await until(() => bot.app.guilds.guild(guildId)?.roles.has(staff.id) ?? false);
  const low = await api.login(lowId);
  const group = await send('POST /api/groups', { as: owner, body: { name: 'Boss', guild_id: guildId } });
  const { id } = made.parse(group.body);
  const draft = { group_id: id, discord_role_id: captain.id, confirm_dangerous: true };
  const mapped = await send(`POST /api/discord/guilds/${guildId}/role-mappings`, { as: owner, body: draft });
  expect(mapped.status).toBe(201);
  const holds = (discordId: string) =>
    world.guilds.get(guildId)?.members.get(discordId)?.roles.has(captain.id) ?? false;
  const one = `/api/groups/${id}`;
  const members = async (as: string) => listed.parse((await send(`GET ${one}/members`, { as })).body);
  return { ...api, owner, low, lowId, lowAccount: await api.link(lowId), one, holds, members };
}

describe('who is in a group that gives an administrator’s role', () => {
  it('is not changed by an admin who could not give it by hand', async () => {
    const { send, low, lowId, lowAccount, owner, one, holds, members, local } = await startWithBoss();
    const tries = [
      [`PUT ${one}/members/${lowAccount}`, {}],
      [`PUT ${one}/members`, { user_ids: [lowAccount], confirm: true }],
      [`PUT ${one}/members`, { user_ids: [], discord_ids: [lowId] }],
      [`PUT ${one}/members/${lowId}`, {}],
      [`DELETE ${one}/members/${lowAccount}`, undefined],
      [`DELETE ${one}/members/${lowId}`, undefined],
    ] as const;
    for (const [line, body] of tries) {
      const refused = await send(line, { as: low, ...(body && { body }) });
      expect([line, refused.status, codeOf(refused)]).toEqual([line, 403, 'forbidden']);
      expect(refused.text).toContain(
        '@Captain gives power, by its permissions or by its place, and you could not give it by hand',
      );
    }
    expect(await members(owner)).toMatchObject({ total: 0 });
    expect(holds(lowId)).toBe(false);
    expect((await send(`PUT ${one}`, { as: low, body: { description: 'the chiefs' } })).status).toBe(200);
    expect((await send(`PUT ${one}/members/${lowAccount}`, { as: owner })).status).toBe(200);
    const ada = at(local.members, 0).id;
    expect((await send(`PUT ${one}/members`, { as: owner, body: { user_ids: [], discord_ids: [ada] } })).status).toBe(
      200,
    );
  });
});

describe('a member of a group', () => {
  it('who was added by his Discord user is shown with his account once he is linked, and goes by it', async () => {
    const { send, owner, one, local, link, members } = await startWithBoss();
    const [ada, ben] = [at(local.members, 0).id, at(local.members, 1).id];
    const shown = async () =>
      Object.fromEntries((await members(owner)).members.map(({ discord_id: id, ...rest }) => [id ?? '', rest]));
    await send(`PUT ${one}/members`, { as: owner, body: { user_ids: [], discord_ids: [ada, ben] } });
    const waiting = { user_id: null, is_linked: false };
    expect(await shown()).toEqual({ [ada]: waiting, [ben]: waiting });
    const account = await link(ada);
    const linked = { user_id: account, is_linked: true };
    expect(await shown()).toEqual({ [ada]: linked, [ben]: waiting });

    await send(`PUT ${one}/members/${account}`, { as: owner });
    expect(await shown()).toEqual({ [ada]: linked, [ben]: waiting });
    expect((await send(`GET ${one}`, { as: owner })).body).toMatchObject({ member_count: 2 });
    await send(`PUT ${one}/members`, { as: owner, body: { user_ids: [account], discord_ids: [ada] } });
    expect(await members(owner)).toMatchObject({ members: [{ ...linked, discord_id: ada }], total: 1 });
    expect((await send(`DELETE ${one}/members/${account}`, { as: owner })).status).toBe(204);
    expect(await members(owner)).toMatchObject({ members: [], total: 0 });
  });

  it('who was added as an account: whether he is linked, operators learn, and admins of a guild do not', async () => {
    const operatorId = '175928847299117063';
    const world = await startWithBoss({ OPERATOR_IDS: operatorId });
    const { send, owner, one, local, link, members, bot } = world;
    local.discord.world.addUser({ id: operatorId, username: 'op' });
    const operator = await world.login(operatorId);
    const stranger = local.discord.world.addUser({ username: 'stranger' }).id;
    const account = await link(stranger);
    const added = await send(`PUT ${one}/members/${account}`, { as: owner });
    expect(added.body).toMatchObject({ is_linked: null });
    expect((await members(owner)).members).toMatchObject([{ user_id: account, discord_id: null, is_linked: null }]);
    expect((await members(operator)).members).toMatchObject([{ user_id: account, discord_id: null, is_linked: true }]);
    expect((await send(`PUT ${one}/members/${account}`, { as: operator })).body).toMatchObject({ is_linked: true });
    await bot.app.links.unlink(stranger, stranger);
    expect((await members(owner)).members).toMatchObject([{ user_id: account, is_linked: null }]);
  });
});

const times = (count: number) => Array.from({ length: count }, (_, index) => index);
const inOrder = (answers: readonly { status: number }[]) =>
  answers.map(({ status }) => status).toSorted((a, b) => a - b);

describe('groups that several people change at once', () => {
  it('are made once, and deleted once', async () => {
    const { send, owner, guildId } = await startWithBoss();
    const make = () => send('POST /api/groups', { as: owner, body: { name: 'Pilots', guild_id: guildId } });
    const all = await Promise.all(times(6).map(make));
    expect(inOrder(all)).toEqual([201, 409, 409, 409, 409, 409]);
    const { id } = made.parse(all.find(({ status }) => status === 201)?.body);
    const ends = await Promise.all(times(10).map(() => send(`DELETE /api/groups/${id}`, { as: owner })));
    expect(inOrder(ends)).toEqual([204, ...times(9).map(() => 404)]);
  });

  it('go with their mappings once', async () => {
    const { send, owner, one, guildId } = await startWithBoss();
    const ends = await Promise.all(times(5).map(() => send(`DELETE ${one}?roles=remove`, { as: owner })));
    expect(inOrder(ends)).toEqual([204, 404, 404, 404, 404]);
    for (const end of ends.filter(({ status }) => status === 404)) expect(codeOf(end)).toBe('group_not_found');
    const left = await send(`GET /api/discord/guilds/${guildId}/role-mappings`, { as: owner });
    expect(left.body).toMatchObject({ total: 0 });
  });

  it('take members until they are gone, never half', async () => {
    const { send, owner, guildId, lowAccount } = await startWithBoss();
    for (const round of times(3)) {
      const group = await send('POST /api/groups', { as: owner, body: { name: `R${round}`, guild_id: guildId } });
      const one = `/api/groups/${made.parse(group.body).id}`;
      const answers = await Promise.all([
        send(`PUT ${one}/members/${lowAccount}`, { as: owner }),
        send(`PUT ${one}/members`, { as: owner, body: { user_ids: [lowAccount] } }),
        send(`DELETE ${one}`, { as: owner }),
        send(`PUT ${one}/members/${lowAccount}`, { as: owner }),
        send(`PUT ${one}/members`, { as: owner, body: { user_ids: [], discord_ids: [guildId] } }),
        send(`DELETE ${one}/members/${lowAccount}`, { as: owner }),
        send(`GET ${one}/members`, { as: owner }),
      ]);
      for (const { status } of answers) expect([200, 204, 404]).toContain(status);
    }
  });

  it('have one whole set of those that were put at once', async () => {
    const { send, owner, one, members } = await startWithBoss();
    const setOf = (index: number) => times(20).map((place) => `2${String(index * 100 + place).padStart(17, '0')}`);
    const put = (index: number) =>
      send(`PUT ${one}/members`, { as: owner, body: { user_ids: [], discord_ids: setOf(index) } });
    expect(inOrder(await Promise.all(times(8).map(put)))).toEqual(times(8).map(() => 200));
    const now = (await members(owner)).members.map(({ discord_id: id }) => id ?? '').sort();
    expect(times(8).map(setOf)).toContainEqual(now);
  });
});
