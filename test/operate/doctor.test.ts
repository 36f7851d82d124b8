import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commands } from '../../commands/index.ts';
import { openDatabase } from '../../src/db/database.ts';
import { createGuildStore } from '../../src/db/guild-store.ts';
import { createLinkStore } from '../../src/db/link-store.ts';
import { createMappingStore } from '../../src/db/mapping-store.ts';
import { createRest } from '../../src/discord/rest.ts';
import { createTokenVault } from '../../src/identity/token-vault.ts';
import { examine } from '../../src/operate/doctor.ts';
import { lineOf } from '../../src/operate/finding.ts';
import { aMapping } from '../support/core-worlds.ts';
import { at, startGuild } from '../support/local-discord.ts';
import { environmentFor } from '../support/running-bot.ts';

const AT = new Date('2026-11-20T12:00:00Z');
const REDIRECT = 'http://localhost:3000/api/discord/auth/callback';

/** A bot that is set up well: commands registered, redirect listed, a database with a guild in it. */
async function start() {
  const local = await startGuild({ profile: 'gentle', rateLimits: false });
  const folder = await mkdtemp(join(tmpdir(), 'rolewright-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'rolewright.db');
  const env: Record<string, string> = { ...environmentFor(local), DATABASE_URL: `file:${path}` };
  local.application.redirectUris.push(REDIRECT);
  const rest = createRest({ apiUrl: local.discord.apiUrl, botToken: local.token });
  await rest.put(`/applications/${local.application.id}/commands`, { body: commands.map(({ data }) => data.toJSON()) });
  const database = openDatabase(`file:${path}`);
  onTestFinished(() => database.close());
  await createGuildStore(database).joined(local.guild.id, local.guild.name, AT);

  /** What it says, under this environment. */
  async function ask(changes: Record<string, string> = {}, nowMs = Date.now) {
    const lines: string[] = [];
    for await (const finding of examine({ ...env, ...changes }, { commands, nowMs })) lines.push(lineOf(finding));
    return { lines, mends: lines.filter((line) => line.startsWith('MEND')) };
  }
  async function map(roleId: string): Promise<void> {
    const draft = { id: `mapping-${roleId}`, guildId: local.guild.id, roleId, groupId: `group-${roleId}` };
    await createMappingStore(database).create(aMapping({ ...draft, createdAt: AT, updatedAt: AT }));
  }
  return { local, folder, path, env, database, rest, ask, map };
}

/** A site that answers everything with this. */
async function site(status: number, body: unknown): Promise<string> {
  const server = createServer((_req, res) => {
    res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

describe('the doctor of whoever runs it', () => {
  it('finds nothing to mend where all is well, and says what it looked at', async () => {
    const { ask, map, local } = await start();
    await map(at(local.roles, 1).id);
    const { lines, mends } = await ask();
    expect(mends).toEqual([]);
    for (const words of [
      'configuration: ',
      'its schema is up to date',
      'its pages are sound',
      'it can be written',
      'MiB are free',
      'the bot token is accepted; ',
      "of Discord's",
      'DISCORD_CLIENT_ID is that of the bot',
      'the Server Members intent is on',
      `the redirect ${REDIRECT} is listed`,
      'DISCORD_CLIENT_SECRET is accepted',
      `${commands.length} are registered`,
      'the bot can give all 1 mapped roles',
    ]) {
      expect(lines.join('\n')).toContain(words);
    }
  });

  it('lists every problem of the configuration, and asks nobody then', async () => {
    const { ask, local } = await start();
    local.discord.requests.clear();
    const { lines, mends } = await ask({ PORT: 'many', JWT_SECRET: 'short' });
    expect(mends).toEqual(lines);
    expect(lines.map((line) => line.split(' ')[2])).toEqual(['JWT_SECRET', 'PORT']);
    expect(local.discord.requests.all).toEqual([]);
  });

  it('tells no secret, whatever is wrong', async () => {
    const { ask, env } = await start();
    const secrets = { DISCORD_CLIENT_SECRET: 'leak-leak-leak', DISCORD_BOT_TOKEN: 'leak.leak.leak' };
    const elsewhere = { GROUPS_URL: await site(401, {}), GROUPS_TOKEN: 'leak-of-groups' };
    const lines = [await ask(secrets), await ask({ ...elsewhere, DISCORD_CLIENT_SECRET: 'leak-leak-leak' })];
    const text = lines.flatMap((one) => one.lines).join('\n');
    expect(text).not.toContain('leak');
    for (const name of ['DISCORD_BOT_TOKEN', 'JWT_SECRET', 'ENCRYPTION_KEYS']) expect(text).not.toContain(env[name]);
  });

  it('says that the bot token is refused, and asks no more with it', async () => {
    const { ask, local } = await start();
    local.discord.requests.clear();
    const { mends } = await ask({ DISCORD_BOT_TOKEN: 'MTAw.abcdef.0123456789' });
    expect(mends).toEqual([expect.stringContaining('Discord does not accept the bot token')]);
    expect(local.discord.requests.all).toHaveLength(1);
  });

  it('says that Discord cannot be reached', async () => {
    const { ask, local } = await start();
    await local.discord.down();
    expect((await ask()).mends).toEqual([expect.stringContaining('Discord cannot be reached')]);
  });

  const spoiled: { name: string; words: string; spoil(started: Started): unknown }[] = [
    {
      name: 'the intent',
      words: 'The Server Members intent is off',
      spoil: ({ local }) => (local.application.portalIntents.guildMembers = false),
    },
    {
      name: 'the redirect',
      words: `The redirect ${REDIRECT} is not listed`,
      spoil: ({ local }) => local.application.redirectUris.splice(0),
    },
    {
      name: 'the commands',
      words: 'The slash commands at Discord are not those of this version',
      spoil: ({ local, rest }) => rest.put(`/applications/${local.application.id}/commands`, { body: [] }),
    },
    {
      name: 'too few session starts',
      words: 'Only 5 of 5 session starts are left today',
      spoil: ({ local }) => (local.discord.world.settings.sessionStartsPerDay = 5),
    },
    {
      name: 'a permission that is missing',
      words: 'Manage Roles permission',
      spoil: ({ local }) => local.discord.world.setBotPermissions(local.guild.id, local.application.id, 1n << 7n),
    },
    {
      name: 'a role above the bot',
      words: 'Chief',
      async spoil({ local, map }) {
        const { id } = local.discord.world.addRole(local.guild.id, { name: 'Chief', position: 50 });
        await map(id);
      },
    },
    {
      name: 'a server that the bot was removed from',
      words: 'the bot is not in this server any more',
      spoil: ({ local }) => local.discord.world.removeBot(local.guild.id, local.application),
    },
    {
      name: 'a key that is gone',
      words: 'is not in ENCRYPTION_KEYS',
      async spoil({ database, local }) {
        const vault = createTokenVault([{ kid: 'lost', key: new Uint8Array(32).fill(7) }]);
        const { id, username } = at(local.members, 0);
        await createLinkStore(database).link({
          discordUser: { id, username, globalName: null },
          accountId: null,
          tokens: {
            accessToken: await vault.seal('access', id),
            refreshToken: null,
            expiresAt: AT,
            scopes: ['identify'],
          },
          newAccountId: '00000000-0000-4000-8000-000000000001',
          now: AT,
        });
      },
    },
  ];

  it.each(spoiled)('tells how to mend $name', async ({ words, spoil }) => {
    const started = await start();
    await spoil(started);
    const { mends } = await started.ask();
    expect(mends.join('\n')).toContain(words);
    expect(mends.filter((line) => !line.includes('The bot is in no server'))).toHaveLength(1);
  });

  it.each([
    { name: 'behind', aheadMs: -60_000 },
    { name: 'ahead of', aheadMs: 60_000 },
  ])('notices that the clock is $name Discord’s', async ({ name, aheadMs }) => {
    const { ask } = await start();
    const { mends } = await ask({}, () => Date.now() + aheadMs);
    expect(mends).toEqual([expect.stringMatching(new RegExp(`is (59|60|61) s ${name} Discord's`))]);
  });

  it('notices a token and a client id of two applications, and a secret that is refused', async () => {
    const { ask } = await start();
    const { mends } = await ask({ DISCORD_CLIENT_ID: '100000000000000009' });
    expect(mends.join('\n')).toContain('Take both from the same one');
    const secret = await ask({ DISCORD_CLIENT_SECRET: 'another-secret' });
    expect(secret.mends).toEqual([expect.stringContaining('does not accept DISCORD_CLIENT_SECRET')]);
  });

  it.each([
    { name: 'it is damaged', content: 'Dear diary', words: 'is not a database' },
    { name: 'it is not there yet', content: null, words: null },
  ])('looks at the database: $name', async ({ content, words }) => {
    const { ask, folder } = await start();
    const path = join(folder, 'other.db');
    if (content !== null) await writeFile(path, content);
    const { lines, mends } = await ask({ DATABASE_URL: `file:${path}` });
    expect(mends).toEqual(words === null ? [] : [expect.stringContaining(words)]);
    if (words === null) expect(lines.join('\n')).toContain('the first start makes it');
  });

  it('says that another process holds the database', async () => {
    const { ask, database } = await start();
    database.orm.run('begin immediate');
    const { mends } = await ask();
    database.orm.run('rollback');
    expect(mends).toEqual([expect.stringContaining('is locked by another process')]);
  });

  it.each([
    { name: 'answers', status: 404, body: {}, words: null },
    { name: 'refuses the token', status: 403, body: {}, words: 'refuses GROUPS_TOKEN' },
    { name: 'fails', status: 500, body: {}, words: 'answers 500' },
  ])('asks the site that keeps groups, which $name', async ({ status, body, words }) => {
    const { ask } = await start();
    const { mends } = await ask({ GROUPS_URL: await site(status, body) });
    expect(mends).toEqual(words === null ? [] : [expect.stringContaining(words)]);
  });

  it.each([
    { name: 'there are some', body: { keys: [{ kty: 'RSA' }] }, words: null },
    { name: 'there are none', body: { keys: [] }, words: 'shows no keys' },
  ])('asks the host application for its keys: $name', async ({ body, words }) => {
    const { ask } = await start();
    const host = { HOST_JWT_ISSUER: 'https://host.example', HOST_JWT_AUDIENCE: 'rolewright' };
    const { mends } = await ask({ ...host, HOST_JWKS_URL: await site(200, body) });
    expect(mends).toEqual(words === null ? [] : [expect.stringContaining(words)]);
  });
});

type Started = Awaited<ReturnType<typeof start>>;
