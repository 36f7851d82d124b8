import type { Logger } from '../log.ts';

/** After so many failures without an answer in between it is the host that fails, not one user's data. */
const HOST_FAILS_AT = 4;
const MIN_REST_MS = 1_000;
const MAX_REST_MS = 10_000;
/** An outage is over when an answer comes and nothing has failed for so long. */
const CALM_MS = 60_000;
/** It is fast enough when nobody was left out for so long: a small call alone does not show it. */
const IN_TIME_MS = 3_600_000;
const FORGET_MS = 86_400_000;

/**
 * How a source is doing. Whom it failed to answer is left alone for a while: twice as long as the failure took, from 1
 * to 10 s, so that a hanging host costs little time and one that is up again is asked again soon. An outage is logged
 * once, not for each account.
 */
export function createSourceHealth({ now, log }: { now: () => Date; log: Logger }) {
  const silences = new Map<string, { why: string; until: number }>();
  let failures = 0;
  let unusable = 0;
  let isUp = true;
  let host = { why: '', until: 0 };
  let lateAt: Date | null = null;
  let outage: { since: Date; lastAt: Date } | null = null;

  /** Whether it fails for somebody whom it did not fail last time: a user whose data always fails is no new outage. */
  function isNewsOf(ids: readonly string[]): boolean {
    return ids.some((id) => !silences.has(id));
  }

  function note(ids: readonly string[], why: string, restMs: number): void {
    const at = now();
    const isNews = isNewsOf(ids);
    if (!outage && isNews) log.warn({ why }, 'the groups source fails: whom it does not answer for keeps his roles');
    if (outage || isNews) outage = { since: outage?.since ?? at, lastAt: at };
    for (const id of ids) silences.set(id, { why, until: at.getTime() + restMs });
  }

  /** Farther ahead than any rest means that the clock was put back. */
  function isAhead(until: number): boolean {
    const leftMs = until - now().getTime();
    return leftMs > 0 && leftMs <= MAX_REST_MS;
  }

  return {
    /** Whether the source may be asked for this id now. */
    mayAsk(id: string): boolean {
      return !isAhead(host.until) && !isAhead(silences.get(id)?.until ?? 0);
    },

    /** Whether it answers, as far as is known: not after a failure that may be more than one user's data. */
    isUp: () => isUp,

    /** Why there is no new answer for this id; null where there is one, or nobody asked. */
    silenceOf(id: string): string | null {
      return silences.get(id)?.why ?? (isAhead(host.until) ? host.why : null);
    },

    /** Those that were answered last time first, so that a few that always fail keep nobody else from an answer. */
    inOrder(ids: readonly string[]): string[] {
      return [...ids].sort((a, b) => Number(silences.has(a)) - Number(silences.has(b)));
    },

    /** A request for these ids brought no answer, and took so long. A slow failure counts twice, for it costs most. */
    failed(ids: readonly string[], why: string, tookMs: number): void {
      const restMs = Math.min(Math.max(2 * tookMs, MIN_REST_MS), MAX_REST_MS);
      failures += tookMs > MIN_REST_MS ? 2 : 1;
      const isHost = failures >= HOST_FAILS_AT;
      if (isHost) host = { why, until: now().getTime() + restMs };
      if (isHost || isNewsOf(ids)) isUp = false;
      note(ids, why, restMs);
    },

    /** The host answered, but what it says of this id cannot be used. */
    malformed(id: string, why: string): void {
      note([id], why, 0);
      unusable += 1;
      if (unusable >= HOST_FAILS_AT) isUp = false;
    },

    /** The host said something of this id that can be used. */
    spoke(id: string): void {
      failures = 0;
      unusable = 0;
      isUp = true;
      silences.delete(id);
      if (!outage || now().getTime() - outage.lastAt.getTime() < CALM_MS) return;
      log.info({ since: outage.since }, 'the groups source answers again');
      outage = null;
    },

    /** A call is over, and so many of those that it asked for were left out for want of time. */
    over(leftOut: number): void {
      const at = now();
      if (leftOut > 0) {
        if (!lateAt) log.warn({ leftOut }, 'the groups source is too slow: whom there was no time for keeps his roles');
        lateAt = at;
      } else if (lateAt && at.getTime() - lateAt.getTime() >= IN_TIME_MS) {
        log.info({ lateAt }, 'the groups source is fast enough again');
        lateAt = null;
      }
    },

    forgetOld(): void {
      const at = now().getTime();
      for (const [id, { until }] of silences) if (at - until > FORGET_MS) silences.delete(id);
    },
  };
}
