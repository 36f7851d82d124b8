import { describe, expect, it } from 'vitest';
import { ask, at, startGuild, tokenOf, type LocalGuild } from '../support/local-discord.ts';

const why = { name: 'why', description: 'Why?', type: 1 };
const register = ({ ...local }: LocalGuild, applicationId: string, command: object) =>
  ask(local, `POST /applications/${applicationId}/commands`, { body: command });

/** A guild with Rolewright in it, and an application that came first but is elsewhere. */
async function startTwo() {
  const local = await startGuild();
  const { world } = local.discord;
  const stranger = world.addApplication({ name: 'Stranger' });
  world.applications.delete(local.application.id);
  world.applications.set(local.application.id, local.application);
  await register({ ...local, token: tokenOf(stranger) }, stranger.id, why);
  return {
    local,
    world,
    stranger,
    asked: { userId: at(local.members, 0).id, guildId: local.guild.id, command: 'why' },
  };
}

describe('a command whose application is not named', () => {
  it('goes to the bot in the guild that has it', async () => {
    const { local, asked } = await startTwo();
    await register(local, local.application.id, why);
    expect(local.discord.interactions.slash(asked).record.application.id).toBe(local.application.id);
  });

  it('goes to nobody when only an absent bot has it', async () => {
    const { local, stranger, asked } = await startTwo();
    const { interactions } = local.discord;
    expect(() => interactions.slash(asked)).toThrow('no such command why');
    expect(() => interactions.slash({ ...asked, applicationId: stranger.id })).toThrow(
      'Stranger is not in Sandbox Guild',
    );
  });
});

describe('who may not use a command', () => {
  it('is called by name', async () => {
    const local = await startGuild();
    await register(local, local.application.id, { ...why, default_member_permissions: '0' });
    const asked = { userId: at(local.members, 0).id, guildId: local.guild.id, command: 'why' };
    expect(() => local.discord.interactions.slash(asked)).toThrow('ada may not use /why');
  });
});
