import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { askingHost, inGroups, MINUTE_MS, numbered } from '../support/asking-host.ts';
import { send } from '../support/groups-host.ts';

/** A host that lets everybody wait until it is told; without batches it has said so already. */
async function slowHost({ hasBatch = false } = {}) {
  const sleepers: (() => void)[] = [];
  const sleep = () => new Promise<void>((resolve) => void sleepers.push(resolve));
  const asking = await askingHost({ hasBatch, sleep, timeoutMs: 20_000 });
  const { host } = asking;
  const waiting: (() => void)[] = [];
  const hold = (request: IncomingMessage, response: ServerResponse): void => {
    const json = request.method === 'POST' ? { users: {} } : inGroups('pilots');
    waiting.push(() => send(response, 200, json));
  };
  host.users.set('first', inGroups('cadets'));
  await asking.ask('first');
  host.instead = hold;
  const before = host.requests.length;
  return {
    ...asking,
    /** The time of all calls that wait is over. */
    timeIsUp() {
      for (const wake of sleepers.splice(0)) wake();
    },
    hold: () => void (host.instead = hold),
    /** Waits until so many wait at the host. */
    async crowded(count: number) {
      await vi.waitFor(() => expect(waiting).toHaveLength(count), { timeout: 15_000, interval: 5 });
    },
    answerOne: () => waiting.shift()?.(),
    answerAll() {
      host.instead = (request, response) =>
        send(response, 200, request.method === 'POST' ? { users: {} } : inGroups('pilots'));
      for (const answer of waiting.splice(0)) answer();
    },
    /** For whom it was asked since, in order. */
    asked: () =>
      host.requests.slice(before).map((line) => line.replace(/^GET \/users\/(.*)\/groups$|^POST \S+ (.*)$/, '$1$2')),
  };
}

const everyone = (facts: ReadonlyMap<string, { status: string }>) =>
  new Set([...facts.values()].map(({ status }) => status));

describe('a host that is too slow for all', () => {
  it('is waited for so long and no longer: the others are as they were while that is fresh, else unknown', async () => {
    const { ask, asked, crowded, timeIsUp } = await slowHost();
    const page = ask('first', ...numbered(100));
    await crowded(8);
    timeIsUp();
    const facts = await page;
    expect(facts.get('first')).toMatchObject({ status: 'known', groupIds: new Set(['http:cadets']) });
    expect(facts.get('user-99')).toMatchObject({
      status: 'unknown',
      asOf: null,
      reason: /too slow.* within the 30 s/,
    });
    expect(asked().toSorted()).toEqual(numbered(8));
  });

  it('is asked for nobody more once the time is over, and what it says late is good for the next who asks', async () => {
    const { ask, asked, answerAll, says, crowded, timeIsUp } = await slowHost();
    const page = ask(...numbered(100));
    await crowded(8);
    timeIsUp();
    await page;
    const late = Promise.all(numbered(8).map((id) => says(id, { maxAgeMs: MINUTE_MS })));
    answerAll();
    expect(await late).toEqual(numbered(8).map(() => ['http:pilots']));
    await ask('last');
    expect(asked().toSorted()).toEqual(['last', ...numbered(8)]);
  });

  it('leaves nobody out for ever: whom it said nothing of comes first the next time', async () => {
    const { ask, asked, answerAll, says, crowded, hold, timeIsUp } = await slowHost();
    const page = ask(...numbered(20));
    await crowded(8);
    timeIsUp();
    await page;
    answerAll();
    for (const id of numbered(8)) await says(id, { maxAgeMs: MINUTE_MS });
    hold();
    void ask(...numbered(20));
    await crowded(8);
    expect(asked().slice(8).toSorted()).toEqual(numbered(16).slice(8).toSorted());
  });

  it('is told in the log once, and once that it is fast enough again', async () => {
    const { ask, answerAll, pass, captured, crowded, timeIsUp } = await slowHost();
    const pages = [1, 2, 3].map(async () => ask(...numbered(100)));
    await crowded(8);
    timeIsUp();
    await Promise.all(pages);
    answerAll();
    for (let minutes = 0; minutes < 120; minutes += 30) {
      await ask('first');
      pass(30 * MINUTE_MS);
    }
    expect(captured.records()).toMatchObject([
      { level: 40, leftOut: 100, msg: expect.stringContaining('too slow') },
      { level: 30, msg: expect.stringContaining('fast enough again') },
    ]);
  });
});

describe('who asks for a few', () => {
  it.each([
    { hasBatch: true, atOnce: 4 },
    { hasBatch: false, atOnce: 8 },
  ])('passes all who wait with many (batch: $hasBatch)', async ({ hasBatch, atOnce }) => {
    const { ask, asked, crowded, answerOne, answerAll } = await slowHost({ hasBatch });
    const page = ask(...numbered(1000));
    await crowded(atOnce);
    const many = ask('a', 'b', 'c', 'd');
    const few = ask('e', 'f', 'g');
    const person = ask('person');
    for (let answers = 0; answers < (hasBatch ? 2 : 4); answers += 1) {
      answerOne();
      await crowded(atOnce);
    }
    expect(asked().slice(atOnce).toSorted()).toEqual(hasBatch ? ['e,f,g', 'person'] : ['e', 'f', 'g', 'person']);
    answerAll();
    await Promise.all([page, many, few, person]);
  });

  it('is answered, and so are all others in the end', async () => {
    const { ask, crowded, answerAll } = await slowHost();
    const page = ask(...numbered(100));
    await crowded(8);
    const person = ask('person');
    answerAll();
    expect(everyone(await person)).toEqual(new Set(['known']));
    expect(everyone(await page)).toEqual(new Set(['known']));
  });
});

describe('an account that two want at the same time', () => {
  it.each([{ hasBatch: true }, { hasBatch: false }])('is asked for once (batch: $hasBatch)', async ({ hasBatch }) => {
    const { ask, asked, crowded, answerAll } = await slowHost({ hasBatch });
    const both = Promise.all([ask('a'), ask('a', 'b')]);
    await crowded(2);
    answerAll();
    const [one, other] = await both;
    expect(asked().toSorted()).toEqual(['a', 'b']);
    expect(one.get('a')).toEqual(other.get('a'));
  });

  it('is asked for once when a page waits with him: the page takes the answer that passed it', async () => {
    const { ask, asked, crowded, answerAll } = await slowHost();
    const page = ask(...numbered(100));
    await crowded(8);
    const person = ask('user-99');
    answerAll();
    expect((await person).get('user-99')).toMatchObject({ status: 'known' });
    expect(everyone(await page)).toEqual(new Set(['known']));
    expect(asked().filter((id) => id === 'user-99')).toHaveLength(1);
  });

  it('is not asked for again while a question that will do is on its way', async () => {
    const { ask, asked, crowded, answerAll, says, pass } = await slowHost();
    const early = ask('a');
    await crowded(1);
    pass(1000);
    const late = says('a', { maxAgeMs: MINUTE_MS });
    const strict = says('a');
    await crowded(2);
    answerAll();
    expect(await Promise.all([late, strict])).toEqual([['http:pilots'], ['http:pilots']]);
    await early;
    expect(asked()).toEqual(['a', 'a']);
  });
});
