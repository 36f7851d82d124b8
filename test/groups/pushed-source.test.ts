import { describe, expect, it } from 'vitest';
import type { SourceAnswer } from '../../src/core/facts.ts';
import { createPushSource } from '../../src/groups/push-source.ts';
import { ANEW, askingHost, inGroups, MINUTE_MS, start } from '../support/asking-host.ts';
import { send } from '../support/groups-host.ts';

const known = (asOf: Date, ...groupIds: string[]): SourceAnswer => ({
  status: 'known',
  asOf,
  groupIds: new Set(groupIds),
});

describe('a host that can be asked, and pushes', () => {
  it('is believed without being asked, as long as that is fresh enough', async () => {
    const { host, source, clock, says, pass } = await askingHost();
    host.users.set('ann', inGroups('cadets'));
    source.told('ann', known(clock.now, 'http:pilots'));
    expect(await says('ann', { maxAgeMs: MINUTE_MS })).toEqual(['http:pilots']);
    expect(host.requests).toEqual([]);
    pass(MINUTE_MS + 1);
    expect(await says('ann', { maxAgeMs: MINUTE_MS })).toEqual(['http:cadets']);
  });

  it('is asked again once it says that something changed; what it said before is worth nothing', async () => {
    const { host, source, says } = await askingHost();
    host.users.set('ann', inGroups('pilots'));
    expect(await says('ann')).toEqual(['http:pilots']);
    host.instead = (_request, response) => send(response, 503, {});
    source.forget('ann');
    expect(await says('ann', { maxAgeMs: MINUTE_MS })).toBe('unknown');
    host.instead = null;
  });

  it('is not believed in what it was asked before it said so', async () => {
    const { host, source, clock, says, pass } = await askingHost({ hasBatch: false });
    host.users.set('ann', inGroups('pilots'));
    await says('ann');
    const late: { answer?: () => void } = {};
    const arrived = new Promise<void>((resolve) => {
      host.insteadOf.set('ann', (_request, response) => {
        late.answer = () => send(response, 200, inGroups('pilots'));
        resolve();
      });
    });
    const asking = source.factsOf(['ann'], clock.now, ANEW);
    await arrived;
    pass(1);
    source.forget('ann');
    host.insteadOf.clear();
    host.users.set('ann', inGroups('cadets'));
    expect(await says('ann', { maxAgeMs: MINUTE_MS })).toEqual(['http:cadets']);
    late.answer?.();
    await asking;
    expect(await says('ann', { maxAgeMs: MINUTE_MS })).toEqual(['http:cadets']);
  });

  it('has to say twice that somebody is gone, pushes or not', async () => {
    const { host, source, clock, says, pass } = await askingHost();
    source.told('ann', known(clock.now, 'http:pilots'));
    expect(await says('ann')).toBe('unknown');
    pass(9 * MINUTE_MS);
    source.told('ann', known(clock.now, 'http:pilots'));
    pass(2 * MINUTE_MS);
    expect(await says('ann')).toBe('unknown');
    pass(10 * MINUTE_MS);
    expect(await says('ann')).toBe('gone');
    expect(host.requests.length).toBeGreaterThan(2);
  });
});

function pushing() {
  const clock = { now: start };
  const source = createPushSource({
    maxAgeMs: 60 * MINUTE_MS,
    externalIdsOf: async () => new Map([['account', 'ann']]),
    now: () => clock.now,
  });
  const says = async (accountId: string) => {
    const answer = (await source.factsOf([accountId], clock.now, ANEW)).get(accountId);
    return answer?.status === 'known' ? [...answer.groupIds] : answer?.status;
  };
  return { clock, source, says, pass: (ms: number) => void (clock.now = new Date(clock.now.getTime() + ms)) };
}

describe('a host that only pushes', () => {
  it('is known by what it said, under the host’s name for the account or its own', async () => {
    const { source, says, clock } = pushing();
    expect(await says('account')).toBe('unknown');
    source.told('ann', known(clock.now, 'http:pilots'));
    source.told('bob', known(clock.now));
    expect(await says('account')).toEqual(['http:pilots']);
    expect(await says('bob')).toEqual([]);
    source.forget('ann');
    expect(await says('account')).toBe('unknown');
  });

  it('is unknown again when that is too old, and leaves nothing behind', async () => {
    const { source, says, clock, pass } = pushing();
    source.told('ann', known(clock.now, 'http:pilots'));
    pass(60 * MINUTE_MS);
    expect(await says('account')).toEqual(['http:pilots']);
    pass(1);
    expect(await says('account')).toBe('unknown');
  });

  it('is not believed in what is no answer', async () => {
    const { source, says, clock } = pushing();
    source.told('ann', known(clock.now, 'http:pilots'));
    source.told('ann', { status: 'unknown', asOf: null, reason: 'malformed' });
    expect(await says('account')).toEqual(['http:pilots']);
  });

  it('lets mappings name its groups before anybody carries them', async () => {
    const { source } = pushing();
    expect(await source.existing('guild', ['http:pilots', 'http:', 'pilots'])).toEqual(new Set(['http:pilots']));
  });
});
