import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Answered, Sent } from '../support/api-world.ts';
import { OPERATION_CASES, type Ids, type OperationCase } from '../support/operation-cases.ts';
import { startOperations, type OperationsWorld } from '../support/operations-world.ts';

const documented = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ responses: z.record(z.string(), z.unknown()) }))),
});
type Part = Sent & { query?: string; ids?: Partial<Ids> };

/** They look at no credentials, not even at those that are over. */
const PROBES = new Set(['GET /livez', 'GET /readyz']);
const FOREIGN = { origin: 'https://evil.example' };

function call(world: OperationsWorld, line: string, { query = '', ids, ...sent }: Part): Promise<Answered> {
  const all = new Map(Object.entries({ ...world.ids, ...ids }));
  return world.send(`${line.replaceAll(/\{(\w+)\}/g, (_, name: string) => all.get(name) ?? '')}${query}`, sent);
}

/** The status of each case; null: nobody is turned away. */
async function tryAll(world: OperationsWorld, line: string, tried: OperationCase) {
  const { who = 'owner', works, denied, bad } = tried;
  const somebody: Part = who === 'somebody new' ? await world.somebodyNew() : { ids: {} };
  const own: Part = who === 'nobody' ? {} : who === 'somebody new' ? somebody : { as: world.tokens[who] };
  const nameless: Part = line.includes('/hooks/') ? { body: {} } : { as: 'x' };
  const noOne = await call(world, line, nameless);
  const turnedAway = await (typeof denied === 'function'
    ? denied(world)
    : denied === 'page'
      ? call(world, line, { cookie: own.as ?? '', headers: FOREIGN })
      : denied && call(world, line, { ...somebody, as: world.tokens.stranger }));
  const wrong = bad
    ? await call(world, line, { ...own, ...bad, ids: { ...somebody.ids, ...bad.ids } })
    : await call(world, line.replace(/^\w+/, 'PATCH'), own);
  const part: Part = works ? await works(world) : {};
  const right = await call(world, line, { ...own, ...part, ids: { ...somebody.ids, ...part.ids } });
  return { right, noOne, turnedAway: turnedAway ?? null, wrong };
}

