import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOAuthGuilds } from '../../src/identity/oauth-guilds.ts';
import { createTokenRefresh } from '../../src/identity/token-refresh.ts';
import { anna, ben, startLinking } from '../support/linking.ts';

let world: Awaited<ReturnType<typeof startLinking>>;
beforeEach(async () => {
  world = await startLinking();
});
afterEach(() => world.close());

function guildsOf({ store, vault, discord, clock, captured }: typeof world) {
  const parts = { links: store, vault, oauth: discord.oauth, now: () => clock.now, log: captured.log };
  const tokens = createTokenRefresh({ ...parts, thresholdMs: 60_000 });
  return createOAuthGuilds({ tokens, oauth: discord.oauth });
}

describe('the guilds of a Discord user, by his own token', () => {
  it('are told with his rights', async () => {
    await world.links.finish(await world.reachCallback(anna));
    expect(await guildsOf(world)(anna.id)).toEqual([]);
  });

  it('are not known of who is not linked, has taken his consent back, or did not agree to it', async () => {
    expect(await guildsOf(world)(ben.id)).toBeNull();
    await world.links.finish(await world.reachCallback(ben));
    world.discord.takeConsentBack(ben.id);
    expect(await guildsOf(world)(ben.id)).toBeNull();
    const plain = await startLinking({ scopes: ['identify'] });
    await plain.links.finish(await plain.reachCallback(anna));
    expect(await guildsOf(plain)(anna.id)).toBeNull();
    await plain.close();
  });

  it.each([500, 429])('are not none while Discord answers %i', async (status) => {
    await world.links.finish(await world.reachCallback(anna));
    world.discord.failNext('/users/@me/guilds', { kind: 'status', status }, 5);
    await expect(guildsOf(world)(anna.id)).rejects.toMatchObject({ code: 'discord_unavailable' });
  });
});
