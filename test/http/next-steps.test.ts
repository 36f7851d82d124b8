import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startApi } from '../support/api-world.ts';
import { at } from '../support/local-discord.ts';

const problem = z.object({ code: z.string(), detail: z.string() });
const identified = z.object({ id: z.string() });

describe('a problem over HTTP', () => {
  it('says what is wrong, then what to send next', async () => {
    const { send, login, ownerId, guildId, local } = await startApi();
    const as = await login(ownerId);
    const told = async (...asked: Parameters<typeof send>) => {
      const { code, detail } = problem.parse((await send(...asked)).body);
      return `${code}: ${detail}`;
    };
    const made = await send('POST /api/groups', { as, body: { name: 'Pilots', guild_id: guildId } });
    const { id: group_id } = identified.parse(made.body);
    const mappings = `/api/discord/guilds/${guildId}/role-mappings`;
    const body = { group_id, discord_role_id: at(local.roles, 1).id };
    expect((await send(`POST ${mappings}`, { as, body })).status).toBe(201);

    expect(await told(`POST ${mappings}`, { as, body })).toBe(
      'mapping_exists: A mapping already gives this role under the same conditions. GET /api/discord/guilds/{guild_id}/role-mappings lists them.',
    );
    expect(await told(`DELETE /api/groups/${group_id}`, { as })).toBe(
      'group_in_use: A mapping names the group “Pilots”. Remove it first, or delete the group together with it. To delete both, say what becomes of the roles that only they gave: ?roles=remove or ?roles=keep.',
    );
    expect(await told(`POST ${mappings}`, { as, body: { ...body, group_id: 'x' } })).toBe(
      'group_not_found: There is no group “x” here. GET /api/groups lists them.',
    );
    expect(await told(`POST ${mappings}`, { as, body: { ...body, group_id: 'http:pilots' } })).toBe(
      'group_not_found: There is no group “http:pilots”: no application that keeps groups is set up here. Whoever runs Rolewright has to set GROUPS_URL or GROUPS_HOOK_SECRET.',
    );
    expect(await told('GET /api/nothing', { as })).toBe(
      'not_found: There is nothing at this address. See /api/openapi.json.',
    );
  });
});
