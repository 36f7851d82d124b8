/** Why a sync runs; it is recorded with the run. */
export type Trigger =
  | 'manual'
  | 'schedule'
  | 'startup'
  | 'join'
  | 'drift'
  | 'link'
  | 'unlink'
  | 'group'
  | 'push'
  | 'mapping'
  | 'expiry'
  | 'guild_event'
  | 'approval'
  | 'undo';

/** Syncs that nobody asked for: a guild with `auto_sync` off does without them. */
const UNATTENDED: ReadonlySet<Trigger> = new Set([
  'schedule',
  'startup',
  'join',
  'drift',
  'push',
  'expiry',
  'guild_event',
]);

/** Whether a person stands behind it. */
export function isAttended(trigger: Trigger): boolean {
  return !UNATTENDED.has(trigger);
}

/** Whether the guild's settings let a sync run on this occasion. */
export function maySync(settings: { isEnabled: boolean; autoSync: boolean }, trigger: Trigger): boolean {
  return settings.isEnabled && (settings.autoSync || isAttended(trigger));
}

/** What a person saw before and agreed to, or does to himself alone: the blast-radius guard leaves it alone. */
const AGREED: ReadonlySet<Trigger> = new Set(['link', 'unlink', 'approval', 'undo']);

/** Whether the blast-radius guard bounds it. */
export function isBounded({ trigger, isConfirmed = false }: Occasion): boolean {
  return !isConfirmed && !AGREED.has(trigger);
}

/** Whose turn a member's sync has: a person waits for it, or something happened. Runs over a whole guild go last. */
export function laneOf(trigger: Trigger): 'interactive' | 'event' {
  return trigger === 'manual' || trigger === 'link' || trigger === 'unlink' ? 'interactive' : 'event';
}

interface Occasion {
  trigger: Trigger;
  isConfirmed?: boolean;
}

/** Whether a sync stands for more than another: somebody saw it before and said yes, or a person is behind it. */
export function outweighs(one: Occasion, other: Occasion): boolean {
  return weight(one) > weight(other);
}

function weight({ trigger, isConfirmed = false }: Occasion): number {
  if (!isAttended(trigger)) return 0;
  return isConfirmed ? 2 : 1;
}

/** Blocked changes are worth a record when something new made us look, not each time the clock ticks. */
export function recordsBlocked(trigger: Trigger): boolean {
  return trigger !== 'schedule' && trigger !== 'startup' && trigger !== 'drift' && trigger !== 'guild_event';
}
