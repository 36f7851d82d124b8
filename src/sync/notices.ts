import type { GuardedChange } from '../core/guard.ts';
import type { Run } from '../db/run-store.ts';

/** Something that a guild's admins should hear of in their audit channel. */
export type Notice =
  /** A run ended that changed something, or that a person asked for and that did not get through. */
  | { kind: 'run'; run: Run }
  /** Removals wait for a word; `changes` are all that are held by now. */
  | { kind: 'held'; runId: string; changes: readonly GuardedChange[] }
  /** What waited waits no more: an admin's word, or it was called off; again when an approval has been carried out. */
  | { kind: 'decided'; run: Run }
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
 * Tells a guild's admins: what happened in the audit channel, what they must act on in the notification channel where
 * they chose one. It never throws: what could not be posted is logged. A guild without a channel hears nothing. What
 * comes at about the same time may be told together.
 */
export interface AuditChannel {
  tell(guildId: string, notice: Notice): Promise<void>;
}
