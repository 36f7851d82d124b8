import { describe, expect, it } from 'vitest';
import { ask, at, startGuild, type LocalGuild, type Question } from '../support/local-discord.ts';

const unknownId = '123456789012345678';

interface Case {
  name: string;
  line: (local: LocalGuild) => string;
  given?: (local: LocalGuild) => Question;
  before?: (local: LocalGuild) => void;
  status: number;
  code: number;
}

const someone = ({ members }: LocalGuild) => at(members, 0).id;
const pilot = ({ roles }: LocalGuild) => at(roles, 1).id;
const memberPath = (local: LocalGuild) => `/guilds/${local.guild.id}/members/${someone(local)}`;
const rolePath = (local: LocalGuild, roleId = pilot(local)) => `${memberPath(local)}/roles/${roleId}`;
const foreign = (local: LocalGuild) => local.discord.world.addGuild({ ownerId: local.owner.id }).id;
const aboveBot = ({ discord, guild }: LocalGuild) =>
  discord.world.addRole(guild.id, { name: 'Admin', position: 99 }).id;
const withoutPermissions = (local: LocalGuild) =>
  local.discord.world.setBotPermissions(local.guild.id, local.application.id, 0n);

const cases: Case[] = [
  { name: 'a wrong token', line: () => 'GET /users/@me', given: () => ({ token: 'wrong' }), status: 401, code: 0 },
  { name: 'no token', line: () => 'GET /users/@me', given: () => ({ token: null }), status: 401, code: 0 },
  {
    name: 'no User-Agent of a bot',
    line: () => 'GET /users/@me',
    given: () => ({ headers: { 'User-Agent': 'curl' } }),
    status: 403,
    code: 40333,
  },
  { name: 'an unknown guild', line: () => `GET /guilds/${unknownId}`, status: 404, code: 10004 },
  { name: 'a guild the bot is not in', line: (local) => `GET /guilds/${foreign(local)}`, status: 404, code: 10004 },
  {
    name: 'the roles of a guild it is not in',
    line: (local) => `GET /guilds/${foreign(local)}/roles`,
    status: 403,
    code: 50001,
  },
  {
    name: 'the commands of a guild it is not in',
    line: (local) => `GET /applications/${local.application.id}/guilds/${foreign(local)}/commands`,
    status: 403,
    code: 50001,
  },
  {
    name: 'the members without the intent in the portal',
    line: ({ guild }) => `GET /guilds/${guild.id}/members`,
    before: ({ application }) => {
      application.portalIntents.guildMembers = false;
    },
    status: 403,
    code: 50001,
  },
  {
    name: 'a role without Manage Roles',
    line: (local) => `PUT ${rolePath(local)}`,
    before: withoutPermissions,
    status: 403,
    code: 50013,
  },
  {
    name: 'a role above the bot',
    line: (local) => `PUT ${rolePath(local, aboveBot(local))}`,
    status: 403,
    code: 50013,
  },
  { name: "the bot's own role", line: (local) => `PUT ${rolePath(local, local.botRole.id)}`, status: 403, code: 50013 },
  {
    name: 'a managed role',
    line: (local) => `PUT ${rolePath(local, local.discord.world.addRole(local.guild.id, { managed: true }).id)}`,
    status: 403,
    code: 50013,
  },
  {
    name: 'a linked role',
    line: (local) =>
      `DELETE ${rolePath(local, local.discord.world.addRole(local.guild.id, { tags: { guild_connections: null } }).id)}`,
    status: 403,
    code: 50013,
  },
  {
    name: 'a user who is no member',
    line: (local) => `PUT /guilds/${local.guild.id}/members/${local.discord.world.addUser().id}/roles/${pilot(local)}`,
    status: 404,
    code: 10007,
  },
  { name: 'an unknown role', line: (local) => `PUT ${rolePath(local, unknownId)}`, status: 404, code: 10011 },
  { name: '@everyone', line: (local) => `DELETE ${rolePath(local, local.guild.id)}`, status: 404, code: 10011 },
  {
    name: 'deleting @everyone',
    line: ({ guild }) => `DELETE /guilds/${guild.id}/roles/${guild.id}`,
    status: 400,
    code: 50028,
  },
  {
    name: 'deleting a managed role',
    line: ({ guild, botRole }) => `DELETE /guilds/${guild.id}/roles/${botRole.id}`,
    status: 400,
    code: 50028,
  },
  { name: 'an unknown user', line: () => `GET /users/${unknownId}`, status: 404, code: 10013 },
  {
    name: 'the nick of the owner',
    line: ({ guild, owner }) => `PATCH /guilds/${guild.id}/members/${owner.id}`,
    given: () => ({ body: { nick: 'x' } }),
    status: 403,
    code: 50013,
  },
  {
    name: 'a nick of 33 characters',
    line: (local) => `PATCH ${memberPath(local)}`,
    given: () => ({ body: { nick: 'x'.repeat(33) } }),
    status: 400,
    code: 50035,
  },
  {
    name: 'a role twice in one PATCH',
    line: (local) => `PATCH ${memberPath(local)}`,
    given: (local) => ({ body: { roles: [pilot(local), pilot(local)] } }),
    status: 400,
    code: 50035,
  },
  { name: 'an id that is none', line: () => 'GET /guilds/pilot', status: 400, code: 50035 },
  {
    name: 'joining with a stale access token',
    line: (local) => `PUT /guilds/${local.guild.id}/members/${local.discord.world.addUser().id}`,
    given: () => ({ body: { access_token: 'stale' } }),
    status: 403,
    code: 50025,
  },
  {
    name: 'an empty message',
    line: ({ channel }) => `POST /channels/${channel.id}/messages`,
    given: () => ({ body: {} }),
    status: 400,
    code: 50006,
  },
  {
    name: 'a message of 2001 characters',
    line: ({ channel }) => `POST /channels/${channel.id}/messages`,
    given: () => ({ body: { content: 'x'.repeat(2001) } }),
    status: 400,
    code: 50035,
  },
  {
    name: 'an unknown channel',
    line: () => `POST /channels/${unknownId}/messages`,
    given: () => ({ body: { content: 'x' } }),
    status: 404,
    code: 10003,
  },
  {
    name: 'an unknown message',
    line: ({ channel }) => `GET /channels/${channel.id}/messages/${unknownId}`,
    status: 404,
    code: 10008,
  },
  {
    name: 'the commands of another application',
    line: () => `GET /applications/${unknownId}/commands`,
    status: 403,
    code: 20012,
  },
  {
    name: 'an unknown interaction',
    line: () => `POST /interactions/${unknownId}/token/callback`,
    given: () => ({ body: { type: 5 } }),
    status: 404,
    code: 10062,
  },
  {
    name: 'what the sandbox does not do',
    line: ({ guild }) => `GET /guilds/${guild.id}/stickers`,
    status: 501,
    code: 0,
  },
];

describe('the local Discord refuses', () => {
  it.each(cases)('$name with $status and $code', async ({ line, given, before, status, code }) => {
    const local = await startGuild();
    before?.(local);
    const answer = await ask(local, line(local), given?.(local));
    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.body).toHaveProperty('message');
  });

  it('the 251st role with 30005', async () => {
    const local = await startGuild();
    while (local.guild.roles.size < 250) local.discord.world.addRole(local.guild.id);
    const answer = await ask(local, `POST /guilds/${local.guild.id}/roles`, { body: { name: 'one more' } });
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 30005, message: 'Maximum number of server roles reached (250)' },
    });
  });

  it('a nick in words that name the field', async () => {
    const local = await startGuild();
    const { body } = await ask(local, `PATCH ${memberPath(local)}`, { body: { nick: 'x'.repeat(33) } });
    expect(body).toMatchObject({
      errors: { nick: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 32 or fewer in length.' }] } },
    });
  });
});
