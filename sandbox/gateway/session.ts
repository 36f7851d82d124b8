import type { WebSocket } from 'ws';
import type { Faults } from '../faults.ts';
import type { Application } from '../records.ts';
import type { World, WorldEvent } from '../world.ts';
import { withoutContent } from './intents.ts';

interface Sent {
  s: number;
  text: string;
}

export type Session = ReturnType<typeof createSession>;

export interface NewSession {
  id: string;
  /** The bot token it was opened with. */
  token: string;
  application: Application;
  intents: number;
  shard: readonly [number, number];
}

/** A gateway session: its sequence, what it may replay, and the socket it has at the moment. */
export function createSession(world: World, faults: Faults, given: NewSession) {
  let seq = 0;
  let sent: Sent[] = [];
  let held: (() => void) | null = null;
  let socket: WebSocket | null = null;
  let lostAt: number | null = null;
  let isMute = false;

  function transmit(text: string): void {
    if (!isMute && socket?.readyState === 1) socket.send(text);
  }

  function dispatch(type: string, data: object): void {
    seq += 1;
    const text = JSON.stringify({ op: 0, t: type, s: seq, d: data });
    sent.push({ s: seq, text });
    if (sent.length > 2 * world.settings.replayLimit) sent = sent.slice(-world.settings.replayLimit);
    transmit(text);
  }

  function releaseHeld(): void {
    held?.();
    held = null;
  }

  return {
    ...given,
    dispatch,

    /** An event on its way through the scripted faults. */
    deliver(event: WorldEvent): void {
      const data = withoutContent(given, event);
      const now = () => dispatch(event.type, data);
      const fault = faults.forEvent(event);
      if (fault?.kind === 'drop') return;
      if (fault?.kind === 'delay') {
        setTimeout(now, fault.ms).unref();
        return;
      }
      if (fault?.kind === 'reorder' && !held) {
        const timer = setTimeout(releaseHeld, 250);
        timer.unref();
        held = () => {
          clearTimeout(timer);
          now();
        };
        return;
      }
      now();
      if (fault?.kind === 'duplicate') now();
      releaseHeld();
    },

    /** Sends what is no dispatch: not counted, not replayed. */
    send: (op: number, d?: unknown) => transmit(JSON.stringify({ op, d: d ?? null })),

    attach(next: WebSocket): void {
      if (socket !== next) socket?.close(4000, 'taken over');
      socket = next;
      lostAt = null;
      isMute = false;
    },

    detach(from: WebSocket): void {
      if (socket !== from) return;
      socket = null;
      lostAt = world.now();
    },

    /** Lets go of its socket without closing it: after op 9 the client may identify or resume on it. */
    release(): void {
      socket = null;
      lostAt = world.now();
    },

    holds: (candidate: WebSocket) => socket === candidate,

    /** Replays what came after `from`; false if too much of it is gone. */
    replay(from: number): boolean {
      const first = sent[0]?.s ?? seq + 1;
      if (from + 1 < first && from < seq) return false;
      for (const { s, text } of sent) if (s > from) transmit(text);
      dispatch('RESUMED', {});
      return true;
    },

    /** Zombie: neither answers nor events leave, the socket stays open. */
    setMute(mute: boolean): void {
      isMute = mute;
    },

    close(code: number, reason = ''): void {
      socket?.close(code, reason);
    },

    terminate(): void {
      socket?.terminate();
    },

    isMute: () => isMute,
    isConnected: () => socket !== null,
    /** Since when it has no socket; null while it has one. */
    lostAt: () => lostAt,
    seq: () => seq,
  };
}
