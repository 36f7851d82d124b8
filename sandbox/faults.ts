import { createRandom } from './random.ts';
import type { RecordedRequest } from './requests.ts';
import type { WorldEvent } from './world.ts';

/** What may befall one REST request. */
export type RestFault =
  | { kind: 'latency'; ms: number }
  | { kind: 'status'; status: number }
  /** The socket closes: `before` Discord acted on the request, or `after`. */
  | { kind: 'drop'; when: 'before' | 'after' }
  | { kind: 'rate_limit'; scope: 'user' | 'shared' | 'global'; retryAfterMs: number }
  /** Answers like a success and changes nothing. Only for writes that answer 204, and PATCH member. */
  | { kind: 'lost' };

/** What may befall one gateway event, for one session. */
export type EventFault =
  | { kind: 'delay'; ms: number }
  | { kind: 'duplicate' }
  /** Goes out right after the event that follows it (or after 250 ms, if none does). */
  | { kind: 'reorder' }
  | { kind: 'drop' };

interface Script {
  /** How many matching ones pass before it begins. */
  after?: number;
  /** How often it applies; unlimited if absent. */
  times?: number;
  /** Not before and not after these moments (ms since 1970). */
  from?: number;
  until?: number;
}

export interface RestScript extends Script {
  method?: string;
  /** Template as in sandbox/rest, e.g. `/guilds/:guild_id/members/:user_id/roles/:role_id`, or an expression. */
  route?: string | RegExp;
  when?: (request: RecordedRequest) => boolean;
  fault: RestFault;
}

export interface EventScript extends Script {
  /** Dispatch name, e.g. GUILD_MEMBER_UPDATE. */
  type?: string | RegExp;
  when?: (event: WorldEvent) => boolean;
  fault: EventFault;
}

export type FaultProfile = 'gentle' | 'unkind';
export type Faults = ReturnType<typeof createFaults>;

interface Active<T> {
  readonly script: T;
  seen: number;
  applied: number;
}

/**
 * Everything that can go wrong on purpose: scripts first, then the profile's dice.
 * `unkind`: 5 % of writes meet a 429, 5xx, reset or delay, 1 % are lost, 10 % of events come late, twice or out of order.
 */
export function createFaults({ profile = 'gentle', seed = 1, now = Date.now, timeScale = 1 }: FaultOptions = {}) {
  const rest = new Set<Active<RestScript>>();
  const events = new Set<Active<EventScript>>();
  let unkind = profile === 'unkind';
  let random = createRandom(seed);
  /** Fact 10: of two writes to one member at the same time, the later answers 204 and is lost. */
  let losesConcurrentWrites = false;

  function due({ script, seen, applied }: Active<Script>): boolean {
    const at = now();
    const isInTime = at >= (script.from ?? 0) && at <= (script.until ?? Infinity);
    return isInTime && seen > (script.after ?? 0) && applied < (script.times ?? Infinity);
  }

  function take<T extends Script & { fault: F }, F>(active: Set<Active<T>>, matches: (script: T) => boolean): F | null {
    for (const entry of active) {
      if (!matches(entry.script)) continue;
      entry.seen += 1;
      if (!due(entry)) continue;
      entry.applied += 1;
      return entry.script.fault;
    }
    return null;
  }

  function add<T>(active: Set<Active<T>>, wanted: T): () => void {
    const entry = { script: wanted, seen: 0, applied: 0 };
    active.add(entry);
    return () => active.delete(entry);
  }

  return {
    /** Scripts a fault of REST; the returned function takes it back. The first matching script wins. */
    rest: (wanted: RestScript) => add(rest, wanted),

    /** Scripts a fault of gateway events; the returned function takes it back. */
    events: (wanted: EventScript) => add(events, wanted),

    /** Of two role writes to one member in flight together, the later one answers 2xx and changes nothing. Needs latency to show. */
    loseConcurrentWrites(on: boolean): void {
      losesConcurrentWrites = on;
    },
    losesConcurrentWrites: () => losesConcurrentWrites,

    /** Ends every script and the profile: from here on Discord is gentle. */
    clear(): void {
      rest.clear();
      events.clear();
      unkind = false;
      losesConcurrentWrites = false;
    },

    setProfile(next: FaultProfile, nextSeed = seed): void {
      unkind = next === 'unkind';
      random = createRandom(nextSeed);
    },

    profile: (): FaultProfile => (unkind ? 'unkind' : 'gentle'),

    /** What befalls this request. Each call counts as one request. */
    forRequest(request: RecordedRequest): RestFault | null {
      const scripted = take<RestScript, RestFault>(
        rest,
        ({ method, route, when }) =>
          (method === undefined || method === request.method) &&
          matchesText(route, request.route ?? '') &&
          (when?.(request) ?? true),
      );
      if (scripted || !unkind || request.method === 'GET') return scripted;
      const isGuildWrite = request.path.startsWith('/guilds/');
      return isGuildWrite ? unkindWrite(random, timeScale) : null;
    },

    /** What befalls this event on its way to one session. */
    forEvent(event: WorldEvent): EventFault | null {
      const scripted = take<EventScript, EventFault>(
        events,
        ({ type, when }) => matchesText(type, event.type) && (when?.(event) ?? true),
      );
      if (scripted || !unkind || event.type === 'INTERACTION_CREATE') return scripted;
      return unkindEvent(random);
    },
  };
}

export interface FaultOptions {
  profile?: FaultProfile;
  seed?: number;
  now?: () => number;
  timeScale?: number;
}

function matchesText(pattern: string | RegExp | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  return typeof pattern === 'string' ? pattern === text : pattern.test(text);
}

function unkindWrite(random: () => number, timeScale: number): RestFault | null {
  const dice = random();
  if (dice < 0.01) return { kind: 'lost' };
  if (dice >= 0.06) return null;
  const faults: RestFault[] = [
    { kind: 'rate_limit', scope: random() < 0.5 ? 'shared' : 'user', retryAfterMs: 1_000 * timeScale },
    { kind: 'status', status: 502 },
    { kind: 'drop', when: random() < 0.5 ? 'before' : 'after' },
    { kind: 'latency', ms: 20 + 100 * random() },
  ];
  return faults[Math.floor(random() * faults.length)] ?? null;
}

function unkindEvent(random: () => number): EventFault | null {
  if (random() >= 0.1) return null;
  const faults: EventFault[] = [{ kind: 'delay', ms: 5 + 150 * random() }, { kind: 'duplicate' }, { kind: 'reorder' }];
  return faults[Math.floor(random() * faults.length)] ?? null;
}
