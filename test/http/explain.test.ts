import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { codeOf } from '../support/api-world.ts';
import { at, until } from '../support/local-discord.ts';
import { startWithPilots } from '../support/pilots.ts';

const mappings = z.object({ role_mappings: z.array(z.object({ id: z.string() })) });

async function startWithPilot() {
  const world = await startWithPilots(2);
  const { send, owner, one, accountIds, discordIds, guildId, role } = world;
  await send(`PUT ${one}/members/${at(accountIds, 0)}`, { as: owner, body: {} });
  await until(() => world.holders() === 1);
  const list = await send(`GET /api/discord/guilds/${guildId}/role-mappings`, { as: owner });
  const pilot = at(discordIds, 0);
  const path = (discordId = pilot, roleId = role.id) =>
    `GET /api/discord/guilds/${guildId}/explain?discord_id=${discordId}&role_id=${roleId}`;
  return { ...world, pilot, mappingId: at(mappings.parse(list.body).role_mappings, 0).id, path };
}

describe('the explanation of a role over HTTP', () => {
  it('says everything that stands behind it', async () => {
    const { send, owner, path, pilot, role, mappingId, guildId, one, local } = await startWithPilot();
    const groupId = one.split('/').at(-1);
    const higher = { group_id: 'http:bosses', discord_role_id: at(local.roles, 2).id };
    expect((await send(`POST /api/discord/guilds/${guildId}/role-mappings`, { as: owner, body: higher })).status).toBe(
      404,
    );
    const edit = { conditions: { character_count_min: 2 }, exclusive_set: 'rank' };
    await send(`PUT /api/discord/role-mappings/${mappingId}`, { as: owner, body: edit });

    const { body } = await send(path(), { as: owner });

    expect(body).toMatchObject({
      guild_id: guildId,
      discord_id: pilot,
      role_id: role.id,
      role_name: role.name,
      is_linked: true,
      left_alone: null,
      verdict: 'false',
      mappings: [
        {
          mapping_id: mappingId,
          group_id: groupId,
          is_active: true,
          holds: 'false',
          value: 'false',
          conditions: [
            {
              kind: 'groups',
              value: 'true',
              groups: [{ group_id: groupId, is_member: 'true', as_of: expect.any(String) }],
            },
            { kind: 'character_count', value: 'false', min: 2, max: null, count: 0, is_exact: true },
          ],
          exclusive_set: 'rank',
          winner: null,
        },
      ],
      block: null,
      held_in: null,
    });
    expect(body).toMatchObject({ last_changes: expect.arrayContaining([expect.objectContaining({ action: 'add' })]) });
  });

  it('tells of the grant, and of whom it is left alone for', async () => {
    const { send, owner, path, pilot, role, mappingId, guildId, local } = await startWithPilot();
    const given = (await send(path(), { as: owner })).body;
    expect(given).toMatchObject({
      is_present: true,
      verdict: 'true',
      grant: {
        granted_at: expect.any(String),
        sync_id: expect.any(String),
        mapping_ids: [mappingId],
        is_confirmed: true,
      },
      next_change: null,
      suppression: null,
      last_changes: [{ action: 'add', outcome: 'applied' }],
    });
    await send(`PUT /api/discord/role-mappings/${mappingId}`, { as: owner, body: { on_drift: 'respect' } });
    local.discord.world.takeRole(guildId, pilot, role.id);
    let body: unknown;
    for (let tries = 0; tries < 400; tries += 1) {
      ({ body } = await send(path(), { as: owner }));
      if (!JSON.stringify(body).includes('"suppression":null')) break;
      await sleep(10);
    }
    expect(body).toMatchObject({
      is_present: false,
      grant: null,
      kept: { because: 'suppressed', until: null },
      suppression: { reason: 'drift', since: expect.any(String) },
    });
  });

  it('knows mappings that are switched off, and roles that nobody manages', async () => {
    const { send, owner, path, mappingId, local, pilot } = await startWithPilot();
    await send(`PUT /api/discord/role-mappings/${mappingId}?roles=keep`, { as: owner, body: { is_active: false } });
    expect((await send(path(), { as: owner })).body).toMatchObject({
      verdict: 'unmanaged',
      mappings: [{ mapping_id: mappingId, is_active: false, holds: null, value: null, conditions: [] }],
    });
    const other = (await send(path(pilot, at(local.roles, 2).id), { as: owner })).body;
    expect(other).toMatchObject({ verdict: 'unmanaged', mappings: [], is_present: false });
    const gone = (await send(path(pilot, '199999999999999999'), { as: owner })).body;
    expect(gone).toMatchObject({ role_name: null, verdict: 'unmanaged', block: null });
  });

  it('is for admins of the guild, and for everybody about himself', async () => {
    const { send, owner, login, path, discordIds, pilot, guildId } = await startWithPilot();
    const self = await login(pilot);
    expect((await send(path(), { as: self })).body).toMatchObject({ verdict: 'true' });
    expect(codeOf(await send(path(at(discordIds, 1)), { as: self }))).toBe('forbidden');
    expect(codeOf(await send(path()))).toBe('unauthenticated');
    expect(codeOf(await send(path('199999999999999999'), { as: owner }))).toBe('member_not_found');
    const nowhere = path().replace(guildId, '199999999999999999');
    expect(codeOf(await send(nowhere, { as: self }))).toBe('bot_not_in_guild');
    expect(codeOf(await send(nowhere, { as: owner }))).toBe('forbidden');
    const wrong = await send(`GET /api/discord/guilds/${guildId}/explain?discord_id=${pilot}`, { as: owner });
    expect(wrong.body).toMatchObject({ code: 'invalid_input', errors: [{ path: 'query.role_id' }] });
  });
});
