import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createHttpSource } from '../../src/groups/http-source.ts';
import { send, startGroupsHost } from '../support/groups-host.ts';
import { captureLog } from '../support/log-lines.ts';

const TOKEN = 'groups-token-5f0c2b';
const start = new Date('2026-03-01T12:00:00Z');
const MINUTE_MS = 60_000;
const ANEW = { maxAgeMs: 0 };

/** The source before a host, at a time that stands still until it is told. */
async function setUp({
  hasBatch = true,
  token = TOKEN,
  timeoutMs = 5_000,
  maxAgeMs = 3_600_000,
}: { hasBatch?: boolean; token?: string | null; timeoutMs?: number; maxAgeMs?: number } = {}) {
  const host = await startGroupsHost({ hasBatch });
  const captured = captureLog();
  const clock = { now: start };
  const externalIds = new Map<string, string>();
  const source = createHttpSource({
    url: host.url,
    token,
    maxAgeMs,
    timeoutMs,
    externalIdsOf: async (ids) =>
      new Map(ids.flatMap((id) => (externalIds.has(id) ? [[id, externalIds.get(id) ?? ''] as const] : []))),
    now: () => clock.now,
    log: captured.log,
  });
  return {
    host,
    source,
    clock,
    externalIds,
    captured,
    pass: (ms: number) => void (clock.now = new Date(clock.now.getTime() + ms)),
    ask: async (...ids: string[]) => source.factsOf(ids, clock.now, ANEW),
    /** What it says of one account: its groups, or its status. */
    async says(id: string, asking = ANEW) {
      const answer = (await source.factsOf([id], clock.now, asking)).get(id);
      return answer?.status === 'known' ? [...answer.groupIds] : answer?.status;
    },
  };
}

const inGroups = (...ids: string[]) => ({ groups: ids.map((id) => ({ id, name: id })) });
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `user-${index}`);

