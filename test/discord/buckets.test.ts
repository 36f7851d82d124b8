import { describe, expect, it } from 'vitest';
import { createBuckets } from '../../src/discord/buckets.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const ROLE = '/guilds/111111111111111111/members/222222222222222222/roles/333333333333333333';
const MEMBER = '/guilds/111111111111111111/members/222222222222222222';
const GUILD = '111111111111111111';

/** One millisecond later than the header says, as a clock of whole milliseconds is behind. */
function inSeconds(seconds: number): Date {
  return new Date(NOW.getTime() + seconds * 1000 + 1);
}

function answer(limit: number, remaining: number, resetAfter: number, others: Record<string, string> = {}): Headers {
  return new Headers({
    'X-RateLimit-Limit': String(limit),
    'X-RateLimit-Remaining': String(remaining),
    'X-RateLimit-Reset-After': resetAfter.toFixed(3),
    ...others,
  });
}

function hearing() {
  let now = NOW;
  const buckets = createBuckets(() => now);
  return {
    pass: (seconds: number) => void (now = new Date(now.getTime() + seconds * 1000)),
    state: buckets.state,
    hear: (method: string, path: string, headers = new Headers(), status = 204) =>
      buckets.hear({ method, path }, { status, headers }),
  };
}

describe('what the answers tell of rate limits', () => {
  it('is one bucket for giving and taking roles, one for editing members, and nothing for all else', () => {
    const { hear, state } = hearing();
    hear('GET', MEMBER, answer(5, 4, 1));
    hear('DELETE', MEMBER, answer(5, 4, 1));
    hear('PATCH', '/guilds/111111111111111111/members/@me', answer(5, 4, 1));
    hear('GET', ROLE, answer(5, 4, 1));
    expect([state(GUILD, 'role'), state(GUILD, 'member')]).toEqual([null, null]);

    hear('PUT', ROLE, answer(10, 9, 10));
    hear('DELETE', ROLE, answer(10, 8, 9.5));
    hear('PATCH', MEMBER, answer(7, 6, 8), 200);
    expect(state(GUILD, 'role')).toEqual({ limit: 10, windowMs: 10_000, remaining: 8, resetAt: inSeconds(9.5) });
    expect(state(GUILD, 'member')).toEqual({ limit: 7, windowMs: 8000, remaining: 6, resetAt: inSeconds(8) });
    expect(state('444444444444444444', 'role')).toBeNull();
  });

  it('shows how long a window is: as long as the longest wait, or as a window shows that we open', () => {
    const { hear, state } = hearing();
    hear('PUT', ROLE, answer(10, 4, 3));
    expect(state(GUILD, 'role')?.windowMs).toBe(3000);
    hear('PUT', ROLE, answer(10, 9, 9.999));
    hear('PUT', ROLE, answer(10, 8, 2));
    hear('PUT', ROLE, answer(10, 9, 9.98));
    expect(state(GUILD, 'role')?.windowMs).toBe(9999);
    hear('PUT', ROLE, answer(10, 9, 5));
    expect(state(GUILD, 'role')?.windowMs).toBe(5000);
  });

  it('says that there is no limit only if nobody ever told one and the call succeeded', () => {
    const { hear, state } = hearing();
    hear('PUT', ROLE, new Headers(), 500);
    expect(state(GUILD, 'role')).toBeNull();
    hear('PUT', ROLE);
    expect(state(GUILD, 'role')).toMatchObject({ limit: Infinity, remaining: Infinity });
    hear('PUT', ROLE, answer(10, 9, 10));
    hear('PUT', ROLE);
    hear('PUT', ROLE, answer(0, 0, 10));
    hear('PUT', ROLE, answer(10, 3, Number.NaN));
    expect(state(GUILD, 'role')).toMatchObject({ limit: 10, remaining: 9 });
  });

  it('leaves no place until the time that a refusal names', () => {
    const { hear, state } = hearing();
    hear('PUT', ROLE, answer(10, 9, 10));
    hear('PUT', ROLE, answer(10, 0, 2.345, { 'Retry-After': '3' }), 429);
    expect(state(GUILD, 'role')).toEqual({ limit: 10, windowMs: 10_000, remaining: 0, resetAt: inSeconds(2.345) });
    hear('PUT', ROLE, answer(10, 9, 60, { 'Retry-After': '7', 'X-RateLimit-Scope': 'shared' }), 429);
    expect(state(GUILD, 'role')).toEqual({ limit: 10, windowMs: 10_000, remaining: 0, resetAt: inSeconds(7) });
    hear('PATCH', MEMBER, new Headers({ 'Retry-After': '5' }), 429);
    expect(state(GUILD, 'member')).toEqual({ limit: 1, windowMs: 5000, remaining: 0, resetAt: inSeconds(5) });
  });

  it('leaves a short global refusal to REST, and one without a time to the next answer', () => {
    const { hear, state } = hearing();
    hear('PUT', ROLE, new Headers({ 'Retry-After': '5', 'X-RateLimit-Global': 'true' }), 429);
    hear('PUT', ROLE, new Headers({ 'Retry-After': '5', 'X-RateLimit-Scope': 'global' }), 429);
    hear('PUT', ROLE, new Headers(), 429);
    expect(state(GUILD, 'role')).toBeNull();
  });

  it('takes a refusal of more than a minute for no window, and goes on after it as if nothing were known', () => {
    const { hear, state } = hearing();
    hear('PUT', ROLE, new Headers({ 'Retry-After': '3600' }), 429);
    expect(state(GUILD, 'role')).toEqual({ limit: 1, windowMs: 0, remaining: 0, resetAt: inSeconds(3600) });
    hear('PUT', ROLE, answer(10, 8, 7));
    expect(state(GUILD, 'role')).toEqual({ limit: 10, windowMs: 7000, remaining: 8, resetAt: inSeconds(7) });
  });

  it('leaves no place in any guild while Discord refuses everything for more than a minute, whatever was asked', () => {
    const { hear, state, pass } = hearing();
    hear('PATCH', MEMBER, answer(7, 6, 8), 200);
    hear('POST', '/channels/1/messages', new Headers({ 'Retry-After': '3600', 'X-RateLimit-Global': 'true' }), 429);
    const closed = { remaining: 0, resetAt: inSeconds(3600) };
    expect(state(GUILD, 'member')).toEqual({ limit: 7, windowMs: 8000, ...closed });
    expect(state('444444444444444444', 'role')).toEqual({ limit: 1, windowMs: 0, ...closed });
    pass(3601);
    expect(state(GUILD, 'member')).toMatchObject({ limit: 7, remaining: 6 });
    expect(state('444444444444444444', 'role')).toBeNull();
  });
});
