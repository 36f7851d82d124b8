import { expect, it } from 'vitest';
import { z } from 'zod';
import { startApi } from '../support/api-world.ts';
import { at } from '../support/local-discord.ts';

const identified = z.object({ id: z.string() });

it('what is put as it is stays the version that it was, and nobody notes or syncs anything', async () => {
  const { send, login, ownerId, guildId, local } = await startApi();
  const as = await login(ownerId);
  const put = async (path: string, body: object) => (await send(`PUT ${path}`, { as, body })).headers.get('etag');
  const group = { name: 'Pilots', description: 'who fly' };
  const made = await send('POST /api/groups', { as, body: { ...group, guild_id: guildId } });
  const { id: group_id } = identified.parse(made.body);
  const mappings = `/api/discord/guilds/${guildId}/role-mappings`;
  const conditions = { groups: [group_id], character_count_min: 2 };
  const rule = { group_id, discord_role_id: at(local.roles, 1).id, priority: 3, conditions };
  const mapped = await send(`POST ${mappings}`, { as, body: rule });
  const noted = async () => (await send(`GET /api/discord/guilds/${guildId}/audit?kind=configuration`, { as })).body;

  const resources = [
    { path: `/api/groups/${group_id}`, same: group, other: { description: 'who flew' } },
    { path: `/api/discord/role-mappings/${identified.parse(mapped.body).id}`, same: rule, other: { priority: 4 } },
    {
      path: `/api/discord/guilds/${guildId}`,
      same: { sync_interval: null, max_removals_percent: 20, bot_token: null },
      other: { sync_interval: '2h' },
    },
  ];
  for (const { path, same, other } of resources) {
    const before = (await send(`GET ${path}`, { as })).headers.get('etag');
    const told = await noted();
    expect([path, await put(path, {}), await put(path, same)]).toEqual([path, before, before]);
    expect(await noted()).toEqual(told);
    expect(await put(path, other)).not.toBe(before);
  }
});
