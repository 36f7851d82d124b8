import { z } from 'zod';
import { AppError } from '../src/errors.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
const TEN_YEARS_MS = 3653 * 86_400_000;

/** Milliseconds of `30m`, `12h`, `7d`, `1d 12h`, `2 weeks`; null when it is not a duration. */
export function parseDuration(text: string): number | null {
  const parts = [
    ...text
      .trim()
      .toLowerCase()
      .matchAll(/(\d{1,6})\s*([a-z]+)\s*/gy),
  ];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text.trim().toLowerCase()) return null;
  let sum = 0;
  for (const [, number, word] of parts) {
    const unit = /^(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?)$/.test(word ?? '')
      ? UNITS[word?.charAt(0) ?? '']
      : undefined;
    if (unit === undefined) return null;
    sum += Number(number) * unit;
  }
  return sum;
}

/** Whether a person says that something has no end. */
export function isNever(text: string): boolean {
  return text.trim().toLowerCase() === 'never';
}

/** The instant that a person means by `7d`, `2026-12-31` or `2026-12-31 18:00` (UTC), or by an ISO 8601 one. AppError when it is none or not ahead. */
export function parseExpiry(text: string, now: Date): Date {
  const durationMs = parseDuration(text);
  const at = durationMs === null ? parseDate(text.trim()) : new Date(now.getTime() + durationMs);
  if (!at)
    throw new AppError(
      'invalid_input',
      'Say when it expires as a time from now (12h, 7d) or as a UTC date (2026-12-31, 2026-12-31 18:00), or "never".',
    );
  if (at <= now) throw new AppError('invalid_input', 'That time has passed already. Choose one that lies ahead.');
  if (at.getTime() - now.getTime() > TEN_YEARS_MS) {
    throw new AppError(
      'invalid_input',
      'That is more than ten years ahead. Say "never" for a membership without an end.',
    );
  }
  return at;
}

/** The instant that a person means by `7d` (ago), `2026-11-01` or `2026-11-01 18:00` (UTC), or by an ISO 8601 one. */
export function parsePast(text: string, now: Date): Date {
  const durationMs = parseDuration(text);
  const at = durationMs === null ? parseDate(text.trim()) : new Date(now.getTime() - durationMs);
  if (at && at <= now) return at;
  throw new AppError(
    'invalid_input',
    'Say since when as a time that has passed (12h, 7d) or as a UTC date (2026-11-01, 2026-11-01 18:00).',
  );
}

function parseDate(text: string): Date | null {
  if (z.iso.datetime({ offset: true }).safeParse(text).success) return new Date(text);
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}))?Z?$/.exec(text);
  if (!match) return null;
  const at = new Date(`${match[1] ?? ''}T${match[2] ?? '00:00'}:00Z`);
  return Number.isNaN(at.getTime()) || !at.toISOString().startsWith(match[1] ?? '') ? null : at;
}
