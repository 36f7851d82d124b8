import { describe, expect, it } from 'vitest';
import { linkOf } from '../support/fake-app.ts';
import { ANA, smallWorld } from '../support/small-world.ts';
import { AUDIT_CHANNEL_ID, CHANNEL_ID } from '../support/wire-payloads.ts';

describe('/panel', () => {
  it('posts a message for everybody where it is run, or in the chosen channel', async () => {
    const { admin, posted } = smallWorld();
    const seen = await admin.run('panel');
    expect(seen).toMatchObject({ text: expect.stringContaining(`✅ Posted in <#${CHANNEL_ID}>.`), isEphemeral: true });
    await admin.run('panel', { channel: AUDIT_CHANNEL_ID });
    expect(posted.map(({ channelId }) => channelId)).toEqual([CHANNEL_ID, AUDIT_CHANNEL_ID]);
    expect(posted[0]).toMatchObject({ isEphemeral: false, allowedMentions: { parse: [] } });
    expect(posted[0]?.buttons).toEqual([{ label: 'Link your account', customId: 'link:start:*:', url: null }]);
    expect(posted[0]?.text).toContain('**Testers** gives you the roles');
  });

  it('does not let the name of the server act', async () => {
    const { admin, posted, world } = smallWorld();
    world.guild = { ...world.guild, name: '@everyone [x](http://y)' };
    await admin.run('panel');
    expect(posted[0]?.text).toContain('**@\u200beveryone \\[x\\](http\\://y)**');
  });

  it.each([
    { code: 50013, status: 403 },
    { code: 50001, status: 403 },
    { code: 10003, status: 404 },
  ])('says what to do where it may not post ($code)', async ({ code, status }) => {
    const { admin, failNext, logged } = smallWorld();
    failNext(status, code, 1);
    const { text } = await admin.run('panel', { channel: AUDIT_CHANNEL_ID });
    expect(text).toContain('Rolewright cannot post in #audit. Give it View Channel');
    expect(logged).toEqual([]);
  });

  it('is for who manages the server', async () => {
    expect((await smallWorld().ana.run('panel')).text).toContain('You need the Manage Server permission');
  });
});

describe('the button that it posts', () => {
  it('gives everybody a link of his own, for his eyes only, and stays as it is', async () => {
    const { ana, admin, posted } = smallWorld();
    await admin.run('panel');
    const [message] = posted;
    if (!message) throw new Error('nothing was posted');
    const pressed = await ana.click(message, 'Link your account');
    expect(pressed.text).toBe(message.text);
    expect(pressed.besides).toMatchObject({ isEphemeral: true });
    expect(pressed.besides?.buttons).toEqual([
      { label: 'Link your account', customId: null, url: `https://bot.example/link/token-for-${ANA}` },
    ]);
    const other = await admin.click(message, 'Link your account');
    expect(other.besides?.buttons[0]?.url).not.toContain(ANA);
  });

  it('works after a restart, and says that one is linked already', async () => {
    const pressed = await smallWorld({ links: new Map([[ANA, linkOf(ANA)]]) }).ana.press('link:start:*:');
    expect(pressed.besides?.text).toContain('There is nothing to do');
    expect(pressed.besides?.buttons.map(({ label }) => label)).toEqual(['Link again']);
  });
});
