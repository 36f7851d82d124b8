import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { codeOf, startApi, type Sent } from '../support/api-world.ts';
import { startGroupsHost } from '../support/groups-host.ts';
import { until } from '../support/local-discord.ts';
import { heldOf, startWithPilots } from '../support/pilots.ts';
import { HOOK_SECRET, signed } from '../support/signed-webhook.ts';

const HOOK = 'POST /api/hooks/groups';
const pilot = { groups: [{ id: 'pilots' }] };
const nothing = { groups: [] };

/** Members of a guild in which `http:pilots` gives a role; the host pushes, and has no address unless said otherwise. */
async function startPushed(count: number, env: Record<string, string> = {}) {
  const world = await startWithPilots(count, {
    groupId: 'http:pilots',
    env: { GROUPS_HOOK_SECRET: HOOK_SECRET, ...env },
  });
  const push = (body: unknown, options: Parameters<typeof signed>[1] = {}) => world.send(HOOK, signed(body, options));
  return { ...world, push };
}

describe('a webhook with news of an account', () => {
  it('gives the role at once, and takes it at once', async () => {
    const { push, accountIds, holders, bot, guildId } = await startPushed(1);
    const [user_id] = accountIds;
    const taken = await push({ user_id, facts: pilot });
    expect(taken.status).toBe(202);
    expect(taken.body).toEqual({ result: 'queued' });
    await until(() => holders() === 1);
    await push({ user_id, facts: { groups: [{ id: 'pilots', is_active: false }], note: 'more than we know' } });
    await until(() => holders() === 0);
    const runs = await bot.app.runs.recent(guildId, 5);
    expect(runs.map(({ trigger, initiatedBy }) => [trigger, initiatedBy])).toEqual([
      ['push', null],
      ['push', null],
    ]);
  });

  it('of somebody whom nobody here knows changes nothing, and says so', async () => {
    const { push } = await startPushed(0);
    expect((await push({ external_id: '42', facts: pilot })).body).toEqual({ result: 'unknown_user' });
    expect((await push({ user_id: randomUUID() })).body).toEqual({ result: 'unknown_user' });
  });

  it('counts once: what a sender repeats is nothing new', async () => {
    const { push, accountIds, holders } = await startPushed(1);
    const [user_id] = accountIds;
    await push({ user_id, facts: pilot }, { id: 'msg_a' });
    await until(() => holders() === 1);
    await push({ user_id, facts: nothing });
    await until(() => holders() === 0);
    const again = await push({ user_id, facts: pilot }, { id: 'msg_a' });
    expect(again.status).toBe(202);
    expect(again.body).toEqual({ result: 'seen_before' });
    expect(holders()).toBe(0);
  });

  it('comes late, and gives nothing back that a newer one took', async () => {
    const { push, accountIds, discordIds, holders, bot, guildId } = await startPushed(1);
    const [user_id] = accountIds;
    await push({ user_id, facts: pilot }, { at: ago(120_000) });
    await until(() => holders() === 1);
    await push({ user_id, facts: nothing });
    await until(() => holders() === 0);
    const late = await push({ user_id, facts: pilot }, { at: ago(60_000) });
    expect(late.status).toBe(202);
    await bot.app.sync.member(guildId, discordIds[0] ?? '', { trigger: 'push', actor: null });
    expect(holders()).toBe(0);
  });

  it('comes late, and makes the host be asked where it has an address', async () => {
    const host = await startGroupsHost();
    const { push, accountIds, holders } = await startPushed(1, { GROUPS_URL: host.url });
    const user_id = accountIds[0] ?? '';
    host.users.set(user_id, pilot);
    await push({ user_id, facts: nothing }, { at: ago(-2_000) });
    host.requests.length = 0;
    await push({ user_id, facts: nothing }, { at: ago(60_000) });
    await until(() => holders() === 1);
    expect(host.requests.length).toBeGreaterThan(0);
  });

  it('many that say “no groups”, one by one, are stopped like one failure that says it of all', async () => {
    const { push, accountIds, holders, bot, guildId } = await startPushed(14);
    for (const user_id of accountIds) await push({ user_id, facts: pilot });
    await until(() => holders() === 14);
    for (const user_id of accountIds) expect((await push({ user_id, facts: nothing })).status).toBe(202);
    const held = await heldOf(bot, guildId, 9);
    expect(held).toHaveLength(9);
    expect(holders()).toBe(9);
  });

  it('does nothing where a guild syncs only when a person asks', async () => {
    const { push, accountIds, discordIds, holders, send, owner, guildId, bot } = await startPushed(1);
    await send(`PUT /api/discord/guilds/${guildId}`, { as: owner, body: { auto_sync: false } });
    await push({ user_id: accountIds[0], facts: pilot });
    const sync = (trigger: 'push' | 'manual') =>
      bot.app.sync.member(guildId, discordIds[0] ?? '', { trigger, actor: null });
    expect((await sync('push')).state).toBe('disabled');
    expect(holders()).toBe(0);
    await sync('manual');
    expect(holders()).toBe(1);
  });

  it('makes a host be asked where it has an address, and believes what it pushes without asking', async () => {
    const host = await startGroupsHost();
    const { push, accountIds, holders } = await startPushed(1, { GROUPS_URL: host.url });
    const user_id = accountIds[0] ?? '';
    host.users.set(user_id, pilot);
    await push({ user_id });
    await until(() => holders() === 1);
    host.requests.length = 0;
    host.users.delete(user_id);
    // By its second it cannot be told whether it came after the question.
    await push({ user_id, facts: nothing }, { at: ago(-2_000) });
    await until(() => holders() === 0);
    expect(host.requests).toEqual([]);
    host.users.set(user_id, pilot);
    await push({ user_id });
    await until(() => holders() === 1);
    expect(host.requests).toHaveLength(1);
  });

  it('changes nothing when the host is asked again and does not answer', async () => {
    const host = await startGroupsHost();
    const { push, accountIds, discordIds, holders, bot, guildId } = await startPushed(1, { GROUPS_URL: host.url });
    const user_id = accountIds[0] ?? '';
    await push({ user_id, facts: pilot }, { at: ago(-2_000) });
    await until(() => holders() === 1);
    host.instead = (_request, response) => void response.writeHead(500).end();
    await push({ user_id });
    await bot.app.sync.member(guildId, discordIds[0] ?? '', { trigger: 'push', actor: null });
    expect(holders()).toBe(1);
    expect(host.requests.length).toBeGreaterThan(0);
  });

  it.each([
    { name: 'nobody', body: { facts: pilot }, path: 'body' },
    { name: 'him twice', body: { user_id: randomUUID(), external_id: 'x' }, path: 'body' },
    { name: 'no account', body: { user_id: 'x' }, path: 'body.user_id' },
    { name: 'a field that there is none of', body: { external_id: 'x', groups: [] }, path: 'body.groups' },
    { name: 'no groups', body: { external_id: 'x', facts: {} }, path: 'body.facts.groups' },
    { name: 'groups that are none', body: { external_id: 'x', facts: { groups: null } }, path: 'body.facts.groups' },
    { name: 'a text', body: 'x', path: 'body' },
  ])('tells what is wrong with it, if it is signed: $name', async ({ body, path }) => {
    const { push } = await startPushed(0);
    const refused = await push(JSON.stringify(body));
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ code: 'invalid_input', errors: [{ path }] });
  });
});

