import { Client, GatewayIntentBits } from 'discord.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSession, type SessionOptions } from '../../src/discord/session.ts';
import { startGuild, until, type LocalGuild } from '../support/local-discord.ts';
import { captureLog } from '../support/log-lines.ts';

function sessionOf(local: LocalGuild, options: Partial<SessionOptions> = {}) {
  const logged = captureLog();
  let clients = 0;
  const session = createSession({
    token: local.token,
    createClient() {
      clients += 1;
      const intents = [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMembers];
      return new Client({ intents, rest: { api: local.discord.apiUrl } });
    },
    log: logged.log,
    firstPauseMs: 20,
    ...options,
  });
  onTestFinished(() => session.stop());
  return { session, logged, clients: () => clients };
}

describe('the session at the gateway', () => {
  it('is well once it is connected', async () => {
    const { session } = sessionOf(await startGuild());
    expect(session.problem()).toContain('not connected');
    await session.start();
    await until(() => session.problem() === null);
    expect(session.client()?.isReady()).toBe(true);
  });

  it('does not try a wrong token twice, and says what to do', async () => {
    const { session, logged, clients } = sessionOf(await startGuild(), { token: 'wrong' });
    await session.start();
    expect(session.problem()).toContain('DISCORD_BOT_TOKEN');
    expect(clients()).toBe(1);
    expect(logged.text()).toContain('Reset it in the developer portal');
  });

  it('does not try again without the Server Members intent, and says where to turn it on', async () => {
    const local = await startGuild();
    local.application.portalIntents.guildMembers = false;
    const { session, clients } = sessionOf(local);
    await session.start();
    expect(session.problem()).toContain('Server Members intent');
    expect(clients()).toBe(1);
  });

  it('keeps trying while Discord is down, and is well when it is back', async () => {
    const local = await startGuild();
    await local.discord.down();
    const { session, logged, clients } = sessionOf(local);
    const started = session.start();
    await until(() => clients() > 2);
    expect(session.problem()).toContain('keeps trying');
    await local.discord.up();
    await started;
    await until(() => session.problem() === null);
    expect(logged.text()).toContain('Discord cannot be reached');
  });

  it('says that a login takes long, keeps to it, and is well when it comes through', async () => {
    const local = await startGuild();
    local.discord.gateway.refuseIdentifies(1);
    const { session, clients } = sessionOf(local, { loginMs: 100 });
    const started = session.start();
    await until(() => session.problem()?.includes('has not finished') ?? false);
    expect(await started).toBe('in');
    await until(() => session.problem() === null);
    expect(clients()).toBe(1);
  });

  it('says so when the token is revoked while it is connected', async () => {
    const local = await startGuild();
    const { session } = sessionOf(local);
    await session.start();
    await until(() => session.problem() === null);
    local.discord.world.revokeBotToken(local.application.id);
    await until(() => session.problem()?.includes('DISCORD_BOT_TOKEN') ?? false);
  });

  it('says that the connection is down while it is, and is well again when it is back', async () => {
    const local = await startGuild();
    const { session, logged } = sessionOf(local);
    await session.start();
    await until(() => session.problem() === null);
    await local.discord.down();
    await until(() => session.problem()?.includes('reconnecting') ?? false);
    expect(logged.text()).toContain('gateway connection lost');
    await local.discord.up();
    await until(() => session.problem() === null, 15_000);
  });

  it('stops while it is still trying', async () => {
    const local = await startGuild();
    await local.discord.down();
    const { session, clients } = sessionOf(local, { firstPauseMs: 60_000 });
    const started = session.start();
    await until(() => clients() === 1 && session.client() === null);
    await session.stop();
    await started;
    expect(clients()).toBe(1);
  });
});
