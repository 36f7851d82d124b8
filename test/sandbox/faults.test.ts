import { describe, expect, it } from 'vitest';
import { createFaults } from '../../sandbox/faults.ts';
import { seedMembers } from '../../sandbox/seed.ts';
import { ask, at, connect, startGuild, until, type LocalGuild } from '../support/local-discord.ts';

const roleLine = ({ guild, members, roles }: LocalGuild, verb = 'PUT') =>
  `${verb} /guilds/${guild.id}/members/${at(members, 0).id}/roles/${at(roles, 0).id}`;
const route = '/guilds/:guild_id/members/:user_id/roles/:role_id';
const rolesOf = ({ guild, members }: LocalGuild) => guild.members.get(at(members, 0).id)?.roles.size;

describe('a scripted fault of REST', () => {
  it('applies from its place in the row as often as said, and is recorded', async () => {
    const local = await startGuild();
    local.discord.faults.rest({ method: 'PUT', route, after: 1, times: 2, fault: { kind: 'status', status: 503 } });
    const statuses = [];
    for (let index = 0; index < 4; index += 1) statuses.push((await ask(local, roleLine(local))).status);
    expect(statuses).toEqual([204, 503, 503, 204]);
    expect(local.discord.requests.count({ fault: 'status' })).toBe(2);
  });

  it('ends when it is taken back', async () => {
    const local = await startGuild();
    const end = local.discord.faults.rest({ fault: { kind: 'status', status: 500 } });
    expect((await ask(local, roleLine(local))).status).toBe(500);
    end();
    expect((await ask(local, roleLine(local))).status).toBe(204);
  });

  it('drops the socket before or after the change', async () => {
    const local = await startGuild();
    local.discord.faults.rest({ method: 'PUT', times: 1, fault: { kind: 'drop', when: 'before' } });
    await expect(ask(local, roleLine(local))).rejects.toThrow();
    expect(rolesOf(local)).toBe(0);
    local.discord.faults.rest({ method: 'PUT', times: 1, fault: { kind: 'drop', when: 'after' } });
    await expect(ask(local, roleLine(local))).rejects.toThrow();
    expect(rolesOf(local)).toBe(1);
    expect(local.discord.requests.count({ status: 0 })).toBe(2);
  });

  it('loses a write that answered like a success', async () => {
    const local = await startGuild();
    local.discord.faults.rest({ times: 2, fault: { kind: 'lost' } });
    expect((await ask(local, roleLine(local))).status).toBe(204);
    const path = `PATCH /guilds/${local.guild.id}/members/${at(local.members, 0).id}`;
    const patched = await ask(local, path, { body: { roles: [at(local.roles, 0).id] } });
    expect(patched).toMatchObject({ status: 200, body: { roles: [at(local.roles, 0).id] } });
    expect(rolesOf(local)).toBe(0);
  });

  it.each([
    { scope: 'user', message: 'You are being rate limited.', bucket: true },
    { scope: 'shared', message: 'The resource is being rate limited.', bucket: true },
    { scope: 'global', message: 'You are being rate limited.', bucket: false },
  ] as const)('answers a $scope 429 with its headers', async ({ scope, message, bucket }) => {
    const local = await startGuild();
    local.discord.faults.rest({ fault: { kind: 'rate_limit', scope, retryAfterMs: 1_500 } });
    const { status, headers, body } = await ask(local, roleLine(local));
    expect([status, headers.get('x-ratelimit-scope'), headers.has('x-ratelimit-bucket')]).toEqual([429, scope, bucket]);
    expect(body).toEqual({ message, retry_after: 1.5, global: scope === 'global' });
    expect(local.discord.limits.invalidRequests()).toBe(scope === 'shared' ? 0 : 1);
  });
});