describe.each([{ hasBatch: true }, { hasBatch: false }])('a host that answers (batch: $hasBatch)', ({ hasBatch }) => {
  it('is asked by its own ids with the token, and its groups carry its name', async () => {
    const { host, source, externalIds } = await setUp({ hasBatch });
    externalIds.set('a', 'host/42 ü');
    host.users.set('host/42 ü', {
      groups: [
        { id: 'pilots', name: 'Pilots', is_active: true },
        { id: 'old', name: 'Old', is_active: false },
        { id: 7 },
      ],
      characters: 3,
      permissions: ['fly', 'dock', 'fly'],
      name: 'Ann',
      ticker: 'ROLE',
      whatever: { else: 'it says' },
    });
    host.users.set('b', { groups: [], characters: [{ id: 1 }, { id: 2 }], name: null, ticker: '' });
    expect(await source.factsOf(['a', 'b', 'a'], start, ANEW)).toEqual(
      new Map([
        [
          'a',
          {
            status: 'known',
            asOf: start,
            groupIds: new Set(['http:pilots', 'http:7']),
            characters: 3,
            permissions: new Set(['fly', 'dock']),
            name: 'Ann',
            ticker: 'ROLE',
          },
        ],
        ['b', { status: 'known', asOf: start, groupIds: new Set(), characters: 2 }],
      ]),
    );
    expect([...host.authorizations]).toEqual([`Bearer ${TOKEN}`]);
    expect(host.requests).toEqual(
      hasBatch
        ? ['POST /users/groups host/42 ü,b']
        : ['POST /users/groups host/42 ü,b', 'GET /users/host%2F42%20%C3%BC/groups', 'GET /users/b/groups'],
    );
  });

  it('is sent no authorization where there is no token', async () => {
    const { host, ask } = await setUp({ hasBatch, token: null });
    await ask('a');
    expect([...host.authorizations]).toEqual([undefined]);
  });

  it.each([
    ['no groups', {}],
    ['groups that are no list', { groups: { id: 'pilots' } }],
    ['a group without an id', { groups: [{ name: 'Pilots' }] }],
    ['a group with an empty id', { groups: [{ id: '' }] }],
    ['a group that is a text', { groups: ['pilots'] }],
    ['a group that is perhaps active', { groups: [{ id: 'pilots', is_active: 0 }] }],
    ['fewer characters than none', { groups: [], characters: -1 }],
    ['characters in words', { groups: [], characters: 'two' }],
    ['permissions that are no texts', { groups: [], permissions: [1] }],
    ['permissions that are nothing', { groups: [], permissions: null }],
    ['a name that is no text', { groups: [], name: 1 }],
    ['nothing', null],
    ['a list', []],
  ])('makes only that user unknown of whom it says: %s', async (_, malformed) => {
    const { host, ask } = await setUp({ hasBatch });
    host.users.set('a', malformed);
    host.users.set('b', inGroups('pilots'));
    const facts = await ask('a', 'b');
    expect(facts.get('a')).toMatchObject({ status: 'unknown', asOf: null, reason: /malformed/ });
    expect(facts.get('b')).toMatchObject({ status: 'known', groupIds: new Set(['http:pilots']) });
  });

  it('makes nobody gone by saying so once, or twice too soon', async () => {
    const { host, says, pass } = await setUp({ hasBatch });
    host.users.set('a', inGroups('pilots'));
    expect(await says('a')).toEqual(['http:pilots']);
    host.users.delete('a');
    expect(await says('a')).toBe('unknown');
    pass(9 * MINUTE_MS);
    expect(await says('a')).toBe('unknown');
    pass(MINUTE_MS);
    expect(await says('a', { maxAgeMs: 120_000 })).toBe('unknown');
    expect(await says('a')).toBe('gone');
    host.users.set('a', inGroups());
    expect(await says('a')).toEqual([]);
    host.users.delete('a');
    pass(20 * MINUTE_MS);
    expect(await says('a')).toBe('unknown');
  });

  it('is not asked again where an older answer will do', async () => {
    const { host, says, ask, pass } = await setUp({ hasBatch });
    host.users.set('a', inGroups('pilots'));
    await ask('a');
    const before = host.requests.length;
    host.users.set('a', inGroups('cadets'));
    pass(MINUTE_MS);
    expect(await says('a', { maxAgeMs: MINUTE_MS })).toEqual(['http:pilots']);
    expect(host.requests).toHaveLength(before);
    pass(1);
    expect(await says('a', { maxAgeMs: MINUTE_MS })).toEqual(['http:cadets']);
  });
});

/** Everything that is no answer: what it is, how the host does it, and what Rolewright calls it. */
const FAILURES: readonly [string, (response: ServerResponse) => void, RegExp][] = [
  ['500', (response) => send(response, 500, { groups: [] }), /answered 500/],
  ['429', (response) => send(response, 429, {}), /answered 429/],
  ['410', (response) => send(response, 410, {}), /answered 410/],
  ['a refused token', (response) => send(response, 401, {}), /refused the token \(401\)/],
  [
    'a redirect to a login page',
    (response) => response.writeHead(302, { location: '/login' }).end(),
    /redirected \(302\), which is not followed/,
  ],
  ['a page', (response) => send(response, 200, '<html>', 'text/html'), /other than application\/json/],
  ['JSON that says it is text', (response) => send(response, 200, inGroups(), 'text/plain'), /other than/],
  ['nothing at all', (response) => response.writeHead(204).end(), /other than application\/json/],
  ['half of its JSON', (response) => send(response, 200, '{"groups": ['), /JSON that cannot be read/],
  [
    'letters that are none',
    (response) =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(Buffer.from('{"groups":[{"id":"\xff"}],"users":{}}', 'latin1')),
    /JSON that cannot be read/,
  ],
  [
    'more than anybody reads',
    (response) => send(response, 200, `{"groups":[],"users":{"a":{"groups":[]}},"x":"${'x'.repeat(4 * 1024 * 1024)}"}`),
    /more than 4194304 bytes/,
  ],
  ['a cut connection', (response) => response.destroy(), /cannot be reached \(\w+\)/],
  [
    'a connection that is cut inside of the answer',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
      response.write('{"groups":[]', () => response.destroy());
    },
    /cannot be reached/,
  ],
];

