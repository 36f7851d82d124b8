import { describe, expect, it } from 'vitest';
import { ANEW, askingHost, inGroups, MINUTE_MS, numbered, start, TOKEN } from '../support/asking-host.ts';
import { send } from '../support/groups-host.ts';

describe.each([{ hasBatch: true }, { hasBatch: false }])('a host that answers (batch: $hasBatch)', ({ hasBatch }) => {
  it('is asked by its own ids with the token, and its groups carry its name', async () => {
    const { host, source, externalIds } = await askingHost({ hasBatch });
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
    const { host, ask } = await askingHost({ hasBatch, token: null });
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
    ['more groups than anybody is in', inGroups(...numbered(1001))],
    ['a group with an endless id', inGroups('x'.repeat(201))],
    ['more permissions than anybody has', { groups: [], permissions: numbered(1001) }],
    ['an endless permission', { groups: [], permissions: ['x'.repeat(201)] }],
    ['an endless name', { groups: [], name: 'x'.repeat(201) }],
    ['nothing', null],
    ['a list', []],
  ])('makes only that user unknown of whom it says: %s', async (_, malformed) => {
    const { host, ask } = await askingHost({ hasBatch });
    host.users.set('a', malformed);
    host.users.set('b', inGroups('pilots'));
    const facts = await ask('a', 'b');
    expect(facts.get('a')).toMatchObject({ status: 'unknown', asOf: null, reason: /malformed/ });
    expect(facts.get('b')).toMatchObject({ status: 'known', groupIds: new Set(['http:pilots']) });
  });

  it('may say of one user as much as the guide allows', async () => {
    const { host, says } = await askingHost({ hasBatch });
    const ids = ['x'.repeat(200), ...numbered(999)];
    host.users.set('a', { ...inGroups(...ids), permissions: ids, name: 'x'.repeat(200) });
    expect(await says('a')).toEqual(ids.map((id) => `http:${id}`));
  });

  it('makes nobody gone by saying so once, or twice too soon', async () => {
    const { host, says, pass } = await askingHost({ hasBatch });
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
    const { host, says, ask, pass } = await askingHost({ hasBatch });
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

describe('a host that takes batches', () => {
  it('is asked for 100 at a time, a few at once', async () => {
    const { host, ask } = await askingHost();
    for (const id of numbered(1001)) host.users.set(id, inGroups('pilots'));
    host.waitsFor = 4;
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
    const { host, ask } = await askingHost();
    host.instead = (_request, response) => send(response, 200, { users });
    const facts = await ask('a', 'b');
    expect([...facts.values()].map(({ status }) => status)).toEqual(['unknown', 'unknown']);
  });

  it('is not asked for each of them alone when a batch fails', async () => {
    const { host, ask } = await askingHost();
    host.instead = (_request, response) => send(response, 500, {});
    await ask(...numbered(250));
    expect(host.requests.every((request) => request.startsWith('POST'))).toBe(true);
  });

  it('may answer 201, and with a JSON of its own kind', async () => {
    const { host, says } = await askingHost();
    host.instead = (_request, response) =>
      send(response, 201, { users: { a: inGroups('pilots') } }, 'Application/vnd.host+json; charset=utf-8');
    expect(await says('a')).toEqual(['http:pilots']);
  });

  it('is not misled by names that every object has', async () => {
    const { host, ask, pass } = await askingHost();
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
    const { host, ask, pass } = await askingHost({ hasBatch: false });
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
    const { host, ask, says } = await askingHost({ hasBatch: false });
    for (const id of numbered(100)) host.users.set(id, inGroups('pilots'));
    await ask('somebody');
    host.waitsFor = 8;
    const answers = await Promise.all(numbered(100).map((id) => says(id)));
    expect(answers).toEqual(numbered(100).map(() => ['http:pilots']));
    expect(host.peak).toBe(8);
  });

  it('says nothing by 405 to a single question', async () => {
    const { host, says } = await askingHost({ hasBatch: false });
    host.instead = (_request, response) => send(response, 405, {});
    expect(await says('a')).toBe('unknown');
  });

  it.each(['', '.', '..', '\ud800'])('is not asked for the id %j, which no address can carry', async (id) => {
    const { host, ask, externalIds } = await askingHost({ hasBatch: false });
    externalIds.set('a', id);
    const facts = await ask('a');
    expect(facts.get('a')).toMatchObject({ status: 'unknown', reason: /no address can carry/ });
    expect(host.requests.filter((request) => request.startsWith('GET'))).toEqual([]);
  });

  it('is asked first for those that it answered before, so that data that always fails keeps nobody else waiting', async () => {
    const { host, ask, pass } = await askingHost({ hasBatch: false });
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

describe('answers that overtake each other', () => {
  it('count in the order of the questions', async () => {
    const { host, ask, says, clock, pass } = await askingHost();
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
    const { host, ask, says, externalIds, pass } = await askingHost();
    await ask('a');
    pass(10 * MINUTE_MS);
    externalIds.set('a', '42');
    expect(await says('a')).toBe('unknown');
    host.users.set('42', inGroups('pilots'));
    expect(await says('a')).toEqual(['http:pilots']);
  });

  it('waits longer for the second gone than for an old answer', async () => {
    const { says, ask, pass } = await askingHost({ maxAgeMs: MINUTE_MS });
    await ask('a');
    pass(15 * MINUTE_MS);
    await ask('b');
    expect(await says('a')).toBe('gone');
  });

  it('starts with nothing', async () => {
    const { source } = await askingHost();
    expect(await source.factsOf([], start, ANEW)).toEqual(new Map());
  });
});

describe('its groups', () => {
  it('exist before anybody carries them; those of others are none of its business', async () => {
    const { source } = await askingHost();
    expect(await source.existing('guild', ['http:pilots', 'http:x:y', 'pilots', 'ldap:x', 'http:'])).toEqual(
      new Set(['http:pilots', 'http:x:y']),
    );
  });
});