describe('a scripted fault of events', () => {
  it.each([
    { kind: 'duplicate', seen: ['a', 'a', 'b'] },
    { kind: 'drop', seen: ['b'] },
    { kind: 'reorder', seen: ['b', 'a'] },
  ] as const)('$kind', async ({ kind, seen }) => {
    const local = await startGuild();
    const client = await connect(local);
    const nicks: unknown[] = [];
    client.on(
      'raw',
      ({ t, d }: { t: string; d: { nick?: string } }) => t === 'GUILD_MEMBER_UPDATE' && nicks.push(d.nick),
    );
    local.discord.faults.events({ type: 'GUILD_MEMBER_UPDATE', times: 1, fault: { kind } });
    for (const nick of ['a', 'b']) local.discord.world.editMember(local.guild.id, at(local.members, 0).id, { nick });
    await until(() => nicks.length >= seen.length);
    expect(nicks).toEqual(seen);
  });

  it('keeps a reordered event back only for a moment if none follows', async () => {
    const local = await startGuild();
    const client = await connect(local);
    const types: string[] = [];
    client.on('raw', ({ t }: { t: string }) => types.push(t));
    local.discord.faults.events({ type: 'GUILD_MEMBER_UPDATE', fault: { kind: 'reorder' } });
    local.discord.world.editMember(local.guild.id, at(local.members, 0).id, { nick: 'a' });
    await until(() => types.includes('GUILD_MEMBER_UPDATE'));
    expect(types).toEqual(['GUILD_MEMBER_UPDATE']);
  });
});

describe('the unkind profile', () => {
  it('never keeps who asks again from arriving', async () => {
    const local = await startGuild({ profile: 'unkind', seed: 3, rateLimits: false });
    const wanted = at(local.roles, 0).id;
    const ids = seedMembers(local.discord.world, local.guild.id, 600);
    const lacking = () => ids.filter((id) => !local.guild.members.get(id)?.roles.has(wanted));
    while (lacking().length > 0) {
      for (const id of lacking()) {
        await ask(local, `PUT /guilds/${local.guild.id}/members/${id}/roles/${wanted}`).catch(() => undefined);
      }
    }
    const met = new Set(local.discord.requests.all.map(({ fault }) => fault));
    expect(met).toEqual(new Set([null, 'lost', 'rate_limit', 'status', 'drop', 'latency']));
  });

  it('rolls the same dice for the same seed', () => {
    expect(rolls(7)).toEqual(rolls(7));
    expect(rolls(7)).not.toEqual(rolls(8));
  });

  it('disturbs 5 % of writes, loses 1 %, disturbs 10 % of events', () => {
    const { writes, events } = rolls(1, 20_000);
    expect(share(writes, (kind) => kind === 'lost')).toBeCloseTo(0.01, 2);
    expect(share(writes, (kind) => kind !== null && kind !== 'lost')).toBeCloseTo(0.05, 2);
    expect(share(events, (kind) => kind !== null)).toBeCloseTo(0.1, 1);
  });

  it('leaves reading alone, and ends with clear()', () => {
    const faults = createFaults({ profile: 'unkind' });
    expect(Array.from({ length: 1_000 }, () => faults.forRequest(request('GET')))).not.toContainEqual(
      expect.anything(),
    );
    faults.clear();
    expect(Array.from({ length: 1_000 }, () => faults.forRequest(request('PUT')))).not.toContainEqual(
      expect.anything(),
    );
  });
});

function rolls(seed: number, count = 500) {
  const faults = createFaults({ profile: 'unkind', seed });
  const event = { type: 'GUILD_MEMBER_UPDATE', guildId: '1', applicationId: null, channelId: null, data: {} };
  return {
    writes: Array.from({ length: count }, () => faults.forRequest(request('PUT'))?.kind ?? null),
    events: Array.from({ length: count }, () => faults.forEvent(event)?.kind ?? null),
  };
}

function share<T>(things: T[], isCounted: (thing: T) => boolean): number {
  return things.filter(isCounted).length / things.length;
}

function request(method: string) {
  const path = '/guilds/1/members/2/roles/3';
  return {
    at: 0,
    method,
    route,
    path,
    query: '',
    status: null,
    actor: null,
    reason: null,
    fault: null,
    body: undefined,
  };
}
