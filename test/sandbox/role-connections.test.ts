import { describe, expect, it } from 'vitest';
import { ask, at, startGuild, type LocalGuild } from '../support/local-discord.ts';

const level = { type: 2, key: 'level', name: 'Level', description: 'At least this level' };
const since = { type: 6, key: 'since', name: 'Since', description: 'Member for so many days' };
const paid = { type: 7, key: 'paid', name: 'Paid', description: 'Has paid' };

const metadataPath = ({ application }: LocalGuild) => `/applications/${application.id}/role-connections/metadata`;

async function startLinked(scopes = ['identify', 'role_connections.write']) {
  const local = await startGuild();
  await ask(local, `PUT ${metadataPath(local)}`, { body: [level, since, paid] });
  const userId = at(local.members, 0).id;
  const { token } = local.discord.world.addAccessToken({ applicationId: local.application.id, userId, scopes });
  const path = `/users/@me/applications/${local.application.id}/role-connection`;
  return { local, path, connect: (line: string, body?: object) => ask(local, line, { bearer: token, body }) };
}

describe('the metadata of linked roles', () => {
  it('are replaced as a list', async () => {
    const { local } = await startLinked();
    expect((await ask(local, `PUT ${metadataPath(local)}`, { body: [level] })).body).toEqual([level]);
    expect((await ask(local, `GET ${metadataPath(local)}`)).body).toEqual([level]);
  });

  it.each([
    { name: 'six', body: Array.from({ length: 6 }, (_, index) => ({ ...level, key: `k${index}` })) },
    { name: 'an unknown type', body: [{ ...level, type: 9 }] },
    { name: 'a key in capitals', body: [{ ...level, key: 'Level' }] },
    { name: 'a key twice', body: [level, level] },
    { name: 'a description of 201 characters', body: [{ ...level, description: 'x'.repeat(201) }] },
  ])('are refused: $name', async ({ body }) => {
    const { local } = await startLinked();
    expect(await ask(local, `PUT ${metadataPath(local)}`, { body })).toMatchObject({
      status: 400,
      body: { code: 50035 },
    });
  });
});

describe('the role connection of a user', () => {
  it('is empty, written, read and deleted with his own token', async () => {
    const { path, connect } = await startLinked();
    const empty = { platform_name: null, platform_username: null, metadata: {} };
    expect((await connect(`GET ${path}`)).body).toEqual(empty);
    const given = { platform_name: 'Groups', platform_username: 'ada', metadata: { level: '7', paid: '1' } };
    expect(await connect(`PUT ${path}`, given)).toMatchObject({ status: 200, body: given });
    expect((await connect(`GET ${path}`)).body).toEqual(given);
    expect((await connect(`DELETE ${path}`)).status).toBe(204);
    expect((await connect(`GET ${path}`)).body).toEqual(empty);
  });

  it.each([
    { name: 'a platform of 51 characters', body: { platform_name: 'x'.repeat(51) } },
    { name: 'a number that is none', body: { metadata: { level: 'high' } } },
    { name: 'a value that is no text', body: { metadata: { level: 7 } } },
    { name: 'a date that is none', body: { metadata: { since: 'yesterday' } } },
    { name: 'a key that was not registered', body: { metadata: { rank: '7' } } },
  ])('is refused: $name', async ({ body }) => {
    const { path, connect } = await startLinked();
    expect(await connect(`PUT ${path}`, body)).toMatchObject({ status: 400, body: { code: 50035 } });
  });

  it('needs the scope, and a token of that application', async () => {
    const { local, path, connect } = await startLinked(['identify']);
    expect((await connect(`GET ${path}`)).status).toBe(401);
    const other = local.discord.world.addApplication();
    const linked = await startLinked();
    const foreign = `/users/@me/applications/${other.id}/role-connection`;
    expect((await linked.connect(`GET ${foreign}`)).status).toBe(403);
  });
});
