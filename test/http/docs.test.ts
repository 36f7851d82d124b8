import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { createTestServer } from '../support/http.ts';

describe('the page of the API', () => {
  it('runs under a policy that lets nothing inline and nothing foreign in', async () => {
    const { headers, text } = await request(createTestServer().app).get('/api/docs').expect(200);
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toContain('http');
    expect(text).not.toMatch(/<style|\son\w+=|<script>|\/\//);
    expect(headers['x-frame-options']).toBe('DENY');
  });

  it('brings all that it needs', async () => {
    const { app } = createTestServer();
    const { text } = await request(app).get('/api/docs');
    const paths = [...text.matchAll(/(?:href|src)="(\/[^"]+)"/g)].flatMap(([, path]) => path ?? []);
    expect(paths).toHaveLength(3);
    for (const path of [...paths, '/api/openapi.json']) await request(app).get(path).expect(200);
  });

  it('shows nothing else of the package that it comes from', async () => {
    const { app } = createTestServer();
    for (const path of ['package.json', 'swagger-ui.css/../package.json', 'swagger-ui.css/%2e%2e/package.json']) {
      await request(app).get(`/api/docs/${path}`).expect(404);
    }
  });

  it('takes no other method', async () => {
    const { app } = createTestServer();
    await request(app).post('/api/docs').expect(405).expect('Allow', 'GET, HEAD');
    await request(app).delete('/api/openapi.json').expect(405).expect('Allow', 'GET, HEAD');
  });

  it('gives each problem an example with its own status and code', async () => {
    const { body } = await request(createTestServer().app).get('/api/openapi.json');
    expect(body.paths['/api/discord/status'].get.responses['429']).toMatchObject({
      content: { 'application/problem+json': { example: { status: 429, code: 'rate_limited' } } },
    });
  });
});
