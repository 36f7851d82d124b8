import type { WebSocket } from 'ws';
import { objectOf } from '../json.ts';
import type { World } from '../world.ts';
import type { Session } from './session.ts';

/** What a connection asks of the gateway. */
export interface ConnectionHost {
  readonly world: World;
  /** The session, or null after the socket was closed or told to come again. */
  identify(socket: WebSocket, data: unknown): Session | null;
  resume(socket: WebSocket, data: unknown): Session | null;
  requestMembers(session: Session, data: unknown): void;
  received(op: number, session: Session | null): void;
  ended(socket: WebSocket, session: Session | null, code: number): void;
}

const sendsPerMinute = 120;

/** One socket: HELLO, heartbeats in both directions' interest, and the opcodes a client may send. */
export function serveConnection(socket: WebSocket, host: ConnectionHost): void {
  const { heartbeatIntervalMs, timeScale } = host.world.settings;
  let session: Session | null = null;
  let sends: number[] = [];
  let silence = setTimeout(() => undefined, 0);
  listen();
  socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: heartbeatIntervalMs, _trace: [] } }));

  /** A client that misses a beat is closed with 4009. */
  function listen(): void {
    clearTimeout(silence);
    silence = setTimeout(() => socket.close(4009, 'Session timed out.'), heartbeatIntervalMs * 1.5 + 1_000);
    silence.unref();
  }

  function isTooMany(): boolean {
    const now = host.world.now();
    sends = sends.filter((at) => at > now - 60_000 * timeScale);
    sends.push(now);
    return sends.length > sendsPerMinute;
  }

  function act(op: number, d: unknown): void {
    if (session && !session.holds(socket)) session = null;
    host.received(op, session);
    switch (op) {
      case 1:
        listen();
        if (!session?.isMute()) socket.send('{"op":11}');
        return;
      case 2:
        if (session) return socket.close(4005, 'Already authenticated.');
        session = host.identify(socket, d);
        return;
      case 6:
        if (session) return socket.close(4005, 'Already authenticated.');
        session = host.resume(socket, d);
        return;
      case 3:
      case 4:
      case 8:
        if (!session) return socket.close(4003, 'Not authenticated.');
        if (op === 8) host.requestMembers(session, d);
        return;
      default:
        socket.close(4001, 'Unknown opcode.');
    }
  }

  socket.on('message', (raw: Buffer) => {
    if (isTooMany()) return socket.close(4008, 'Rate limited.');
    const read = parse(raw.toString());
    if (read) act(read.op, read.d);
    else socket.close(4002, 'Error while decoding payload.');
  });
  socket.on('error', () => undefined);
  socket.on('close', (code: number) => {
    clearTimeout(silence);
    host.ended(socket, session, code);
  });
}

function parse(text: string): { op: number; d: unknown } | null {
  try {
    const { op, d } = objectOf(JSON.parse(text));
    return typeof op === 'number' ? { op, d } : null;
  } catch {
    return null;
  }
}
