import { once } from 'node:events';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { startApi } from '../support/api-world.ts';

describe('a bot that stops', () => {
  it('finishes the request in flight, and says that it is not ready any more', async () => {
    const { bot } = await startApi();
    const socket = createConnection(bot.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /readyz HTTP/1.1\r\nHost: x\r\n');
    // The first half of the request has to be there before the server closes its doors.
    await fetch(`http://127.0.0.1:${bot.port}/livez`);
    const stopped = bot.stop();
    socket.write('Connection: close\r\n\r\n');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toContain('"status":"not_ready"');
    expect(answer).toContain('Rolewright is stopping.');
    await stopped;
    await expect(fetch(`http://127.0.0.1:${bot.port}/livez`)).rejects.toThrow('fetch failed');
  });
});
