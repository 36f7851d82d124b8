import { createHttpSource } from '../../src/groups/http-source.ts';
import { startGroupsHost } from './groups-host.ts';
import { captureLog } from './log-lines.ts';

export const TOKEN = 'groups-token-5f0c2b';
export const start = new Date('2026-03-01T12:00:00Z');
export const MINUTE_MS = 60_000;
export const ANEW = { maxAgeMs: 0 };

/** So that no call is over before its time on a machine that is busy. */
const sleepForEver = () => new Promise<void>(() => {});

/** The source before a host, at a time that stands still until it is told. */
export async function askingHost({
  hasBatch = true,
  token = TOKEN,
  timeoutMs = 5_000,
  sleep = sleepForEver,
  maxAgeMs = 3_600_000,
}: {
  hasBatch?: boolean;
  token?: string | null;
  timeoutMs?: number;
  sleep?: () => Promise<void>;
  maxAgeMs?: number;
} = {}) {
  const host = await startGroupsHost({ hasBatch });
  const captured = captureLog();
  const clock = { now: start };
  const externalIds = new Map<string, string>();
  const source = createHttpSource({
    url: host.url,
    token,
    maxAgeMs,
    timeoutMs,
    sleep,
    externalIdsOf: async (ids) =>
      new Map(ids.flatMap((id) => (externalIds.has(id) ? [[id, externalIds.get(id) ?? ''] as const] : []))),
    now: () => clock.now,
    log: captured.log,
  });
  return {
    host,
    source,
    clock,
    externalIds,
    captured,
    pass: (ms: number) => void (clock.now = new Date(clock.now.getTime() + ms)),
    ask: async (...ids: string[]) => source.factsOf(ids, clock.now, ANEW),
    /** What it says of one account: its groups, or its status. */
    async says(id: string, asking = ANEW) {
      const answer = (await source.factsOf([id], clock.now, asking)).get(id);
      return answer?.status === 'known' ? [...answer.groupIds] : answer?.status;
    },
  };
}

export const inGroups = (...ids: string[]) => ({ groups: ids.map((id) => ({ id, name: id })) });
export const numbered = (count: number) => Array.from({ length: count }, (_, index) => `user-${index}`);
