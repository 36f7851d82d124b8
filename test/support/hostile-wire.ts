import { connect } from 'node:net';
import type { Attempts, HostileWorld } from './hostile-world.ts';

const get = (...lines: string[]) => ['GET /api/me HTTP/1.1', 'Host: localhost', ...lines, 'Connection: close', '', ''];

/** Requests that no client of ours would write, with the session of somebody: their bytes. */
function requests(token: string): Record<string, string> {
  const good = `Authorization: Bearer ${token}`;
  const post = (body: string, ...lines: string[]) =>
    ['POST /api/discord/auth/link HTTP/1.1', 'Host: localhost', good, 'Connection: close', ...lines, '', body].join(
      '\r\n',
    );
  return {
    'two tokens, the first of nobody': get('Authorization: Bearer x', good).join('\r\n'),
    'a token on the next line': get('Authorization:', ` Bearer ${token}`).join('\r\n'),
    'a name with a space': get(`Authorization : Bearer ${token}`).join('\r\n'),
    'a NUL before the token': get(`Authorization: \0Bearer ${token}`).join('\r\n'),
    'a NUL after the token': get(`${good}\0`).join('\r\n'),
    'a header behind a lonely line feed': get(`X: y\n${good}`).join('\r\n'),
    'a header behind a lonely carriage return': get(`X: y\r${good}`).join('\r\n'),
    'no host': ['GET /api/me HTTP/1.1', good, '', ''].join('\r\n'),
    'another protocol': ['GET /api/me HTTP/9.9', 'Host: localhost', good, '', ''].join('\r\n'),
    'a method in small letters': get(good).join('\r\n').replace('GET', 'get'),
    'a space in the address': get(good).join('\r\n').replace('/api/me', '/api/ me'),
    'two lengths': post('{}', 'Content-Type: application/json', 'Content-Length: 2', 'Content-Length: 3'),
    'a list of lengths': post('{}', 'Content-Type: application/json', 'Content-Length: 2, 2'),
    'a length below nothing': post('{}', 'Content-Type: application/json', 'Content-Length: -1'),
    'a length with a sign': post('{}', 'Content-Type: application/json', 'Content-Length: +2'),
    'a length beside chunks': post('0\r\n\r\n', 'Content-Length: 2', 'Transfer-Encoding: chunked'),
    'chunks of another name': post('0\r\n\r\n', 'Transfer-Encoding: xchunked'),
    'chunks and then something else': post('0\r\n\r\n', 'Transfer-Encoding: chunked, identity'),
    'a chunk whose length is no number': post('zz\r\n{}\r\n0\r\n\r\n', 'Transfer-Encoding: chunked'),
    'a header that is far too long': get(`X: ${'x'.repeat(20_000)}`, good).join('\r\n'),
  };
}

/** What HTTP itself does not allow, or lets be read in two ways. */
export async function* hostileWire(world: HostileWorld): Attempts {
  const token = await world.login(world.people.ada);
  for (const [name, bytes] of Object.entries(requests(token))) {
    yield {
      name: `a request with ${name}`,
      async harm() {
        const answer = await exchange(world.bot.port, bytes);
        return /^HTTP\/1\.1 4\d\d /.test(answer) || answer === '' ? null : answer;
      },
    };
  }
}

/** What the server answers before it closes; '' if it only closes. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('utf8');
    socket.setTimeout(5000, () => socket.destroy(new Error('the server says nothing')));
    socket.on('data', (text: string) => {
      answer += text;
      socket.end();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') resolve(answer);
      else reject(error);
    });
    socket.on('close', () => resolve(answer));
  });
}
