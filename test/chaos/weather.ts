import type { EventFault, RestFault } from '../../sandbox/faults.ts';
import type { Dice } from './dice.ts';

/** A read that shows the member as he was before his last change; Discord answers from replicas. */
export type WireFault = RestFault | { kind: 'stale' };

export interface Request {
  method: string;
  discordId: string | null;
}

/** What befalls requests and events. */
export interface Weather {
  request(request: Request): WireFault | null;
  event(type: string): EventFault | null;
  /** Whether somebody edits this member just before the request is served. */
  isMeddled(request: Request): boolean;
  /** Each way to Discord and back, in ms. */
  latencyMs(): number;
}

/** How often things go wrong, from 0 to 1. */
export interface Climate {
  rest: number;
  events: number;
  lost: number;
  stale: number;
  meddling: number;
}

export const CALM: Climate = { rest: 0, events: 0, lost: 0, stale: 0, meddling: 0 };

/** Weather that is rolled; `climate` may be changed at any time. */
export function rollWeather(dice: Dice, climate: () => Climate): Weather {
  /** Whom the last read showed as he was before: the next one shows him as he is. */
  const behind = new Set<string | null>();
  return {
    request({ method, discordId }) {
      const { rest, lost, stale } = climate();
      if (method === 'GET') {
        const isBehind = dice.chance(stale) && !behind.has(discordId);
        if (isBehind) behind.add(discordId);
        else behind.delete(discordId);
        if (isBehind) return { kind: 'stale' };
      } else if (dice.chance(lost)) return { kind: 'lost' };
      if (!dice.chance(rest)) return null;
      const faults: WireFault[] = [
        { kind: 'status', status: dice.pick([500, 502, 503]) },
        { kind: 'drop', when: 'before' },
        { kind: 'drop', when: 'after' },
        { kind: 'latency', ms: dice.between(50, 8000) },
        { kind: 'rate_limit', scope: dice.pick(['user', 'shared']), retryAfterMs: dice.between(200, 5000) },
      ];
      return dice.pick(faults);
    },
    event() {
      if (!dice.chance(climate().events)) return null;
      const faults: EventFault[] = [
        { kind: 'delay', ms: dice.between(20, 5000) },
        { kind: 'duplicate' },
        { kind: 'reorder' },
        { kind: 'drop' },
      ];
      return dice.pick(faults);
    },
    isMeddled: ({ method }) => method !== 'GET' && dice.chance(climate().meddling),
    latencyMs: () => dice.between(10, 60),
  };
}
