import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { statusOf } from '../../src/http/problem.ts';
import { startApi } from '../support/api-world.ts';

const guide = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
const document = z.object({ paths: z.record(z.string(), z.record(z.string(), z.object({ summary: z.string() }))) });

describe('the guide for integrators', () => {
  it('names every problem code with its status', () => {
    const rows = [...guide.matchAll(/^\| `(\w+)` +\| (\d{3}) +\| (.+?) +\|$/gm)];
    expect(Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)]))).toEqual(statusOf);
  });

  it('lists every operation that is served, by its own words', async () => {
    const { send } = await startApi();
    const { paths } = document.parse((await send('GET /api/openapi.json')).body);
    const served = Object.entries(paths).flatMap(([path, verbs]) =>
      Object.entries(verbs).map(([method, { summary }]) => `${method.toUpperCase()} ${path}: ${summary}`),
    );
    const told = [...guide.matchAll(/^\| `([A-Z]+ \/[^`]*)` +\| [^|]+ \| (.+?) +\|$/gm)];
    expect(told.map(([, operation, summary]) => `${operation}: ${summary}`).toSorted()).toEqual(served.toSorted());
  });

  it('asks for nothing that is not served', async () => {
    const { send } = await startApi();
    const { paths } = document.parse((await send('GET /api/openapi.json')).body);
    const patterns = Object.keys(paths).map((path) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`));
    const commands = [...guide.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, text]) => text).join('\n');
    const asked = [...commands.matchAll(/\$ROLEWRIGHT(\/[\w/$.-]+)/g)].flatMap(([, path]) => path ?? []);
    expect(asked.length).toBeGreaterThan(10);
    for (const path of asked)
      expect(
        patterns.filter((pattern) => pattern.test(path)),
        path,
      ).not.toEqual([]);
  });
});
