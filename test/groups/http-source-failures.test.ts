import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ANEW, askingHost, inGroups, MINUTE_MS, numbered, start, TOKEN } from '../support/asking-host.ts';
import { send } from '../support/groups-host.ts';

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
    const { host, ask } = await askingHost({ hasBatch });
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
    const { host, ask } = await askingHost({ hasBatch, timeoutMs: 50 });
    if (!hasBatch) await ask('somebody else');
    host.instead = (_request, response) => hang(response);
    expect((await ask('a')).get('a')).toMatchObject({ reason: /did not answer within 0\.05 s/ });
  });

  it('leaves what it said before, until that is too old', async () => {
    const { host, says, pass } = await askingHost({ hasBatch });
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
    const { host, says, pass } = await askingHost({ hasBatch });
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

  it('is down until its next answer', async () => {
    const { host, source, ask, pass } = await askingHost({ hasBatch });
    for (const id of numbered(5)) host.users.set(id, inGroups());
    expect(source.isUp()).toBe(true);
    host.instead = (_request, response) => send(response, 503, {});
    await ask(...numbered(5));
    expect(source.isUp()).toBe(false);
    host.instead = null;
    pass(MINUTE_MS);
    await ask(...numbered(5));
    expect(source.isUp()).toBe(true);
  });

  it('is down when nothing that it says can be used', async () => {
    const { host, source, ask, pass } = await askingHost({ hasBatch });
    for (const id of numbered(5)) host.users.set(id, { groups: 'none' });
    await ask(...numbered(5));
    expect(source.isUp()).toBe(false);
    host.users.set('user-4', inGroups());
    pass(MINUTE_MS);
    await ask('user-4');
    expect(source.isUp()).toBe(true);
  });

  it('is told in the log once, and once that it is over', async () => {
    const { host, ask, pass, captured } = await askingHost({ hasBatch });
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
    const { host, ask, captured, pass } = await askingHost({ hasBatch, timeoutMs: 50 });
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

describe('a host that hangs', () => {
  it('costs a run one wait, not one for each member', async () => {
    const { host, source, clock, pass } = await askingHost({ hasBatch: false, timeoutMs: 50 });
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

describe('a clock that is put back', () => {
  it('keeps nobody waiting until it is right again', async () => {
    const { host, says, pass } = await askingHost();
    host.users.set('a', inGroups('pilots'));
    host.instead = (_request, response) => send(response, 500, {});
    await says('a');
    host.instead = null;
    pass(-60 * MINUTE_MS);
    expect(await says('a')).toEqual(['http:pilots']);
  });
});

describe('one user whose data always fails', () => {
  it('is told in the log once, and keeps nobody else from an answer', async () => {
    const { host, source, ask, says, pass, captured } = await askingHost({ hasBatch: false });
    for (const id of numbered(20)) host.users.set(id, inGroups());
    host.insteadOf.set('user-3', (_request, response) => send(response, 500, {}));
    for (let hours = 0; hours < 5; hours += 1) {
      const facts = await ask(...numbered(20));
      expect([...facts].filter(([, { status }]) => status !== 'known').map(([id]) => id)).toEqual(['user-3']);
      if (hours > 0) expect(source.isUp()).toBe(true);
      pass(60 * MINUTE_MS);
    }
    expect(captured.records().filter(({ level }) => level === 40)).toHaveLength(1);
    host.insteadOf.clear();
    expect(await says('user-3')).toEqual([]);
  });
});

describe('a connection that the host has let go of', () => {
  it('is tried again at once', async () => {
    const { host, says, captured } = await askingHost();
    host.users.set('a', inGroups('pilots'));
    host.instead = (_request, response) => {
      host.instead = null;
      response.destroy();
    };
    expect(await says('a')).toEqual(['http:pilots']);
    expect(captured.records()).toEqual([]);
  });
});

describe('a token that no header can carry', () => {
  it.each(['line\nbreak', 'pässwort', ''])('stops the start, and is not repeated: %j', async (token) => {
    const made = askingHost({ token });
    await expect(made).rejects.toThrow(/^GROUPS_TOKEN must hold visible ASCII characters only/);
  });
});
