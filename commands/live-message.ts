import { message, type Message } from './message.ts';

/** A message that follows something as it happens. */
export interface LiveMessage {
  /** Shows this soon; only the latest counts. */
  show(said: Message): void;
  /** Shows this, after whatever is on its way. */
  end(said: Message): Promise<void>;
}

/**
 * Edits one at a time and at most every `everyMs`, so that progress never eats Discord's patience. Discord takes edits
 * for 15 minutes: before that it says where to look instead, and a result that comes later is not shown. An edit that
 * fails is left out: what it follows must not stop for it.
 */
export function createLiveMessage(
  edit: (said: Message) => Promise<unknown>,
  {
    everyMs = 2000,
    lifetimeMs = 14 * 60_000,
    now = Date.now,
  }: { everyMs?: number; lifetimeMs?: number; now?: () => number } = {},
): LiveMessage {
  const startedAt = now();
  let lastAt = Number.NEGATIVE_INFINITY;
  let latest: Message | null = null;
  let inFlight: Promise<unknown> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  /** Sends the latest when its time has come, or sees to it that it is sent then. */
  function sendInTime(): void {
    clearTimeout(timer);
    if (isOver || inFlight || latest === null) return;
    const waitMs = lastAt + everyMs - now();
    if (waitMs > 0) timer = setTimeout(sendInTime, waitMs).unref();
    else send(latest);
  }

  function send(said: Message): void {
    lastAt = now();
    latest = null;
    isOver = now() - startedAt >= lifetimeMs;
    inFlight = edit(isOver ? LATER : said)
      .catch(() => undefined)
      .finally(() => {
        inFlight = null;
        sendInTime();
      });
  }

  return {
    show(said) {
      latest = said;
      sendInTime();
    },
    async end(said) {
      clearTimeout(timer);
      const isShown = !isOver;
      isOver = true;
      await inFlight;
      if (isShown) await edit(now() - startedAt >= lifetimeMs ? LATER : said);
    },
  };
}

const LATER = message({
  head: [
    'This takes longer than Discord lets a message follow it. It goes on: `/sync status` shows how far it is, and the audit channel tells what it changed.',
  ],
});
