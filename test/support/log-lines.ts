import { Writable } from 'node:stream';
import { pino } from 'pino';
import { z } from 'zod';

/** A stream for a logger, and every line that was written to it. */
export function captureLines() {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { lines, destination };
}

/** A real pino at the finest level, and everything that it wrote. */
export function captureLog() {
  const { lines, destination } = captureLines();
  const log = pino({ level: 'trace' }, destination);
  return {
    log,
    text: () => lines.join(''),
    records: () => lines.map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line))),
  };
}