describe('every operation of the document', () => {
  it('works for whom it is for, and for nobody else, and tells what is wrong', async () => {
    const world = await startOperations();
    const { paths } = documented.parse((await world.send('GET /api/openapi.json')).body);
    const answers = new Map(
      Object.entries(paths).flatMap(([path, verbs]) =>
        Object.entries(verbs).map(([verb, { responses }]) => [`${verb.toUpperCase()} ${path}`, Object.keys(responses)]),
      ),
    );
    expect(Object.keys(OPERATION_CASES).toSorted()).toEqual([...answers.keys()].toSorted());

    const table: string[] = [];
    const wrong: string[] = [];
    for (const [line, tried] of Object.entries(OPERATION_CASES)) {
      const { right, noOne, turnedAway, wrong: refused } = await tryAll(world, line, tried);
      const statuses = [right.status, noOne.status, turnedAway?.status ?? '-', refused.status];
      table.push(`${statuses.join(' ')} ${line}`);
      const isRight =
        right.status === tried.status &&
        noOne.status === (PROBES.has(line) ? 200 : 401) &&
        (turnedAway === null ? tried.denied === undefined : [403, 404].includes(turnedAway.status)) &&
        (typeof tried.denied !== 'number' || turnedAway?.status === tried.denied) &&
        [400, 405, 412, 422].includes(refused.status);
      if (!isRight) wrong.push(`${line}: ${statuses.join(' ')} ${right.text} ${refused.text}`);
      const known = answers.get(line) ?? [];
      for (const { status } of [right, noOne, ...(turnedAway ? [turnedAway] : []), refused]) {
        if (!known.includes(String(status)) && status !== 405) wrong.push(`${line}: ${status} is not in the document`);
      }
    }
    expect(wrong).toEqual([]);
    expect(table).toMatchInlineSnapshot(`
      [
        "200 200 - 405 GET /livez",
        "200 200 - 405 GET /readyz",
        "200 401 - 405 GET /metrics",
        "200 401 - 405 GET /api/discord/status",
        "200 401 - 405 GET /dashboard",
        "302 401 403 400 GET /link/{token}",
        "302 401 - 422 GET /api/auth/discord/login",
        "200 401 - 422 GET /api/discord/auth/login",
        "302 401 403 400 GET /api/auth/discord/callback",
        "302 401 403 400 GET /api/discord/auth/callback",
        "200 401 - 405 GET /api/discord/auth/status",
        "200 401 403 405 POST /api/auth/logout",
        "200 401 403 422 POST /api/discord/auth/link",
        "204 401 404 422 DELETE /api/discord/auth/unlink/{discord_id}",
        "200 401 - 405 GET /api/me",
        "200 401 - 405 GET /api/me/export",
        "204 401 403 405 DELETE /api/me",
        "204 401 403 405 DELETE /api/me/sessions",
        "200 401 403 422 GET /api/discord/users",
        "200 401 404 422 GET /api/discord/users/{user_id}",
        "204 401 403 422 DELETE /api/discord/users/{user_id}/sessions",
        "200 401 - 422 GET /api/guilds",
        "200 401 403 422 GET /api/guilds/{guild_id}/channels",
        "200 401 403 422 GET /api/guilds/{guild_id}/roles",
        "200 401 403 422 GET /api/discord/guilds/{guild_id}/roles",
        "200 401 403 422 GET /api/guilds/{guild_id}/bot-install-url",
        "200 401 - 422 GET /api/discord/guilds",
        "201 401 403 422 POST /api/discord/guilds",
        "200 401 403 422 GET /api/discord/guilds/{guild_id}",
        "200 401 403 422 PUT /api/discord/guilds/{guild_id}",
        "204 401 403 412 DELETE /api/discord/guilds/{guild_id}",
        "200 401 403 422 GET /api/discord/guilds/{guild_id}/role-mappings",
        "201 401 403 422 POST /api/discord/guilds/{guild_id}/role-mappings",
        "200 401 404 422 GET /api/discord/role-mappings/{mapping_id}",
        "200 401 404 422 PUT /api/discord/role-mappings/{mapping_id}",
        "204 401 404 412 DELETE /api/discord/role-mappings/{mapping_id}",
        "200 401 - 422 GET /api/groups",
        "201 401 403 422 POST /api/groups",
        "200 401 404 422 GET /api/groups/{group_id}",
        "200 401 404 422 PUT /api/groups/{group_id}",
        "204 401 404 412 DELETE /api/groups/{group_id}",
        "200 401 404 422 GET /api/groups/{group_id}/members",
        "200 401 404 422 PUT /api/groups/{group_id}/members",
        "200 401 404 422 PUT /api/groups/{group_id}/members/{user_id}",
        "204 401 404 422 DELETE /api/groups/{group_id}/members/{user_id}",
        "202 401 403 422 POST /api/discord/sync/manual",
        "200 401 404 422 POST /api/discord/sync/user/{user_id}",
        "200 401 - 405 GET /api/discord/sync/status",
        "200 401 404 422 GET /api/discord/sync/{sync_id}",
        "202 401 404 422 POST /api/discord/sync/{sync_id}/approve",
        "202 401 404 422 POST /api/discord/sync/{sync_id}/undo",
        "200 401 404 422 POST /api/discord/sync/{sync_id}/discard",
        "200 401 404 422 POST /api/discord/sync/{sync_id}/cancel",
        "200 401 403 422 GET /api/discord/guilds/{guild_id}/audit",
        "200 401 403 422 GET /api/discord/guilds/{guild_id}/explain",
        "202 401 - 422 POST /api/hooks/groups",
      ]
    `);
  }, 60_000);
});
