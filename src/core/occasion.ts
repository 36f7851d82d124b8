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
  | 'mapping'
  | 'expiry'
  | 'guild_event';

/** Syncs that nobody asked for: a guild with `auto_sync` off does without them. */
const UNATTENDED: ReadonlySet<Trigger> = new Set(['schedule', 'startup', 'join', 'drift', 'expiry', 'guild_event']);

/** Whether a person stands behind it. */
export function isAttended(trigger: Trigger): boolean {
  return !UNATTENDED.has(trigger);
}

/** Whether the guild's settings let a sync run on this occasion. */
export function maySync(settings: { isEnabled: boolean; autoSync: boolean }, trigger: Trigger): boolean {
  return settings.isEnabled && (settings.autoSync || isAttended(trigger));
}

/** Blocked changes are worth a record when something new made us look, not each time the clock ticks. */
export function recordsBlocked(trigger: Trigger): boolean {
  return trigger !== 'schedule' && trigger !== 'startup' && trigger !== 'drift' && trigger !== 'guild_event';
}
