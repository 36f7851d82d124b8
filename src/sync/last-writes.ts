import type { ShownWrite } from '../core/write.ts';
import type { ChangeResult } from './results.ts';

/** What was lately written to whom. */
export interface LastWrites {
  note(key: string, writtenAt: Date, changes: readonly ChangeResult[]): void;
  /** When the last write to him was through; null: not lately. What was seen before that may be from before it. */
  writtenAt(key: string): Date | null;
  /** What a write of the last seconds showed: a look that shows otherwise may be an old one. */
  shown(key: string): ShownWrite | null;
}

/** A page that is older than this is read again anyway. */
const REMEMBERED_MS = 120_000;
/** So old may an answer of Discord's be. */
const STALE_MS = 30_000;

export function createLastWrites({ now }: { now: () => Date }): LastWrites {
  /** The longest ago first. */
  const writes = new Map<string, { writtenAt: Date; shown: ShownWrite }>();

  return {
    note(key, writtenAt, changes) {
      const roles = (action: 'add' | 'remove') =>
        changes.filter((made) => made.outcome === 'applied' && made.action === action).map(({ roleId }) => roleId);
      writes.delete(key);
      writes.set(key, { writtenAt, shown: { added: roles('add'), removed: roles('remove') } });
      for (const [other, write] of writes) {
        if (write.writtenAt.getTime() > writtenAt.getTime() - REMEMBERED_MS) return;
        writes.delete(other);
      }
    },

    writtenAt: (key) => writes.get(key)?.writtenAt ?? null,

    shown(key) {
      const write = writes.get(key);
      return write && write.writtenAt.getTime() > now().getTime() - STALE_MS ? write.shown : null;
    },
  };
}