const MINUTE_MS = 60_000;
const other = `whsec_${Buffer.from('another secret, as long as that!').toString('base64')}`;
const ago = (ms: number) => new Date(Date.now() - ms);

/** Webhooks that nobody who holds the secret has sent like this. */
const FORGED: { name: string; of: (body: object) => Sent }[] = [
  { name: 'nothing', of: (body) => ({ body }) },
  ...['webhook-id', 'webhook-timestamp', 'webhook-signature'].flatMap((header) =>
    ['', 'x', '0', '-1', 'NaN', 'v1,', 'v1,AAAA', '\u00e9'].map((value) => ({
      name: `${header}: ${JSON.stringify(value)}`,
      of: (body: object): Sent => {
        const { body: text, headers } = signed(body);
        return { body: text, headers: { ...headers, [header]: value } };
      },
    })),
  ),
  ...['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((header) => ({
    name: `no ${header}`,
    of: (body: object): Sent => {
      const { body: text, headers } = signed(body);
      return { body: text, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== header)) };
    },
  })),
  { name: 'another key', of: (body) => signed(body, { secret: other }) },
  { name: 'an old one', of: (body) => signed(body, { at: ago(5 * MINUTE_MS + 2_000) }) },
  { name: 'one of last year', of: (body) => signed(body, { at: ago(365 * 24 * 60 * MINUTE_MS) }) },
  { name: 'one of the future', of: (body) => signed(body, { at: ago(-5 * MINUTE_MS - 2_000) }) },
  { name: 'a new time on an old signature', of: (body) => withTime(signed(body, { at: ago(10 * MINUTE_MS) })) },
  { name: 'another id', of: (body) => withHeader(signed(body), 'webhook-id', 'msg_other') },
  { name: 'an id that is far too long', of: (body) => signed(body, { id: 'x'.repeat(201) }) },
  { name: 'a signature of another version', of: (body) => asVersion(signed(body), 'v1a') },
  { name: 'a session instead', of: (body) => ({ body, headers: { authorization: 'Bearer x' } }) },
  ...[
    (text: string) => `${text} `,
    (text: string) => text.replace('pilots', 'Pilots'),
    (text: string) => text.replace('{', '{ '),
    (text: string) => text.slice(0, -1),
    (text: string) => `[${text}]`,
    (text: string) => text.replace('"facts"', '"facts":{"groups":[]},"facts"'),
    () => '{}',
    () => '{',
  ].map((change, index) => ({
    name: `a changed body (${index + 1})`,
    of: (body: object): Sent => {
      const { body: text, headers } = signed(body);
      return { body: change(text), headers };
    },
  })),
];

