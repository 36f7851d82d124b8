import type { GuardedChange } from '../core/guard.ts';

/** Something that a guild's admins should hear of in their audit channel. */
export type Notice =
  /** Removals wait for a word; `changes` are all that are held by now. */
  | { kind: 'held'; runId: string; changes: readonly GuardedChange[] }
  /** Somebody took away a role that a mapping gives, and it stays away until an admin syncs that member. */
  | {
      kind: 'drift';
      discordId: string;
      roleId: string;
      /** Discord id; null: not known. */
      changedBy: string | null;
      /** `respect`, `alert`: the mapping says so. `fight`: it was given back too often in ten minutes. */
      because: 'respect' | 'alert' | 'fight';
    }
  /** Discord refuses so often that Rolewright stopped writing here; it tries again by itself. */
  | { kind: 'paused'; why: string }
  | { kind: 'resumed' }
  /** Mapped roles that the bot cannot write, which worked when it last looked; each with its mend in words. */
  | { kind: 'doctor'; problems: readonly { roleId: string; mend: string }[] };

/**
 * Tells a guild's admins. It never throws: what could not be posted is logged. A guild without an audit channel hears
 * nothing. What drifts at about the same time may be told together.
 */
export interface AuditChannel {
  tell(guildId: string, notice: Notice): Promise<void>;
}