describe.each([{ hasBatch: true }, { hasBatch: false }])('a host that fails (batch: $hasBatch)', ({ hasBatch }) => {
  it.each(FAILURES)('says nothing by %s', async (_, fail, why) => {
    const { host, ask } = await setUp({ hasBatch });
    host.users.set('a', inGroups());
    if (!hasBatch) await ask('somebody else');
    host.instead = (_request, response) => fail(response);
    expect((await ask('a')).get('a')).toMatchObject({ status: 'unknown', asOf: null, reason: why });
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['answers nothing', () => {}],
    [
      'never comes to the end of its answer',
      (response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{"groups":'),
    ],
  ])('is not waited for when it %s', async (_, hang) => {
    const { host, ask } = await setUp({ hasBatch, timeoutMs: 50 });
    if (!hasBatch) await ask('somebody else');
    host.instead = (_request, response) => hang(response);
    expect((await ask('a')).get('a')).toMatchObject({ reason: /did not answer within 0\.05 s/ });
  });

  it('leaves what it said before, until that is too old', async () => {
    const { host, says, pass } = await setUp({ hasBatch });
    host.users.set('a', inGroups('pilots'));
    await says('a');
    host.instead = (_request, response) => send(response, 503, {});
    pass(60 * MINUTE_MS);
    expect(await says('a')).toEqual(['http:pilots']);
    pass(1);
    expect(await says('a')).toBe('unknown');
    host.instead = null;
    pass(MINUTE_MS);
    expect(await says('a')).toEqual(['http:pilots']);
  });

  it('is left alone for a moment, and asked again soon', async () => {
    const { host, says, pass } = await setUp({ hasBatch });
    host.users.set('a', inGroups('pilots'));
    if (!hasBatch) await says('somebody else');
    host.instead = (_request, response) => send(response, 503, {});
    await says('a');
    host.instead = null;
    const before = host.requests.length;
    expect(await says('a')).toBe('unknown');
    expect(host.requests).toHaveLength(before);
    pass(1000);
    expect(await says('a')).toEqual(['http:pilots']);
  });

  it('is told in the log once, and once that it is over', async () => {
    const { host, ask, pass, captured } = await setUp({ hasBatch });
    for (const id of numbered(300)) host.users.set(id, inGroups());
    host.instead = (_request, response) => send(response, 503, {});
    for (let minutes = 0; minutes < 60; minutes += 15) {
      await ask(...numbered(300));
      pass(15 * MINUTE_MS);
    }
    host.instead = null;
    await ask(...numbered(300));
    expect(captured.records()).toMatchObject([
      { level: 40, why: 'it answered 503', msg: expect.stringContaining('fails') },
      { level: 30, since: start.toISOString(), msg: expect.stringContaining('answers again') },
    ]);
  });

  it('never gets its token into a log line or a fact', async () => {
    const { host, ask, captured, pass } = await setUp({ hasBatch, timeoutMs: 50 });
    const said: unknown[] = [];
    for (const [, fail] of [...FAILURES, ['silence', () => {}] as const]) {
      host.instead = (request, response) => {
        response.setHeader('x-echo', String(request.headers.authorization));
        fail(response);
      };
      pass(60 * MINUTE_MS);
      said.push(...(await ask('a')).values());
    }
    await host.close();
    pass(60 * MINUTE_MS);
    said.push(...(await ask('a')).values());
    expect(said).toHaveLength(FAILURES.length + 2);
    expect(captured.text() + JSON.stringify(said)).not.toContain(TOKEN);
  });
});

describe('a host that takes batches', () => {
  it('is asked for 100 at a time, a few at once', async () => {
    const { host, ask } = await setUp();
    for (const id of numbered(1001)) host.users.set(id, inGroups('pilots'));
    const facts = await ask(...numbered(1001));
    expect([...facts.values()].every(({ status }) => status === 'known')).toBe(true);
    expect(host.requests.filter((request) => request.split(',').length === 100)).toHaveLength(10);
    expect(host.requests).toHaveLength(11);
    expect(host.peak).toBe(4);
  });

  it.each([
    ['nothing', undefined],
    ['a list', []],
    ['null', null],
    ['a text', 'none'],
  ])('leaves all of them unknown when users is %s', async (_, users) => {
    const { host, ask } = await setUp();
    host.instead = (_request, response) => send(response, 200, { users });
    const facts = await ask('a', 'b');
    expect([...facts.values()].map(({ status }) => status)).toEqual(['unknown', 'unknown']);
  });

  it('is not asked for each of them alone when a batch fails', async () => {
    const { host, ask } = await setUp();
    host.instead = (_request, response) => send(response, 500, {});
    await ask(...numbered(250));
    expect(host.requests.every((request) => request.startsWith('POST'))).toBe(true);
  });

  it('may answer 201, and with a JSON of its own kind', async () => {
    const { host, says } = await setUp();
    host.instead = (_request, response) =>
      send(response, 201, { users: { a: inGroups('pilots') } }, 'Application/vnd.host+json; charset=utf-8');
    expect(await says('a')).toEqual(['http:pilots']);
  });

  it('is not misled by names that every object has', async () => {
    const { host, ask, pass } = await setUp();
    host.instead = (_request, response) => send(response, 200, '{"users":{"__proto__":{"groups":[]}}}');
    await ask('constructor');
    pass(10 * MINUTE_MS);
    const facts = await ask('__proto__', 'constructor');
    expect(facts.get('__proto__')).toMatchObject({ status: 'known' });
    expect(facts.get('constructor')).toMatchObject({ status: 'gone' });
  });
});

describe('a host that takes no batches', () => {
  it.each([404, 405])('is known for it when it answers %i, and asked again later', async (status) => {
    const { host, ask, pass } = await setUp({ hasBatch: false });
    host.users.set('a', inGroups());
    host.instead = (request, response) =>
      request.method === 'POST' ? send(response, status, {}) : send(response, 200, inGroups());
    await ask('a');
    pass(9 * MINUTE_MS);
    await ask('a');
    expect(host.requests).toEqual(['POST /users/groups a', 'GET /users/a/groups', 'GET /users/a/groups']);
    pass(MINUTE_MS);
    host.instead = null;
    host.hasBatch = true;
    await ask('a');
    await ask('a');
    expect(host.requests.slice(3)).toEqual(['POST /users/groups a', 'POST /users/groups a']);
  });

  it('is asked for each, eight at once, whoever asks', async () => {
    const { host, ask, says } = await setUp({ hasBatch: false });
    for (const id of numbered(100)) host.users.set(id, inGroups('pilots'));
    await ask('somebody');
    const answers = await Promise.all(numbered(100).map((id) => says(id)));
    expect(answers).toEqual(numbered(100).map(() => ['http:pilots']));
    expect(host.peak).toBe(8);
  });

  it('says nothing by 405 to a single question', async () => {
    const { host, says } = await setUp({ hasBatch: false });
    host.instead = (_request, response) => send(response, 405, {});
    expect(await says('a')).toBe('unknown');
  });

  it.each(['', '.', '..', '\ud800'])('is not asked for the id %j, which no address can carry', async (id) => {
    const { host, ask, externalIds } = await setUp({ hasBatch: false });
    externalIds.set('a', id);
    const facts = await ask('a');
    expect(facts.get('a')).toMatchObject({ status: 'unknown', reason: /no address can carry/ });
    expect(host.requests.filter((request) => request.startsWith('GET'))).toEqual([]);
  });

  it('is asked first for those that it answered before, so that data that always fails keeps nobody else waiting', async () => {
    const { host, ask, pass } = await setUp({ hasBatch: false });
    const ids = numbered(60);
    for (const id of ids) host.users.set(id, inGroups());
    for (const id of ids.slice(0, 20)) host.insteadOf.set(id, (_request, response) => send(response, 500, {}));
    const statuses = async () => [...(await ask(...ids)).values()].map(({ status }) => status);
    for (let round = 0; round < 3; round += 1) {
      await statuses();
      pass(MINUTE_MS);
    }
    expect(await statuses()).toEqual([...Array(20).fill('unknown'), ...Array(40).fill('known')]);
  });
});

describe('a host that hangs', () => {
  it('costs a run one wait, not one for each member', async () => {
    const { host, source, clock, pass } = await setUp({ hasBatch: false, timeoutMs: 50 });
    await source.factsOf(['somebody'], clock.now, ANEW);
    // What the time-out takes here is nothing to the clock of the test; a real one goes on by itself.
    host.instead = (_request, response) => {
      pass(5_000);
      response.on('close', () => {});
    };
    const before = host.requests.length;
    const facts = await source.factsOf(numbered(1000), clock.now, ANEW);
    for (const id of numbered(50)) await source.factsOf([id], clock.now, ANEW);
    expect([...facts.values()].every(({ status }) => status === 'unknown')).toBe(true);
    expect(host.requests.length - before).toBeLessThanOrEqual(16);
  });
});

describe('one user whose data always fails', () => {
  it('is told in the log once, and keeps nobody else from an answer', async () => {
    const { host, ask, says, pass, captured } = await setUp({ hasBatch: false });
    for (const id of numbered(20)) host.users.set(id, inGroups());
    host.insteadOf.set('user-3', (_request, response) => send(response, 500, {}));
    for (let hours = 0; hours < 5; hours += 1) {
      const facts = await ask(...numbered(20));
      expect([...facts].filter(([, { status }]) => status !== 'known').map(([id]) => id)).toEqual(['user-3']);
      pass(60 * MINUTE_MS);
    }
    expect(captured.records().filter(({ level }) => level === 40)).toHaveLength(1);
    host.insteadOf.clear();
    expect(await says('user-3')).toEqual([]);
  });
});

describe('a connection that the host has let go of', () => {
  it('is tried again at once', async () => {
    const { host, says, captured } = await setUp();
    host.users.set('a', inGroups('pilots'));
    host.instead = (_request, response) => {
      host.instead = null;
      response.destroy();
    };
    expect(await says('a')).toEqual(['http:pilots']);
    expect(captured.records()).toEqual([]);
  });
});

describe('answers that overtake each other', () => {
  it('count in the order of the questions', async () => {
    const { host, ask, says, clock, pass } = await setUp();
    const held: (() => void)[] = [];
    host.instead = (_request, response) => held.push(() => send(response, 200, { users: { a: inGroups('old') } }));
    const early = ask('a');
    while (held.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    pass(1000);
    host.instead = null;
    host.users.set('a', inGroups('new'));
    expect(await says('a')).toEqual(['http:new']);
    held[0]?.();
    expect((await early).get('a')).toMatchObject({ asOf: clock.now, groupIds: new Set(['http:new']) });
  });
});

describe('the memory', () => {
  it('goes by the ids of the host: with another id somebody is another', async () => {
    const { host, ask, says, externalIds, pass } = await setUp();
    await ask('a');
    pass(10 * MINUTE_MS);
    externalIds.set('a', '42');
    expect(await says('a')).toBe('unknown');
    host.users.set('42', inGroups('pilots'));
    expect(await says('a')).toEqual(['http:pilots']);
  });

  it('waits longer for the second gone than for an old answer', async () => {
    const { says, ask, pass } = await setUp({ maxAgeMs: MINUTE_MS });
    await ask('a');
    pass(15 * MINUTE_MS);
    await ask('b');
    expect(await says('a')).toBe('gone');
  });

  it('starts with nothing', async () => {
    const { source } = await setUp();
    expect(await source.factsOf([], start, ANEW)).toEqual(new Map());
  });
});

describe('its groups', () => {
  it('exist before anybody carries them; those of others are none of its business', async () => {
    const { source } = await setUp();
    expect(await source.existing('guild', ['http:pilots', 'http:x:y', 'pilots', 'ldap:x', 'http:'])).toEqual(
      new Set(['http:pilots', 'http:x:y']),
    );
  });
});

describe('a token that no header can carry', () => {
  it.each(['line\nbreak', 'pässwort', ''])('stops the start, and is not repeated: %j', async (token) => {
    const made = setUp({ token });
    await expect(made).rejects.toThrow(/^GROUPS_TOKEN must hold visible ASCII characters only/);
  });
});
