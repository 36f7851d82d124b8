import type { Lines } from './message.ts';

/** A message that follows something as it happens. */
export interface LiveMessage {
  /** Shows this soon; only the latest counts. */
  show(lines: Lines): void;
  /** Shows this, after whatever is on its way. */
  end(lines: Lines): Promise<void>;
}

/**
 * Edits one at a time and at most every `everyMs`, so that progress never eats Discord's patience. Discord takes edits
 * for 15 minutes: before that it says where to look instead, and a result that comes later is not shown. An edit that
 * fails is left out: what it follows must not stop for it.
 */
export function createLiveMessage(
  edit: (lines: Lines) => Promise<unknown>,
  {
    everyMs = 2000,
    lifetimeMs = 14 * 60_000,
    now = Date.now,
  }: { everyMs?: number; lifetimeMs?: number; now?: () => number } = {},
): LiveMessage {
  const startedAt = now();
  let lastAt = Number.NEGATIVE_INFINITY;
  let inFlight: Promise<unknown> | null = null;
  let isOver = false;

  function send(lines: Lines): void {
    lastAt = now();
    inFlight = edit(lines)
      .catch(() => undefined)
      .finally(() => {
        inFlight = null;
      });
  }

  return {
    show(lines) {
      if (isOver || inFlight || now() - lastAt < everyMs) return;
      isOver = now() - startedAt >= lifetimeMs;
      send(isOver ? LATER : lines);
    },
    async end(lines) {
      await inFlight;
      if (!isOver) await edit(now() - startedAt >= lifetimeMs ? LATER : lines);
    },
  };
}

const LATER: Lines = {
  head: [
    'This takes longer than Discord lets a message follow it. It goes on: `/sync status` shows how far it is, and the audit channel tells what it changed.',
  ],
};
