import { describe, expect, it } from 'vitest';
import type { OAuthState } from '../../src/db/state-store.ts';
import { after, noon, openStores } from '../support/stores.ts';

const state: OAuthState = {
  stateHash: 'hash',
  purpose: 'link_from_discord',
  accountId: null,
  discordId: 'ann',
  sessionJti: null,
  startedBy: null,
  browserHash: null,
  redirectUrl: null,
  createdAt: noon,
  expiresAt: after(600),
};

const browser = { browserHash: 'browser', accountId: null };
const nobody = { browserHash: null, accountId: null };

async function saved(change: Partial<OAuthState> = {}) {
  const { states } = await openStores();
  await states.save({ ...state, ...change });
  return states;
}

describe('an OAuth2 state', () => {
  it('belongs to the first browser that opens it', async () => {
    const states = await saved();
    expect(await states.open('hash', 'browser', noon)).toEqual({
      state: 'ok',
      row: { ...state, browserHash: 'browser' },
    });
    expect(await states.open('hash', 'browser', noon)).toMatchObject({ state: 'ok' });
    expect(await states.open('hash', 'thief', noon)).toEqual({ state: 'other_browser' });
    expect(await states.take('hash', browser, noon)).toMatchObject({ state: 'ok', row: { browserHash: 'browser' } });
  });

  it('goes to one browser when two open it at once', async () => {
    const states = await saved();
    const answers = await Promise.all(['one', 'two', 'three'].map((one) => states.open('hash', one, noon)));
    expect(answers.filter((answer) => answer.state === 'ok')).toHaveLength(1);
  });

  it('is unknown, or expired, and says which', async () => {
    const states = await saved();
    expect(await states.open('other', 'browser', noon)).toEqual({ state: 'unknown' });
    expect(await states.open('hash', 'browser', after(600))).toEqual({ state: 'expired' });
    expect(await states.open('hash', 'browser', after(599))).toMatchObject({ state: 'ok' });
  });

  it('can be taken once, however many try at once', async () => {
    const states = await saved();
    await states.open('hash', 'browser', noon);
    const taken = await Promise.all(Array.from({ length: 5 }, () => states.take('hash', browser, noon)));
    expect(taken.filter((one) => one.state === 'ok')).toHaveLength(1);
    expect(taken.filter((one) => one.state === 'unknown')).toHaveLength(4);
    expect(await states.open('hash', 'browser', noon)).toEqual({ state: 'unknown' });
  });

  it('cannot be taken by a browser that never opened it, and is left as it is', async () => {
    const states = await saved();
    expect(await states.take('hash', nobody, noon)).toMatchObject({ state: 'other_browser' });
    expect(await states.take('hash', browser, noon)).toMatchObject({ state: 'other_browser' });
    expect(await states.open('hash', 'browser', noon)).toMatchObject({ state: 'ok' });
    expect(await states.take('hash', nobody, noon)).toMatchObject({ state: 'other_browser' });
    expect(await states.take('hash', browser, noon)).toMatchObject({ state: 'ok' });
  });

  it('cannot be taken when its time is over', async () => {
    const states = await saved();
    await states.open('hash', 'browser', noon);
    expect(await states.take('hash', browser, after(600))).toMatchObject({ state: 'expired' });
  });

  it('is purged when its time is over', async () => {
    const states = await saved();
    await states.save({ ...state, stateHash: 'later', expiresAt: after(1000) });
    expect(await states.purgeExpired(after(600))).toBe(1);
    expect(await states.take('hash', browser, noon)).toEqual({ state: 'unknown' });
    expect(await states.take('later', browser, noon)).toMatchObject({ state: 'other_browser' });
  });
});
