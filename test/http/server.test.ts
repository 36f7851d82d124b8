import { once } from 'node:events';
import { createConnection } from 'node:net';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppError } from '../../src/errors.ts';
import { operation } from '../../src/http/operation.ts';
import { maskedPath } from '../../src/http/request-log.ts';
import { createTestServer, failing, testHttp } from '../support/http.ts';

const healthy = {
  pingDatabase: async () => {},
  gatewayTrouble: () => null,
  sourceTrouble: () => null,
  figures: async () => ({ configuredGuilds: 0, activeUsers: 0, lastSyncAt: null }),
};
const JSON_HEAD = 'Content-Type: application/json\r\n';

/** Takes any body, from whomever. */
const takesAnything = () =>
  operation({
    method: 'post',
    path: '/slow',
    id: 'takeAnything',
    tag: 'Test',
    summary: 'Takes anything',
    who: 'webhook',
    body: z.unknown(),
    answers: { 204: null },
    handle: async () => ({ status: 204 }),
  });
/** Answers anybody. */
const asksNothing = () =>
  operation({
    method: 'get',
    path: '/anybody',
    id: 'askNothing',
    tag: 'Test',
    summary: 'Answers anybody',
    who: 'all',
    answers: { 200: z.object({}) },
    handle: async () => ({ status: 200, body: {} }),
  });
const databaseDown = async () => Promise.reject(new Error('/secret/place/rolewright.db is gone'));

describe('health', () => {
  it('is alive as long as the process answers', async () => {
    const { app } = createTestServer({ health: { ...healthy, pingDatabase: databaseDown } });
    await request(app).get('/livez').expect(200, { status: 'alive' });
  });

  it('is told as often as anybody asks', async () => {
    const requestsPerMinute = { session: 1, auth: 1 };
    const { app } = createTestServer({ config: { environment: 'test', http: { ...testHttp, requestsPerMinute } } });
    await request(app).get('/api/discord/status').expect(200);
    await request(app).get('/api/discord/status').expect(429);
    for (let time = 0; time < 3; time += 1) await request(app).get('/livez').expect(200);
    await request(app).get('/readyz').expect(200);
  });

  it('is ready when database and gateway are', async () => {
    const { app } = createTestServer();
    await request(app)
      .get('/readyz')
      .expect(200, { status: 'ready', checks: { database: 'ok', gateway: 'ok' } });
  });

  it('is not ready while the gateway is not, and says why', async () => {
    const { app } = createTestServer({
      health: { ...healthy, gatewayTrouble: () => 'Discord refuses DISCORD_BOT_TOKEN.' },
    });
    const checks = { database: 'ok', gateway: 'Discord refuses DISCORD_BOT_TOKEN.' };
    await request(app).get('/readyz').expect(503, { status: 'not_ready', checks });
  });

  it('is not ready without the database; what the driver says goes to the log', async () => {
    const { app, captured } = createTestServer({ health: { ...healthy, pingDatabase: databaseDown } });
    const answer = await request(app).get('/readyz').expect(503);
    expect(answer.body).toMatchObject({
      checks: { gateway: 'ok', database: 'The database does not answer; the log says why.' },
    });
    expect(captured.text()).toContain('/secret/place');
  });

  it('tells the status of the Discord module in the documented shape', async () => {
    const { app } = createTestServer();
    await request(app).get('/api/discord/status').expect(200, {
      module: 'discord',
      status: 'healthy',
      message: 'Everything works.',
      configured_guilds: 2,
      active_users: 3,
      last_sync_at: '2026-03-01T12:00:00.000Z',
      database_connected: true,
      discord_api_healthy: true,
    });
  });

  it.each([
    { health: { ...healthy, gatewayTrouble: () => 'Connecting.' }, status: 'degraded', connected: true, api: false },
    { health: { ...healthy, sourceTrouble: () => 'Silent.' }, status: 'degraded', connected: true, api: true },
    { health: { ...healthy, pingDatabase: databaseDown }, status: 'unhealthy', connected: false, api: true },
  ])('is $status when a part is missing', async ({ health, status, connected, api }) => {
    const { body } = await request(createTestServer({ health }).app).get('/api/discord/status').expect(200);
    expect(body).toMatchObject({ status, database_connected: connected, discord_api_healthy: api, last_sync_at: null });
  });
});

