import { PermissionFlagsBits as Bits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { ask, at, startGuild, type LocalGuild } from '../support/local-discord.ts';

const memberLine = (local: LocalGuild, method = 'PATCH') =>
  `${method} /guilds/${local.guild.id}/members/${at(local.members, 0).id}`;

describe('a query', () => {
  it.each([
    { query: 'limit=1001', code: 'NUMBER_TYPE_MAX', message: 'int value should be less than or equal to 1000.' },
    { query: 'limit=0', code: 'NUMBER_TYPE_MIN', message: 'int value should be greater than or equal to 1.' },
    { query: 'limit=many', code: 'NUMBER_TYPE_COERCE', message: 'Value "many" is not int.' },
  ])('with $query is refused, not bent into shape', async ({ query, code, message }) => {
    const local = await startGuild();
    const answer = await ask(local, `GET /guilds/${local.guild.id}/members?${query}`);
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 50035, errors: { limit: { _errors: [{ code, message }] } } },
    });
  });

  it.each(['members?after=ada', 'audit-logs?before=x', 'audit-logs?user_id=x'])(
    'with a word where an id belongs is refused: %s',
    async (path) => {
      const local = await startGuild();
      const answer = await ask(local, `GET /guilds/${local.guild.id}/${path}`);
      expect(answer).toMatchObject({ status: 400, body: { code: 50035 } });
    },
  );
});

describe('a reason', () => {
  const tooLong = 'x'.repeat(513);

  it.each([
    { longReason: 'refused', status: 400 },
    { longReason: 'cut', status: 204 },
  ] as const)('of 513 characters is $longReason where Discord is set to that', async ({ longReason, status }) => {
    const local = await startGuild({ settings: { longReason } });
    const line = `${memberLine(local, 'PUT')}/roles/${at(local.roles, 0).id}`;
    expect((await ask(local, line, { reason: tooLong })).status).toBe(status);
    expect((await ask(local, line, { reason: 'é'.repeat(512) })).status).toBe(204);
  });
});

describe('PATCH member', () => {
  it('lets nulls stand among the roles', async () => {
    const local = await startGuild();
    const role = at(local.roles, 0).id;
    const answer = await ask(local, memberLine(local), { body: { roles: [null, role] } });
    expect(answer).toMatchObject({ status: 200, body: { roles: [role] } });
  });

  it.each([
    { place: 'somebody', body: { channel_id: '123456789012345678' } },
    { place: '@me', body: { bio: 'x' } },
  ])('says so when it cannot do what is asked of $place', async ({ place, body }) => {
    const local = await startGuild();
    const line = place === '@me' ? `PATCH /guilds/${local.guild.id}/members/@me` : memberLine(local);
    expect((await ask(local, line, { body })).status).toBe(501);
  });
});

describe('a nick', () => {
  it('loses the blanks around it', async () => {
    const local = await startGuild();
    expect((await ask(local, memberLine(local), { body: { nick: '  Ada ' } })).body).toMatchObject({ nick: 'Ada' });
    expect((await ask(local, memberLine(local), { body: { nick: '   ' } })).body).toMatchObject({ nick: null });
  });
});

describe('a guild that is gone', () => {
  it.each([
    { goneGuildCode: 10004, status: 404 },
    { goneGuildCode: 50001, status: 403 },
  ] as const)('is answered with $goneGuildCode below its own route', async ({ goneGuildCode, status }) => {
    const local = await startGuild({ settings: { goneGuildCode } });
    local.discord.world.deleteGuild(local.guild.id);
    const below = await ask(local, `GET /guilds/${local.guild.id}/roles`);
    expect(below).toMatchObject({ status, body: { code: goneGuildCode } });
    const itself = await ask(local, `GET /guilds/${local.guild.id}`);
    expect(itself).toMatchObject({ status: 404, body: { code: 10004 } });
  });
});

describe('a ban', () => {
  it('reaches only who stands lower, and is done once', async () => {
    const local = await startGuild();
    const { world } = local.discord;
    world.setBotPermissions(local.guild.id, local.application.id, Bits.BanMembers);
    const admin = world.addRole(local.guild.id, { name: 'Admin', position: 99 });
    world.giveRole(local.guild.id, at(local.members, 1).id, admin.id);
    const ban = (userId: string) => ask(local, `PUT /guilds/${local.guild.id}/bans/${userId}`);
    for (const { id } of [local.owner, at(local.members, 1)]) {
      expect(await ban(id)).toMatchObject({ status: 403, body: { code: 50013 } });
      expect(local.guild.members.has(id)).toBe(true);
    }
    expect((await ban(at(local.members, 0).id)).status).toBe(204);
    expect((await ban(world.addUser().id)).status).toBe(204);
  });
});

describe('a new role', () => {
  it('may do what everyone may, unless told otherwise', async () => {
    const local = await startGuild();
    const { world, guild } = { world: local.discord.world, guild: local.guild };
    world.editRole(guild.id, guild.id, { permissions: Bits.ViewChannel });
    const { body } = await ask(local, `POST /guilds/${guild.id}/roles`, { body: {} });
    expect(body).toMatchObject({ name: 'new role', permissions: Bits.ViewChannel.toString() });
  });
});

describe('the look of a role', () => {
  it.each([
    { body: { color: 'red' }, status: 400 },
    { body: { colors: { primary_color: 0x1_00_00_00 } }, status: 400 },
    { body: { unicode_emoji: 'x' }, status: 501 },
    { body: { colors: { primary_color: 1, secondary_color: 2 } }, status: 501 },
    { body: { colors: { primary_color: 1, secondary_color: null } }, status: 200 },
  ])('is taken as it is given, or not at all: $body', async ({ body, status }) => {
    const local = await startGuild();
    expect((await ask(local, `POST /guilds/${local.guild.id}/roles`, { body })).status).toBe(status);
  });
});

describe('what is not built', () => {
  it('says so: the permissions of commands, the default install settings', async () => {
    const local = await startGuild();
    const { application, guild } = local;
    const permissions = `GET /applications/${application.id}/guilds/${guild.id}/commands/permissions`;
    expect((await ask(local, permissions)).status).toBe(501);
    expect((await fetch(`${local.discord.authorizeUrl}?client_id=${application.id}`)).status).toBe(501);
  });
});

describe('a file', () => {
  it('of more than 10 MiB is refused with 413', async () => {
    const local = await startGuild();
    const send = async (size: number) => {
      const form = new FormData();
      form.set('payload_json', '{"content":"here"}');
      form.set('files[0]', new Blob([new Uint8Array(size)]), 'members.csv');
      const response = await fetch(`${local.discord.apiUrl}/v10/channels/${local.channel.id}/messages`, {
        method: 'POST',
        headers: { 'User-Agent': 'DiscordBot (https://rolewright.example, 1)', Authorization: `Bot ${local.token}` },
        body: form,
      });
      return { status: response.status, body: await response.json() };
    };
    expect((await send(10 * 1024 * 1024)).status).toBe(200);
    expect(await send(10 * 1024 * 1024 + 1)).toMatchObject({ status: 413, body: { code: 40005 } });
  });
});

describe('a User-Agent', () => {
  it.each(['DiscordBot', 'DiscordBot/1.0', 'DiscordBot (https://rolewright.example)'])(
    'that lacks address or version is turned away: %s',
    async (agent) => {
      const local = await startGuild();
      const answer = await ask(local, 'GET /users/@me', { headers: { 'User-Agent': agent } });
      expect(answer).toMatchObject({ status: 403, body: { code: 40333 } });
    },
  );
});