type Signed = ReturnType<typeof signed>;

function withHeader({ body, headers }: Signed, name: string, value: string): Signed {
  return { body, headers: { ...headers, [name]: value } };
}

function withTime(sent: Signed): Signed {
  return withHeader(sent, 'webhook-timestamp', String(Math.floor(Date.now() / 1000)));
}

function asVersion(sent: Signed, version: string): Signed {
  const signature = sent.headers['webhook-signature'] ?? '';
  return withHeader(sent, 'webhook-signature', signature.replace('v1,', `${version},`));
}

describe('a webhook that is not signed as it should be', () => {
  it('is refused, always in the same words, and changes nothing', async () => {
    const { send, push, accountIds, holders } = await startPushed(1);
    const body = { user_id: accountIds[0], facts: pilot };
    const words = new Set<unknown>();
    for (const { name, of } of FORGED) {
      const refused = await send(HOOK, of(body));
      if (refused.status === 401 && name === 'a session instead') continue;
      expect({ name, status: refused.status, code: codeOf(refused) }).toEqual({
        name,
        status: 401,
        code: 'webhook_refused',
      });
      words.add(refused.text.replace(/"request_id":"[^"]+"/, ''));
    }
    expect(words.size).toBe(1);
    expect(holders()).toBe(0);
    expect((await push(body)).body).toEqual({ result: 'queued' });
    await until(() => holders() === 1);
  });

  it('is taken just before it is too old', async () => {
    const { push } = await startPushed(0);
    const taken = await push({ external_id: 'x' }, { at: ago(5 * MINUTE_MS - 10_000) });
    expect(taken.status).toBe(202);
  });

  it('may carry signatures of several keys, while one is being changed for another', async () => {
    const { send } = await startPushed(0);
    const body = { external_id: 'x' };
    const { body: text, headers } = signed(body, { id: 'msg_two', at: new Date() });
    const old = signed(body, { id: 'msg_two', secret: other });
    const both = `${old.headers['webhook-signature']} ${headers['webhook-signature']}`;
    const taken = await send(HOOK, { body: text, headers: { ...headers, 'webhook-signature': both } });
    expect(taken.status).toBe(202);
  });

  it('never learns more where there is no secret', async () => {
    const { send } = await startApi();
    expect(codeOf(await send(HOOK, signed({ external_id: 'x' })))).toBe('not_found');
    expect(codeOf(await send(HOOK, { body: '{' }))).toBe('not_found');
  });
});
