/** Answers after which the whole guild is suspect, not just one member or role. */
export type Refusal = 'forbidden' | 'guild_gone' | 'unauthorized';

/** How Discord takes the bot's writes in one guild. */
export type Health =
  | { status: 'closed'; refusals: number }
  | {
      status: 'open';
      since: Date;
      why: Refusal;
      /** When the next write may go, to see whether the guild works again. */
      probeAt: Date;
      failedProbes: number;
      isProbing: boolean;
    };

export const HEALTHY: Health = { status: 'closed', refusals: 0 };
/** So many refusals in a row pause a guild. */
const REFUSALS_TO_OPEN = 3;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 15 * 60_000;

/**
 * The guild's health after an answer to a write, and what changed with it, to be announced once. `nothing`: the answer
 * tells nothing of the guild (member left, role gone, 5xx, network) or the write was not made after all.
 */
export function afterAnswer(
  health: Health,
  outcome: 'ok' | Refusal | 'nothing',
  now: Date,
): { health: Health; transition: 'opened' | 'closed' | null } {
  if (outcome === 'ok') return { health: HEALTHY, transition: health.status === 'open' ? 'closed' : null };
  if (health.status === 'open') return { health: afterProbe(health, outcome, now), transition: null };
  if (outcome === 'nothing') return { health, transition: null };
  const refusals = health.refusals + 1;
  if (refusals < REFUSALS_TO_OPEN) return { health: { status: 'closed', refusals }, transition: null };
  const probeAt = later(now, pauseMs(0));
  return {
    health: { status: 'open', since: now, why: outcome, probeAt, failedProbes: 0, isProbing: false },
    transition: 'opened',
  };
}

/** Whether a write may go now. In a paused guild one may when its probe is due; the returned health knows of it. */
export function mayWrite(health: Health, now: Date): { health: Health; may: boolean } {
  if (health.status === 'closed') return { health, may: true };
  const waitMs = health.probeAt.getTime() - now.getTime();
  // No probe is ever due later than that: the clock was set back.
  const isSetBack = waitMs > LONGEST_PAUSE_MS;
  if (waitMs > 0 && !isSetBack) return { health, may: false };
  // A probe whose answer never comes must not keep the guild paused for ever: after one more pause another may go.
  const probeAt = later(now, pauseMs(health.failedProbes));
  return { health: { ...health, probeAt, isProbing: true }, may: true };
}

/** Only a probe's answer counts: others were sent before the guild was paused. */
function afterProbe(health: Extract<Health, { status: 'open' }>, outcome: Refusal | 'nothing', now: Date): Health {
  if (!health.isProbing) return health;
  if (outcome === 'nothing') return { ...health, probeAt: now, isProbing: false };
  const failedProbes = health.failedProbes + 1;
  return { ...health, why: outcome, failedProbes, probeAt: later(now, pauseMs(failedProbes)), isProbing: false };
}

function pauseMs(failedProbes: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** failedProbes, LONGEST_PAUSE_MS);
}

function later(date: Date, ms: number): Date {
  return new Date(date.getTime() + ms);
}
