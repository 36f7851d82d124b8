import { describe, expect, it } from 'vitest';
import { createAttachments } from '../../src/discord/attachments.ts';

const CDN = 'https://cdn.discordapp.com/attachments/1/2/rows.csv?ex=1&is=2&hm=3';
const discord = { apiUrl: 'https://discord.com/api', isProduction: true };

function holding(body: string | Uint8Array<ArrayBuffer>, init: ResponseInit = {}) {
  const asked: { url: string; redirect: string | undefined }[] = [];
  const fetch: typeof globalThis.fetch = async (url, options) => {
    asked.push({ url: new Request(url).url, redirect: options?.redirect });
    return new Response(body, init);
  };
  return { asked, fetch };
}

const file = (url: string, size = 3) => ({ name: 'rows.csv', url, size });

describe('a file that somebody attached', () => {
  it('is fetched from where Discord keeps it, as text', async () => {
    const { asked, fetch } = holding('\ufeffgroup;discord_id\n');
    const attachments = createAttachments({ ...discord, fetch });
    expect(await attachments.read(file(CDN), 1024)).toBe('group;discord_id\n');
    expect(asked).toEqual([{ url: CDN, redirect: 'manual' }]);
  });

  it.each([
    'http://cdn.discordapp.com/attachments/1/2/x',
    'https://cdn.discordapp.com.evil.example/x',
    'https://cdn.discordapp.com@evil.example/x',
    'https://someone:secret@cdn.discordapp.com/x',
    'https://cdn.discordapp.com:8443/x',
    'https://discord.com/api/x',
    'http://169.254.169.254/latest/meta-data',
    'http://localhost/x',
    'file:///etc/passwd',
    '/attachments/1/2/x',
    '',
  ])('is not fetched from %j', async (url) => {
    const { asked, fetch } = holding('x');
    const read = createAttachments({ ...discord, fetch }).read(file(url), 1024);
    await expect(read).rejects.toMatchObject({ code: 'invalid_input' });
    expect(asked).toEqual([]);
  });

  it('comes from a local Discord only where that is no production', async () => {
    const { fetch } = holding('x');
    const local = { apiUrl: 'http://127.0.0.1:4400/api', fetch };
    const url = 'http://127.0.0.1:4400/attachments/1/2/x';
    expect(await createAttachments({ ...local, isProduction: false }).read(file(url), 1024)).toBe('x');
    await expect(createAttachments({ ...local, isProduction: true }).read(file(url), 1024)).rejects.toMatchObject({
      code: 'invalid_input',
    });
    const elsewhere = createAttachments({ ...local, isProduction: false }).read(file('http://127.0.0.1:4401/x'), 1024);
    await expect(elsewhere).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('is not read when it is too large, whatever its size was said to be', async () => {
    const { asked, fetch } = holding('x'.repeat(2048));
    const attachments = createAttachments({ ...discord, fetch });
    await expect(attachments.read(file(CDN, 2048), 1024)).rejects.toThrow('This file is too large: at most 1 KiB.');
    expect(asked).toEqual([]);
    await expect(attachments.read(file(CDN, 10), 1024)).rejects.toThrow('This file is too large');
  });

  it.each([
    { name: 'leads elsewhere', init: { status: 302, headers: { location: 'http://169.254.169.254/' } } },
    { name: 'is gone', init: { status: 404 } },
    { name: 'fails', init: { status: 500 } },
  ])('is not taken from an address that $name', async ({ init }) => {
    const { asked, fetch } = holding('secret', init);
    const read = createAttachments({ ...discord, fetch }).read(file(CDN), 1024);
    await expect(read).rejects.toMatchObject({ code: 'discord_unavailable' });
    expect(asked).toHaveLength(1);
  });

  it('has to be text', async () => {
    const { fetch } = holding(new Uint8Array([0x67, 0xff, 0xfe]));
    const read = createAttachments({ ...discord, fetch }).read(file(CDN), 1024);
    await expect(read).rejects.toThrow('not text in UTF-8');
  });
});
