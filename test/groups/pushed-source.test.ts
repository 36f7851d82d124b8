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
    source.told('ann', known(clock.now, 'http:pilots'), clock.now);
    expect(await says('ann', { maxAgeMs: MINUTE_MS })).toEqual(['http:pilots']);
    expect(host.requests).toEqual([]);
    pass(MINUTE_MS + 1);
    expect(await says('ann', { maxAgeMs: MINUTE_MS })).toEqual(['http:cadets']);
  });

  it('is asked again once it says that something changed; what it said before is worth nothing', async () => {
    const { host, source, says, clock } = await askingHost();
    host.users.set('ann', inGroups('pilots'));
    expect(await says('ann')).toEqual(['http:pilots']);
    host.instead = (_request, response) => send(response, 503, {});
    source.forget('ann', clock.now);
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
    source.forget('ann', clock.now);
    host.insteadOf.clear();
    host.users.set('ann', inGroups('cadets'));
    expect(await says('ann', { maxAgeMs: MINUTE_MS })).toEqual(['http:cadets']);
    late.answer?.();
    await asking;
    expect(await says('ann', { maxAgeMs: MINUTE_MS })).toEqual(['http:cadets']);
  });

  it('has to say twice that somebody is gone, pushes or not', async () => {
    const { host, source, clock, says, pass } = await askingHost();
    source.told('ann', known(clock.now, 'http:pilots'), clock.now);
    expect(await says('ann')).toBe('unknown');
    pass(9 * MINUTE_MS);
    source.told('ann', known(clock.now, 'http:pilots'), clock.now);
    pass(2 * MINUTE_MS);
    expect(await says('ann')).toBe('unknown');
    pass(10 * MINUTE_MS);
    expect(await says('ann')).toBe('gone');
    expect(host.requests.length).toBeGreaterThan(2);
  });
});

const before = ({ now }: { now: Date }, ms: number) => new Date(now.getTime() - ms);
const SECOND_MS = 1_000;

describe('what a host pushes late', () => {
  it('is older than what it pushed meanwhile: it is asked how it is', async () => {
    const { host, source, clock, says, pass } = await askingHost();
    host.users.set('ann', inGroups('cadets'));
    pass(10 * SECOND_MS);
    source.told('ann', known(clock.now), clock.now);
    expect(await says('ann', { maxAgeMs: MINUTE_MS })).toEqual([]);
    for (const late of [SECOND_MS, 0]) {
      source.told('ann', known(clock.now, 'http:pilots'), before(clock, late));
      expect(await says('ann', { maxAgeMs: MINUTE_MS })).toEqual(['http:cadets']);
    }
    expect(host.requests).toHaveLength(2);
    pass(SECOND_MS);
    source.told('ann', known(clock.now, 'http:pilots'), clock.now);
    expect(await says('ann', { maxAgeMs: MINUTE_MS })).toEqual(['http:pilots']);
    expect(host.requests).toHaveLength(2);
  });

  it('is older than what it answered meanwhile', async () => {
    const { host, source, clock, says, pass } = await askingHost();
    host.users.set('ann', inGroups('cadets'));
    const signedAt = clock.now;
    pass(1);
    expect(await says('ann')).toEqual(['http:cadets']);
    source.told('ann', known(clock.now, 'http:pilots'), signedAt);
    expect(await says('ann', { maxAgeMs: MINUTE_MS })).toEqual(['http:cadets']);
    expect(host.requests).toHaveLength(2);
  });

  it('is older than its word that something changed', async () => {
    const { host, source, clock, says, pass } = await askingHost();
    host.users.set('ann', inGroups('cadets'));
    const signedAt = clock.now;
    pass(5 * SECOND_MS);
    source.forget('ann', clock.now);
    source.told('ann', known(clock.now, 'http:pilots'), signedAt);
    expect(await says('ann', { maxAgeMs: MINUTE_MS })).toEqual(['http:cadets']);
  });

  it('is older than our start, so that it may be older than what we knew before', async () => {
    const { host, source, clock, says } = await askingHost();
    host.users.set('ann', inGroups('cadets'));
    source.told('ann', known(clock.now, 'http:pilots'), before(clock, SECOND_MS));
    expect(await says('ann', { maxAgeMs: MINUTE_MS })).toEqual(['http:cadets']);
  });

  it('takes nothing away while the host does not answer', async () => {
    const { host, source, clock, says, pass } = await askingHost();
    pass(10 * SECOND_MS);
    source.told('ann', known(clock.now, 'http:pilots'), clock.now);
    host.instead = (_request, response) => send(response, 503, {});
    source.told('ann', known(clock.now), before(clock, SECOND_MS));
    expect(await says('ann', { maxAgeMs: MINUTE_MS })).toBe('unknown');
    host.instead = null;
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
    source.told('ann', known(clock.now, 'http:pilots'), clock.now);
    source.told('bob', known(clock.now), clock.now);
    expect(await says('account')).toEqual(['http:pilots']);
    expect(await says('bob')).toEqual([]);
    source.forget('ann', clock.now);
    expect(await says('account')).toBe('unknown');
  });

  it('is unknown again when that is too old, and leaves nothing behind', async () => {
    const { source, says, clock, pass } = pushing();
    source.told('ann', known(clock.now, 'http:pilots'), clock.now);
    pass(60 * MINUTE_MS);
    expect(await says('account')).toEqual(['http:pilots']);
    pass(1);
    expect(await says('account')).toBe('unknown');
  });

  it('is not believed in what it signed before what it said last; of one second the last counts', async () => {
    const { source, says, clock, pass } = pushing();
    const signedAt = clock.now;
    pass(10 * SECOND_MS);
    source.told('ann', known(clock.now), clock.now);
    source.told('ann', known(clock.now, 'http:pilots'), signedAt);
    source.forget('ann', signedAt);
    expect(await says('account')).toEqual([]);
    source.told('ann', known(clock.now, 'http:cadets'), clock.now);
    expect(await says('account')).toEqual(['http:cadets']);
    source.forget('ann', clock.now);
    source.told('ann', known(clock.now, 'http:pilots'), signedAt);
    expect(await says('account')).toBe('unknown');
  });

  it('is not believed in what is no answer', async () => {
    const { source, says, clock } = pushing();
    source.told('ann', known(clock.now, 'http:pilots'), clock.now);
    source.told('ann', { status: 'unknown', asOf: null, reason: 'malformed' }, clock.now);
    expect(await says('account')).toEqual(['http:pilots']);
  });

  it('lets mappings name its groups before anybody carries them', async () => {
    const { source } = pushing();
    expect(await source.existing('guild', ['http:pilots', 'http:', 'pilots'])).toEqual(new Set(['http:pilots']));
  });
});
