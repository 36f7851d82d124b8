import { describe, expect, it } from 'vitest';
import { hostileCallbacks } from '../support/hostile-callbacks.ts';
import { hostileRedirects } from '../support/hostile-redirects.ts';
import { startHostileWorld, type Attempts } from '../support/hostile-world.ts';

/** What was tried so far, by its name. */
const tried = new Set<string>();

async function expectNoHarm(attempts: Attempts): Promise<void> {
  const harms: string[] = [];
  for await (const { name, harm, isRight } of attempts) {
    expect(tried.has(name), `${name} twice`).toBe(false);
    if (!isRight) tried.add(name);
    const what = await harm();
    if (what !== null) harms.push(`${name}: ${what}`);
  }
  expect(harms).toEqual([]);
}

describe('nobody gets in by', () => {
  it('a callback that is not his own', async () => {
    await expectNoHarm(hostileCallbacks(await startHostileWorld()));
  });

  it('an address to go to after a login', async () => {
    await expectNoHarm(hostileRedirects(await startHostileWorld()));
  });
});