describe('errors', () => {
  it('are problems with a code and the id of the request', async () => {
    const answer = await request(createTestServer().app).get('/api/nowhere').set('Accept', 'text/html').expect(404);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      code: 'not_found',
      detail: expect.stringContaining('There is nothing at this address.'),
      request_id: answer.headers['x-request-id'],
    });
  });

  it('are pages where a browser asks', async () => {
    const { app } = createTestServer();
    const page = await request(app).get('/nowhere').set('Accept', 'text/html,*/*;q=0.8').expect(404);
    expect(page.text).toContain('<h1>Nothing here</h1>');
    await request(app)
      .get('/nowhere')
      .expect(404)
      .expect('Content-Type', /problem\+json/);
  });

  it.each([
    { method: 'post', path: '/livez', allow: 'GET, HEAD' },
    { method: 'delete', path: '/api/discord/status', allow: 'GET, HEAD' },
    { method: 'post', path: '/api/discord/auth/callback', allow: 'GET' },
    { method: 'put', path: '/link/token', allow: 'GET' },
  ] as const)('say which methods $path takes', async ({ method, path, allow }) => {
    const answer = await request(createTestServer().app)[method](path).set('Accept', 'application/json').expect(405);
    expect(answer.headers['allow']).toBe(allow);
    expect(answer.body).toMatchObject({ code: 'method_not_allowed', status: 405 });
  });

  it('keep what went wrong inside to the log', async () => {
    const { app, captured } = createTestServer({ links: failing(new Error('at the heart of it')) });
    const answer = await request(app).get('/api/discord/auth/callback').expect(500);
    expect(answer.text).not.toContain('at the heart of it');
    const logged = captured.records().find(({ msg }) => msg === 'a request failed');
    expect(logged).toMatchObject({ requestId: answer.headers['x-request-id'], err: { message: 'at the heart of it' } });
  });

  it('carry their own words and status when a person may be told', async () => {
    const { app } = createTestServer({ links: failing(new AppError('account_conflict', 'Say <this>.')) });
    const page = await request(app).get('/api/discord/auth/callback').expect(409);
    expect(page.text).toContain('Say &lt;this&gt;.');
  });
});

