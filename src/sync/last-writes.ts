import type { ShownWrite } from '../core/write.ts';
import type { ChangeResult } from './results.ts';

/** What was lately written to whom. */
export interface LastWrites {
  note(key: string, sentAt: Date, changes: readonly ChangeResult[]): void;
  /** When he was last written; null: not lately. What was seen before that tells nothing. */
  sentAt(key: string): Date | null;
  /** What a write of the last seconds showed: a look that shows otherwise may be an old one. */
  shown(key: string): ShownWrite | null;
}

/** A page that is older than this is read again anyway. */
const REMEMBERED_MS = 120_000;
/** So old may an answer of Discord's be. */
const STALE_MS = 30_000;

export function createLastWrites({ now }: { now: () => Date }): LastWrites {
  /** The longest ago first. */
  const writes = new Map<string, { sentAt: Date; shown: ShownWrite }>();

  return {
    note(key, sentAt, changes) {
      const roles = (action: 'add' | 'remove') =>
        changes.filter((made) => made.outcome === 'applied' && made.action === action).map(({ roleId }) => roleId);
      writes.delete(key);
      writes.set(key, { sentAt, shown: { added: roles('add'), removed: roles('remove') } });
      for (const [other, write] of writes) {
        if (write.sentAt.getTime() > sentAt.getTime() - REMEMBERED_MS) return;
        writes.delete(other);
      }
    },

    sentAt: (key) => writes.get(key)?.sentAt ?? null,

    shown(key) {
      const write = writes.get(key);
      return write && write.sentAt.getTime() > now().getTime() - STALE_MS ? write.shown : null;
    },
  };
}
