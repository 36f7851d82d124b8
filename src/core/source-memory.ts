import type { SourceAnswer } from './facts.ts';

/** `gone` removes only when it was said twice, at least this far apart, and nothing else was said in between. */
export const GONE_APART_MS = 600_000;

/** How long a `gone` waits for its second: longer than any pause between two syncs. */
const GONE_KEPT_MS = 30 * 86_400_000;

/** What is kept of the answers for one id of a source: the last one, and since when it has said nothing but `gone`. */
export interface SourceMemory {
  last: Exclude<SourceAnswer, { status: 'unknown' }>;
  goneSince: Date | null;
}

/**
 * The memory after one more answer. Silence (`unknown`) changes nothing; neither does an answer that was asked for
 * before the one that is remembered. What is remembered from later than `now` is worthless: the clock was put back.
 */
export function remember(before: SourceMemory | undefined, said: SourceAnswer, now: Date): SourceMemory | undefined {
  if (said.status === 'unknown') return before;
  if (before && said.asOf < before.last.asOf && before.last.asOf <= now) return before;
  if (said.status === 'known') return { last: said, goneSince: null };
  const goneSince = before?.goneSince && before.goneSince < said.asOf ? before.goneSince : said.asOf;
  return { last: said, goneSince };
}

/**
 * What the memory is worth now: the last answer while it is fresh enough, else unknown. A `gone` that was not yet said
 * twice is unknown, whatever was known before it.
 * @param silence why the source did not answer when it was asked, if it was
 */
export function recall(
  memory: SourceMemory | undefined,
  { now, maxAgeMs, silence = null }: { now: Date; maxAgeMs: number; silence?: string | null },
): SourceAnswer {
  if (!memory) return { status: 'unknown', asOf: null, reason: silence ?? NEVER };
  const { last, goneSince } = memory;
  if (ageOf(memory, now) > maxAgeMs) return { status: 'unknown', asOf: last.asOf, reason: silence ?? TOO_OLD };
  if (goneSince && last.asOf.getTime() - goneSince.getTime() < GONE_APART_MS) {
    return { status: 'unknown', asOf: last.asOf, reason: GONE_ONCE };
  }
  return last;
}

/** Whether the source has to be asked, where an answer of at most that age will do (0: it has to be asked anyway). */
export function isDue(memory: SourceMemory | undefined, now: Date, maxAgeMs: number): boolean {
  return !memory || maxAgeMs <= 0 || ageOf(memory, now) > maxAgeMs;
}

/** Whether the memory can still make a difference. */
export function isWorthKeeping(memory: SourceMemory, now: Date, maxAgeMs: number): boolean {
  const keptMs = memory.last.status === 'gone' ? Math.max(maxAgeMs, GONE_KEPT_MS) : maxAgeMs;
  return ageOf(memory, now) <= keptMs;
}

function ageOf({ last }: SourceMemory, now: Date): number {
  return now.getTime() - last.asOf.getTime();
}

const NEVER = 'The source has not answered for this account yet.';
const TOO_OLD = 'What the source said last is too old.';
const GONE_ONCE =
  'The source does not know this account any more. That counts once it has said so twice, at least 10 minutes apart.';