describe('headers', () => {
  it('let a page load nothing but its own style', async () => {
    const page = await request(createTestServer().app).get('/link/x');
    const policy = page.headers['content-security-policy'];
    expect(policy).toMatch(
      /^default-src 'none';style-src 'sha256-[^']+';base-uri 'none';form-action 'none';frame-ancestors 'none'$/,
    );
    expect(page.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
    expect(page.headers['x-powered-by']).toBeUndefined();
  });

  it('carry a request id of our own, whatever the client sends', async () => {
    const answer = await request(createTestServer().app).get('/livez').set('X-Request-Id', 'mine');
    expect(answer.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
  });
});

describe('answers of the API', () => {
  it('show pages of other origins what they need beside the body', async () => {
    const answer = await request(createTestServer().app)
      .get('/api/discord/status')
      .set('Origin', 'http://localhost:3000');
    expect(answer.headers['access-control-allow-origin']).toBe('http://localhost:3000');
    expect(answer.headers['access-control-expose-headers']?.split(',').toSorted()).toEqual([
      'ETag',
      'Location',
      'RateLimit',
      'RateLimit-Policy',
      'Retry-After',
      'X-Request-Id',
    ]);
  });

  it('reach a machine whatever others from its address ask', async () => {
    const requestsPerMinute = { session: 2, auth: 1 };
    const config = { environment: 'test', http: { ...testHttp, requestsPerMinute } } as const;
    const { app } = createTestServer({ config, operations: [takesAnything(), asksNothing()] });
    for (const status of [200, 200, 429, 429]) await request(app).get('/anybody').expect(status);
    for (const status of [204, 204, 429]) await request(app).post('/slow').send({}).expect(status);
  });

  it('are nobody else’s, and what is refused is not kept at all', async () => {
    const requestsPerMinute = { session: 1, auth: 1 };
    const { app } = createTestServer({ config: { environment: 'test', http: { ...testHttp, requestsPerMinute } } });
    await request(app).get('/api/discord/status').expect(200).expect('Cache-Control', 'private, no-cache');
    await request(app).get('/api/discord/status').expect(429).expect('Cache-Control', 'no-store');
  });
});

describe('the request log', () => {
  it('has one line per request with method, path, status and id, and no header or query', async () => {
    const { app, captured } = createTestServer();
    const sent = request(app)
      .get('/api/discord/status?secret=1')
      .set('Authorization', 'Bearer abc')
      .set('Cookie', 'session=abc');
    const { headers } = await sent;
    const [line, ...rest] = captured.records();
    expect(rest).toEqual([]);
    expect(line).toMatchObject({
      method: 'GET',
      path: '/api/discord/status',
      status: 200,
      requestId: headers['x-request-id'],
    });
    expect(captured.text()).not.toMatch(/secret|abc/);
  });

  it('is not filled by probes', async () => {
    const { app, captured } = createTestServer();
    await request(app).get('/livez');
    await request(app).get('/readyz');
    expect(captured.records()).toEqual([]);
  });

  it.each([
    ['/link/short', '/link/[token]'],
    ['/Link/a/b?c', '/Link/[token]'],
    ['//link//a', '//link/[token]'],
    [`/x/${'y'.repeat(43)}/z`, '/x/[masked]/z'],
    ['/api/guilds/123456789012345678', '/api/guilds/123456789012345678'],
  ])('shows %s as %s', (url, shown) => {
    expect(maskedPath(url)).toBe(shown);
  });
});

describe('listening', () => {
  it('says in words that the port is in use', async () => {
    const first = createTestServer();
    const { port } = await first.listen();
    const http = { ...testHttp, port };
    const second = createTestServer({ config: { environment: 'test', http } });
    await expect(second.listen()).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is in use. Stop the other program, or set PORT`,
    );
    await second.close();
    await first.close();
  });

  it('closes within bounds though a client holds its connection', async () => {
    const server = createTestServer({ drainMs: 20 });
    const { port } = await server.listen();
    const socket = createConnection(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n');
    const gone = once(socket, 'close');
    await server.close();
    await gone;
    await expect(fetch(`http://127.0.0.1:${port}/livez`)).rejects.toThrow('fetch failed');
  });

  it.each([
    { name: 'nothing at all', sent: '' },
    { name: 'a head', sent: 'POST /livez HTTP/1.1\r\nHost: x\r\n' },
    { name: 'a body', sent: `POST /slow HTTP/1.1\r\nHost: x\r\n${JSON_HEAD}Content-Length: 200000\r\n\r\n{` },
  ])('lets go whoever sends $name, and no end of it', async ({ sent }) => {
    const server = createTestServer({ arrivesWithinMs: 60, operations: [takesAnything()] });
    const { port } = await server.listen();
    const socket = createConnection(port, '127.0.0.1');
    const gone = once(socket, 'close');
    let answer = '';
    socket.on('data', (bytes) => (answer += String(bytes)));
    socket.write(sent);
    await gone;
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    await server.close();
  });

  it('lets an answer take as long as it takes', async () => {
    const answer = Promise.withResolvers<void>();
    const server = createTestServer({
      arrivesWithinMs: 30,
      health: { ...healthy, pingDatabase: () => answer.promise },
    });
    const { port } = await server.listen();
    const inFlight = fetch(`http://127.0.0.1:${port}/readyz`);
    const socket = createConnection(port, '127.0.0.1');
    const gone = once(socket, 'close');
    socket.resume().write('GET /livez HTTP/1.1\r\n');
    // Somebody else was let go meanwhile.
    await gone;
    answer.resolve();
    expect((await inFlight).status).toBe(200);
    await server.close();
  });

  it('finishes a request in flight before it closes', async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const pingDatabase = () => {
      asked.resolve();
      return answer.promise;
    };
    const server = createTestServer({ health: { ...healthy, pingDatabase }, drainMs: 10_000 });
    const { port } = await server.listen();
    const inFlight = fetch(`http://127.0.0.1:${port}/readyz`);
    await asked.promise;
    const closed = server.close();
    answer.resolve();
    expect((await inFlight).status).toBe(200);
    await closed;
  });
});
