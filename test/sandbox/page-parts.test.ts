import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

/** A function of the page's own modules: plain JavaScript that a browser loads as it is. */
async function pageFunction(file: string, name: string) {
  const url = pathToFileURL(join(import.meta.dirname, '../../sandbox/page', file)).href;
  const all = z.record(z.string(), z.unknown()).parse({ ...(await import(url)) });
  return z.custom<(...given: unknown[]) => unknown>((value) => typeof value === 'function').parse(all[name]);
}

const application = (id: string, name: string, commands: object[]) => ({ id, name, commands });

describe("Discord's markdown on the page", () => {
  it.each([
    { text: String.raw`2 \* 3 \* 4`, parts: ['2 * 3 * 4'] },
    { text: String.raw`\<@123> and \*\*not bold\*\*`, parts: ['<@123> and **not bold**'] },
    { text: 'hello <@!123>', parts: ['hello ', { kind: 'user', id: '123' }] },
    { text: '<@&1> in <#2>', parts: [{ kind: 'role', id: '1' }, ' in ', { kind: 'channel', id: '2' }] },
    { text: '`<@123> **x**`', parts: [{ kind: 'code', text: '<@123> **x**' }] },
    { text: '```\n**x**\n```', parts: [{ kind: 'block', text: '**x**\n' }] },
    { text: '> one\n> two\nthree', parts: [{ kind: 'quote', children: ['one\ntwo'] }, 'three'] },
    { text: '5 > 3', parts: ['5 > 3'] },
    { text: '>>> all\nof it', parts: [{ kind: 'quote', children: ['all\nof it'] }] },
    { text: '**bold <@1>**', parts: [{ kind: 'strong', children: ['bold ', { kind: 'user', id: '1' }] }] },
    { text: '*a* __b__ ~~c~~', parts: expect.arrayContaining([{ kind: 'emphasis', children: ['a'] }]) },
    { text: 'snake_case_name', parts: ['snake_case_name'] },
    {
      text: '## Title\n-# small',
      parts: [{ kind: 'strong', children: ['Title'] }, '\n', { kind: 'small', children: ['small'] }],
    },
    { text: '<t:60:R>', parts: [{ kind: 'time', at: 60_000, style: 'R' }] },
    {
      text: 'see https://a.example/b.',
      parts: ['see ', { kind: 'link', url: 'https://a.example/b', text: 'https://a.example/b' }, '.'],
    },
    { text: '[docs](https://a.example)', parts: [{ kind: 'link', url: 'https://a.example', text: 'docs' }] },
  ])('reads $text', async ({ text, parts }) => {
    expect((await pageFunction('markdown.js', 'parseMarkdown'))(text)).toEqual(parts);
  });

  it.each([
    { at: 3 * 60_000, style: 'R', words: 'in 3 minutes' },
    { at: -2 * 86_400_000, style: 'R', words: '2 days ago' },
    { at: 0, style: 'R', words: 'in 0 seconds' },
  ])('shows a moment relative to now where that is asked: $words', async ({ at, style, words }) => {
    expect((await pageFunction('names.js', 'momentOf'))({ at, style }, 0, 'en')).toBe(words);
  });

  it('calls a member by his nick', async () => {
    const mentionOf = await pageFunction('names.js', 'mentionOf');
    const user = { id: '1', username: 'ada' };
    const guild = { members: [{ user, nick: 'Captain Ada' }], roles: [], channels: [] };
    expect(mentionOf({ kind: 'user', id: '1' }, { users: [user] }, guild)).toBe('@Captain Ada');
    expect(mentionOf({ kind: 'role', id: '9' }, { users: [] }, guild)).toBe('@deleted-role');
  });
});

describe('the commands on the page', () => {
  const why = { name: 'why', type: 1, options: [{ name: 'user', type: 6 }] };
  const map = { name: 'map', type: 1, options: [{ name: 'add', type: 1, options: [] }] };
  const menu = { name: 'Explain', type: 2 };

  it('are those of the bots in the guild alone', async () => {
    const slashCommands = await pageFunction('command-list.js', 'slashCommands');
    const state = {
      applications: [application('1', 'Stranger', [why]), application('2', 'Rolewright', [why, map, menu])],
    };
    expect(slashCommands(state, { id: '9', application_ids: ['2'] })).toMatchObject([
      { application_id: '2', label: '/map add', name: 'map add' },
      { application_id: '2', label: '/why', name: 'why', options: why.options },
    ]);
  });

  it('of two bots say whose they are, and are kept apart', async () => {
    const [slashCommands, userMenus] = [
      await pageFunction('command-list.js', 'slashCommands'),
      await pageFunction('command-list.js', 'userMenus'),
    ];
    const state = { applications: [application('1', 'Other', [why, menu]), application('2', 'Rolewright', [why])] };
    const guild = { id: '9', application_ids: ['1', '2'] };
    expect(slashCommands(state, guild)).toMatchObject([
      { key: '1 why', label: '/why · Other' },
      { key: '2 why', label: '/why · Rolewright' },
    ]);
    expect(userMenus(state, guild)).toMatchObject([{ key: '1 Explain', label: 'Explain · Other' }]);
  });

  it('of a guild hide the global one of the same name, and those of other guilds do not show', async () => {
    const slashCommands = await pageFunction('command-list.js', 'slashCommands');
    const commands = [why, { ...why, guild_id: '9', options: [] }, { ...map, guild_id: '8' }];
    const state = { applications: [application('1', 'Rolewright', commands)] };
    expect(slashCommands(state, { id: '9', application_ids: ['1'] })).toMatchObject([{ name: 'why', options: [] }]);
  });
});
