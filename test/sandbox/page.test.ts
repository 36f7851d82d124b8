import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startDiscord, type LocalDiscord } from '../../sandbox/discord.ts';

let discord: LocalDiscord;
afterEach(() => discord.close());

describe('the page at the control port', () => {
  it('is served with every file of its folder, and lets nothing in from elsewhere', async () => {
    discord = await startDiscord();
    const files = await readdir(join(import.meta.dirname, '../../sandbox/page'));
    const paths = files.map((name) => (name === 'index.html' ? '/' : `/${name}`));
    for (const path of paths) {
      const response = await fetch(`${discord.controlUrl}${path}`);
      expect([path, response.status]).toEqual([path, 200]);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    }
  });

  it('asks for nothing but its own files', async () => {
    discord = await startDiscord();
    const page = await (await fetch(discord.controlUrl)).text();
    const asked = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
    expect(asked).toEqual(['data:,', '/theme.css', '/page.css', '/message.css', '/main.js']);
  });

  it('serves nothing else', async () => {
    discord = await startDiscord();
    for (const path of ['/control.ts', '/..%2fcontrol.ts', '/page/main.js']) {
      expect((await fetch(`${discord.controlUrl}${path}`)).status).toBe(404);
    }
  });
});
