import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { parseDuration, parseExpiry } from '../../commands/duration.ts';
import { createLiveMessage } from '../../commands/live-message.ts';
import { buttonsOf, message } from '../../commands/message.ts';
import { createPending } from '../../commands/pending.ts';
import { cut, join, plain } from '../../src/markup.ts';
import { AT } from '../support/fake-app.ts';
import { groupOf, smallWorld } from '../support/small-world.ts';

const HOSTILE = [
  '**bold** _it_ ~~gone~~ `code` ||spoiler||',
  '[free nitro](https://evil.example)',
  '<@200000000000000001> <@&400000000000000004> <#1> </link:1> <t:1:R> <:x:1>',
  '@everyone @here',
  'line\n# heading\r\n> quote\u2028- list',
  'left\u202Eright\u200B\u0000',
];

describe('a name that somebody chose', () => {
  it.each(HOSTILE)('does nothing inside a message: %j', (name) => {
    const safe = plain(name);
    expect(safe).not.toMatch(/(?<!\\)[*_~`|[\]<:]/);
    expect(safe).not.toMatch(/@(everyone|here)/i);
    expect(safe.replaceAll('\u200b', '')).not.toMatch(/\p{C}|[\n\u2028]/u);
  });

  it('does nothing in any reply that shows it', async () => {
    const groups = HOSTILE.map((name, index) => Object.assign(groupOf(`g${index}`, name), { description: name }));
    const { admin } = smallWorld({ groups });
    for (const text of [(await admin.run('group list')).text, (await admin.run('group show', { group: 'g2' })).text]) {
      expect(text).not.toMatch(/@(everyone|here)|(?<!\\)<@|(?<!\\)\]\(|\n#|\n>/);
    }
  });

  it('keeps an ordinary name as it is', () => {
    expect(plain("Red-Squadron (2nd) #1 & 'friends'")).toBe("Red-Squadron (2nd) #1 & 'friends'");
  });
});

describe('messages', () => {
  it('always fit, whatever the lines', () => {
    const lines = fc.array(fc.string({ maxLength: 300 }), { maxLength: 120 });
    fc.assert(
      fc.property(lines, lines, lines, (head, list, tail) => {
        const { content, embeds } = message({ head, list, tail });
        expect(content.length).toBeLessThanOrEqual(2000);
        expect(embeds.every(({ description = '' }) => description.length <= 4096)).toBe(true);
      }),
    );
  });

  it('never build a custom id that Discord refuses', () => {
    const button = buttonsOf('map', { user: { id: '200000000000000001' } });
    expect(() => button({ label: 'x', action: 'save', arg: 'x'.repeat(100) })).toThrow(RangeError);
  });

  it('are cut between characters', () => {
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('ab😀d', 4)).toBe('ab…');
    expect(join(['a', 'b', 'c'], 'or')).toBe('a, b or c');
  });
});

describe('a message', () => {
  const list = Array.from({ length: 1000 }, (_, index) => `line ${index}`);

  it('says how much of a long list it leaves out, and where all of it is', () => {
    const { content, embeds } = message({ head: ['head'], list, where: '`/audit` lists all.', tail: ['tail'] });
    const description = embeds[0]?.description ?? '';
    expect(content).toBe('');
    expect(description).toMatch(/^head\nline 0\n.*\n… and \d+ more: `\/audit` lists all\.\ntail$/s);
    expect(description.length).toBeLessThanOrEqual(4096);
    expect(message({ list }).embeds[0]?.description).toMatch(/\n… and \d+ more$/);
  });

  it('shows a short one as it is', () => {
    expect(message({ list: ['a', 'b'], where: 'x' })).toEqual({ content: 'a\nb', embeds: [], components: [] });
  });
});

describe('durations and dates', () => {
  it.each([
    ['30m', 1_800_000],
    ['1d 12h', 129_600_000],
    ['2 weeks', 1_209_600_000],
    ['1 hour', 3_600_000],
    ['', null],
    ['7', null],
    ['7 months', null],
    ['d7', null],
    ['1h!', null],
  ])('"%s" is %s ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    ['2026-12-31', '2026-12-31T00:00:00.000Z'],
    ['2026-12-31 18:00', '2026-12-31T18:00:00.000Z'],
    ['1h', '2026-11-20T13:00:00.000Z'],
    ['5s', '2026-11-20T12:00:05.000Z'],
    ['2026-12-31T18:00:30.500Z', '2026-12-31T18:00:30.500Z'],
    ['2026-12-31T18:00:00+01:00', '2026-12-31T17:00:00.000Z'],
  ])('"%s" expires at %s', (text, instant) => {
    expect(parseExpiry(text, AT).toISOString()).toBe(instant);
  });
});

/** A moment so many milliseconds later. */
function at(ms: number): Date {
  return new Date(AT.getTime() + ms);
}

describe('pending questions', () => {
  it('are forgotten in time, once taken, and when there are too many', () => {
    const pending = createPending<string>({ lifetimeMs: 1000, limit: 2 });
    pending.keep('a', 'A', at(0));
    expect(pending.peek('a', at(999))).toBe('A');
    expect(pending.peek('a', at(1000))).toBeNull();
    expect(pending.take('a', at(1))).toBe('A');
    expect(pending.take('a', at(1))).toBeNull();
    for (const id of ['b', 'c', 'd']) pending.keep(id, id, at(2));
    expect(['b', 'c', 'd'].map((id) => pending.peek(id, at(3)))).toEqual([null, 'c', 'd']);
  });
});

function live() {
  const shown: string[] = [];
  let now = 0;
  const following = createLiveMessage(async ({ content }) => void shown.push(content), { now: () => now });
  const show = async (ms: number, text: string) => {
    now = ms;
    following.show(message({ head: [text] }));
    await Promise.resolve();
  };
  return { shown, show, end: (ms: number) => ((now = ms), following.end(message({ head: ['end'] }))) };
}

describe('a live message', () => {
  it('is edited every two seconds at most, and always ends with the result', async () => {
    const { shown, show, end } = live();
    for (const ms of [0, 500, 1999, 2000, 2001, 5000]) {
      await show(ms, String(ms));
      await new Promise(setImmediate);
    }
    await end(5001);
    expect(shown).toEqual(['0', '2000', '5000', 'end']);
  });

  it('says where to look before Discord stops taking edits', async () => {
    const { shown, show, end } = live();
    await show(0, 'start');
    await new Promise(setImmediate);
    await show(14 * 60_000, 'late');
    await end(60 * 60_000);
    expect(shown).toHaveLength(2);
    expect(shown[1]).toContain('`/sync status`');
  });

  it('shows the latest though nothing follows it, and nothing once it has ended', async () => {
    const shown: string[] = [];
    const following = createLiveMessage(async ({ content }) => void shown.push(content), { everyMs: 200 });
    for (const text of ['first', 'dropped', 'latest']) following.show(message({ head: [text] }));
    await vi.waitFor(() => expect(shown).toEqual(['first', 'latest']));
    following.show(message({ head: ['too late'] }));
    await following.end(message({ head: ['end'] }));
    following.show(message({ head: ['after the end'] }));
    expect(shown).toEqual(['first', 'latest', 'end']);
  });

  it('goes on when an edit fails', async () => {
    let calls = 0;
    const following = createLiveMessage(async () => {
      calls += 1;
      if (calls === 1) throw new Error('no');
    });
    following.show(message({ head: ['x'] }));
    await following.end(message({ head: ['end'] }));
    expect(calls).toBe(2);
  });
});
