import { connect, type Socket } from 'node:net';

/** What came of asking a server for a while. */
export interface Load {
  answers: number;
  /** Answers a second. */
  rate: number;
  /** How long each answer took, ms. */
  latencies: number[];
  /** Anything but a 200, in words; the first few. */
  errors: string[];
}

export interface LoadOptions {
  port: number;
  connections: number;
  durationMs: number;
  /** Asked for in turn. */
  paths: readonly string[];
  token?: string | undefined;
}

const MOST_ERRORS = 5;

/**
 * So many connections, each asking again as soon as it has its answer. Plain sockets: a client of the size of Node's own
 * would be the slowest of the three.
 */
export async function load({ port, connections, durationMs, paths, token }: LoadOptions): Promise<Load> {
  const latencies: number[] = [];
  const errors: string[] = [];
  const requests = paths.map((path) =>
    Buffer.from(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${token === undefined ? '' : `Authorization: Bearer ${token}\r\n`}\r\n`,
    ),
  );
  let asked = 0;
  const startedAt = performance.now();
  const endsAt = startedAt + durationMs;

  async function ask(socket: Socket): Promise<void> {
    while (performance.now() < endsAt) {
      const which = asked % requests.length;
      asked += 1;
      const sentAt = performance.now();
      socket.write(requests[which] ?? '');
      const status = await answerOn(socket);
      latencies.push(performance.now() - sentAt);
      if (status !== 200 && errors.length < MOST_ERRORS) errors.push(`${paths[which]} answered ${status}`);
    }
  }

  async function connection(): Promise<void> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    try {
      await ask(socket);
    } catch (error) {
      errors.push(error instanceof Error ? error.message : String(error));
    } finally {
      socket.destroy();
    }
  }

  await Promise.all(Array.from({ length: connections }, connection));
  const seconds = (performance.now() - startedAt) / 1_000;
  return { answers: latencies.length, rate: latencies.length / seconds, latencies, errors };
}

/** The status of the next answer, once all of it has come. */
function answerOn(socket: Socket): Promise<number> {
  return new Promise((resolve, reject) => {
    let missing = -1;
    let status = 0;
    let head = '';
    const settle = (end: () => void): void => {
      socket.off('data', read).off('error', fail).off('close', closed);
      end();
    };
    const fail = (error: Error): void => settle(() => reject(error));
    const closed = (): void => fail(new Error('the connection was closed'));
    const read = (chunk: Buffer): void => {
      if (missing < 0) {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        status = Number(head.slice(9, 12));
        missing = lengthIn(head.slice(0, end)) - (head.length - end - 4);
      } else {
        missing -= chunk.length;
      }
      if (missing <= 0) settle(() => resolve(status));
    };
    socket.on('data', read).once('error', fail).once('close', closed);
  });
}

function lengthIn(head: string): number {
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(head) ?? [];
  if (length === undefined) throw new Error('an answer came without its length');
  return Number(length);
}
