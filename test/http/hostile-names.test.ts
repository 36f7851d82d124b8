import { describe, expect, it } from 'vitest';
import { harmIn, hostileNames, hostilePages } from '../support/hostile-names.ts';
import { countAttempts, startHostileWorld } from '../support/hostile-world.ts';

const { tried, expectNoHarm } = countAttempts();
/** On a machine that has other things to do. */
const PATIENCE_MS = 60_000;

describe('a name that would like to be more', () => {
  it(
    'mentions nobody and leads nowhere in what the bot says',
    async () => {
      await expectNoHarm(hostileNames(await startHostileWorld()));
    },
    PATIENCE_MS,
  );

  it(
    'is no markup on a page',
    async () => {
      await expectNoHarm(hostilePages(await startHostileWorld({ FRONTEND_URL: '' })));
      expect(tried.size).toBeGreaterThanOrEqual(200);
    },
    PATIENCE_MS,
  );

  it.each([
    { content: 'hello', allowed_mentions: { parse: ['everyone'] } },
    { content: 'hello' },
    { content: 'Ask @everyone', allowed_mentions: { parse: [] } },
    {
      type: 4,
      data: { content: '', embeds: [{ title: '[a](https://evil.example)' }], allowed_mentions: { parse: [] } },
    },
    { embeds: [{ fields: [{ name: 'a', value: '<@&111111111111111111>' }] }], allowed_mentions: { parse: [] } },
  ])('would be found: %j', (body) => {
    expect(harmIn(body)).not.toBeNull();
  });
});
