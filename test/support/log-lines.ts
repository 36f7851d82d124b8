import { Writable } from 'node:stream';
import { pino } from 'pino';
import { z } from 'zod';

/** A real pino at the finest level, and everything that it wrote. */
export function captureLog() {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const log = pino({ level: 'trace' }, stream);
  return {
    log,
    text: () => lines.join(''),
    records: () => lines.map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line))),
  };
}
