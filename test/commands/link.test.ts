import { describe, expect, it } from 'vitest';
import { AT, linkOf } from '../support/fake-app.ts';
import { ANA, smallWorld } from '../support/small-world.ts';

const linked = () => ({ links: new Map([[ANA, linkOf(ANA)]]) });

describe('/link', () => {
  it('gives a button to a page that is for this person only, for ten minutes', async () => {
    const seen = await smallWorld().ana.run('link');
    expect(seen.text).toContain('This link is only for you, works once and for 10 minutes.');
    expect(seen.buttons).toEqual([
      { label: 'Link your account', customId: null, url: `https://bot.example/link/token-for-${ANA}` },
    ]);
    expect(seen.isEphemeral).toBe(true);
  });

  it('says as whom one is linked already, and lets one renew it', async () => {
    const seen = await smallWorld(linked()).ana.run('link');
    expect(seen.text).toContain(`You linked <@${ANA}> <t:${AT.getTime() / 1000}:R>.`);
    expect(seen.buttons.map(({ label }) => label)).toEqual(['Link again']);
  });

  it('asks to renew a link that Discord no longer takes', async () => {
    const seen = await smallWorld({ links: new Map([[ANA, { ...linkOf(ANA), needsRelink: true }]]) }).ana.run('link');
    expect(seen.text).toContain('Open the page below to renew it');
  });

  it('writes the address out where Discord refuses the button', async () => {
    const world = smallWorld();
    world.failNext(400, 50035, 1);
    const seen = await world.ana.run('link');
    expect(seen.text).toContain(`<https://bot.example/link/token-for-${ANA}>`);
    expect(seen.buttons).toEqual([]);
  });
});

describe('/unlink', () => {
  it('says what will happen, and does it when asked again', async () => {
    const { ana, world } = smallWorld(linked());
    const asked = await ana.run('unlink');
    expect(asked.text).toContain('Roles that Rolewright gave you are removed');
    expect(world.links.has(ANA)).toBe(true);
    const done = await ana.click(asked, 'Unlink');
    expect(done.text).toContain('is unlinked');
    expect(done.buttons).toEqual([]);
    expect(world.links.has(ANA)).toBe(false);
  });

  it('leaves everything when cancelled', async () => {
    const { ana, world } = smallWorld(linked());
    const seen = await ana.click(await ana.run('unlink'), 'Cancel');
    expect(seen).toMatchObject({ text: 'Cancelled. Nothing was changed.', buttons: [] });
    expect(world.links.has(ANA)).toBe(true);
  });

  it('has nothing to unlink for a stranger, however often he presses', async () => {
    const { ana } = smallWorld(linked());
    const asked = await ana.run('unlink');
    await ana.click(asked, 'Unlink');
    expect((await ana.press(`unlink:confirm:${ANA}:`)).text).toContain('is not linked');
    expect((await ana.run('unlink')).text).toContain('is not linked');
  });
});
