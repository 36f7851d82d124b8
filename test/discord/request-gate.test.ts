import { describe, expect, it } from 'vitest';
import { createRequestGate } from '../../src/discord/request-gate.ts';
import { createClock } from '../chaos/clock.ts';

function aGate(limit: number, windowMs: number) {
  const clock = createClock(0);
  const enter = createRequestGate({ limit, windowMs }, { nowMs: clock.now, sleep: clock.sleep });
  const goneAt: number[] = [];
  const go = async (signal?: AbortSignal) => {
    await enter(signal);
    goneAt.push(clock.now());
  };
  return { clock, go, goneAt };
}

describe('the gate of all requests', () => {
  it('lets the limit through at once and no more in any window, in order', async () => {
    const { clock, go, goneAt } = aGate(3, 1000);
    void go();
    await clock.pass(900);
    for (let index = 0; index < 7; index += 1) void go();
    await clock.pass(5000);
    expect(goneAt).toEqual([0, 900, 900, 1000, 1900, 1900, 2000, 2900]);
  });

  it('lets one who is called off go, without a request', async () => {
    const { clock, go, goneAt } = aGate(1, 1000);
    const stop = new AbortController();
    void go();
    const waits = go(stop.signal);
    stop.abort(new Error('called off'));
    await expect(waits).rejects.toThrow('called off');
    await clock.pass(5000);
    expect(goneAt).toEqual([0]);
  });
});
