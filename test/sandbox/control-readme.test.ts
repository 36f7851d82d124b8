import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onTestFinished } from 'vitest';
import { startDiscord } from '../../sandbox/discord.ts';

/** The routes that take a body, with its fields, from the tables of the README: `POST /users` -> `username`. */
async function documented() {
  const readme = await readFile(join(import.meta.dirname, '../../sandbox/README.md'), 'utf8');
  const rows = readme.split('\n').filter((line) => /^\| `(?:POST|PUT|PATCH)/.test(line));
  return rows.map((row) => {
    const [, head = '', body = ''] = row.split(/(?<!\\)\|/);
    const [, verbs = '', path = ''] = /`([A-Z, ]+) (\/[^`?]*)/.exec(head) ?? [];
    const withoutInner = body.replaceAll(/\{[^}]*\}/g, '');
    const required = [...withoutInner.matchAll(/`(\w+)(?::[^`]*)?`/g)].map(([, name]) => name ?? '');
    return { line: `${verbs.split(',')[0] ?? ''} ${path}`, required };
  });
}

describe("the README's tables of the control port", () => {
  it('name routes that are there, and every field that must be given', async () => {
    const discord = await startDiscord();
    onTestFinished(() => discord.close());
    const ids = { g: '1', u: '2', r: '3', a: '4', c: '5', id: '6' };
    const routes = await documented();
    expect(routes.length).toBeGreaterThan(20);
    for (const { line, required } of routes) {
      const [method = '', template = ''] = line.split(' ');
      const path = template.replaceAll(/\{(\w+)\}/g, (_, name: keyof typeof ids) => ids[name]);
      const response = await fetch(`${discord.controlUrl}/control${path}`, {
        method,
        body: '{"nonsense":1}',
        headers: { 'content-type': 'application/json' },
      });
      const answer = JSON.stringify(await response.json().catch(() => null));
      expect([line, answer]).not.toEqual([line, expect.stringContaining('the control port has no')]);
      const missing = [...answer.matchAll(/"path":"(\w+)"/g)].map(([, name]) => name);
      expect([line, missing.filter((name) => !required.includes(name ?? ''))]).toEqual([line, []]);
    }
  });
});
