import { Counter, Gauge, Histogram, Registry, type CounterConfiguration } from 'prom-client';
import type { Lane } from '../sync/ports.ts';
import { watchProcess } from './process-metrics.ts';

/** What is looked at when somebody asks for the figures. */
export interface Moment {
  /** How many writes wait in each lane. */
  waiting: Record<Lane, number>;
  gateway: { isUp: boolean; pingMs: number | null };
  /** null: none is asked. */
  isGroupsSourceUp: boolean | null;
}

/** What happened, as Prometheus counts it. No label holds an id, so that their number stays small. */
export type Metrics = ReturnType<typeof createMetrics>;

const PREFIX = 'rolewright_';
/** From a cache's answer to a slow page, in seconds. */
const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const DATABASE_BUCKETS = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1];
const JOIN_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const WAIT_BUCKETS = [0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

/** A registry of its own: two Rolewrights in one process do not count together. */
export function createMetrics() {
  const registry = new Registry();
  const ofProcess = watchProcess(PREFIX);
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter<L>({ name: `${PREFIX}${name}`, help, labelNames, registers } satisfies CounterConfiguration<L>);
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge<L>({ name: `${PREFIX}${name}`, help, labelNames: [...labelNames], registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[], buckets: number[]) =>
    new Histogram<L>({ name: `${PREFIX}${name}`, help, labelNames: [...labelNames], buckets, registers });

  const oauth = counter('oauth_total', 'OAuth2 flows and token refreshes that ended.', ['purpose', 'code']);
  const runs = counter('sync_runs_total', 'Runs that were recorded and ended, or are held.', ['trigger', 'status']);
  const changes = counter('changes_total', 'Changes of roles by what became of them.', ['action', 'outcome']);
  const requests = counter('discord_requests_total', 'Requests to Discord.', ['method', 'route', 'status']);
  const refusals = counter('discord_429_total', 'Requests that Discord refused for a rate limit.', ['scope']);
  const waits = counter(
    'discord_rate_limit_wait_seconds_total',
    "Seconds that requests were held back for Discord's rate limits, beside the lanes.",
    ['scope'],
  );
  const writeWaits = histogram(
    'write_wait_seconds',
    'How long a write waited for a place in a rate limit.',
    ['lane'],
    WAIT_BUCKETS,
  );
  const joins = histogram(
    'join_to_role_seconds',
    'From the event that somebody joined until Discord took his first role.',
    [],
    JOIN_BUCKETS,
  );
  const database = histogram('db_seconds', 'How long calls of the stores took.', ['store'], DATABASE_BUCKETS);
  const http = histogram(
    'http_request_seconds',
    'Requests to the API.',
    ['operation', 'method', 'status'],
    REQUEST_BUCKETS,
  );
  const queue = gauge('sync_queue_depth', 'Writes that wait for a place in a rate limit.', ['lane']);
  const gatewayUp = gauge('gateway_up', "Whether the session at Discord's gateway works (1) or not (0).");
  const ping = gauge('gateway_ping_seconds', "The last heartbeat's round trip; absent while there is none.", []);
  const groupsSourceUp = gauge(
    'groups_source_up',
    'Whether the source of groups (GROUPS_URL) answers (1) or not (0); absent where there is none.',
  );

  return {
    contentType: registry.contentType,

    oauthEnded: (purpose: string, code: string) => oauth.inc({ purpose, code }),
    runIs: (trigger: string, status: string) => runs.inc({ trigger, status }),
    changeMade: (action: string, outcome: string) => changes.inc({ action, outcome }),
    /** @param status null: there was no answer */
    answered: ({ method, route }: { method: string; route: string }, status: number | null) =>
      requests.inc({ method, route, status: status ?? 'none' }),
    refused: (scope: string) => refusals.inc({ scope }),
    waits: (scope: string, ms: number) => waits.inc({ scope }, Math.max(0, ms) / 1000),
    writeWaited: (lane: Lane, ms: number) => writeWaits.observe({ lane }, ms / 1000),
    roleAfterJoin: (ms: number) => joins.observe(ms / 1000),
    storeCalled: (store: string, ms: number) => database.observe({ store }, ms / 1000),
    httpAnswered: (operation: string, method: string, status: number, ms: number) =>
      http.observe({ operation, method, status }, ms / 1000),

    /** All figures in Prometheus' text format. */
    async text({ waiting, gateway, isGroupsSourceUp }: Moment): Promise<string> {
      for (const [lane, depth] of Object.entries(waiting)) queue.set({ lane }, depth);
      gatewayUp.set(gateway.isUp ? 1 : 0);
      if (gateway.pingMs === null) ping.remove();
      else ping.set(gateway.pingMs / 1000);
      if (isGroupsSourceUp === null) groupsSourceUp.remove();
      else groupsSourceUp.set(isGroupsSourceUp ? 1 : 0);
      return `${await registry.metrics()}\n${await ofProcess.metrics()}`;
    },
  };
}
