import { GuildMemberFlags, PermissionFlagsBits as Bits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { ask, at, connect, startGuild, until, type LocalGuild } from '../support/local-discord.ts';

/** A stranger who gave the scope guilds.join, and the request that brings him in. */
function invited(local: LocalGuild) {
  const { world } = local.discord;
  const user = world.addUser();
  const scopes = ['identify', 'guilds.join'];
  const { token } = world.addAccessToken({ applicationId: local.application.id, userId: user.id, scopes });
  const line = `PUT /guilds/${local.guild.id}/members/${user.id}`;
  return { user, join: (body: object = {}) => ask(local, line, { body: { access_token: token, ...body } }) };
}

const allow = (local: LocalGuild, bits: bigint) =>
  local.discord.world.setBotPermissions(local.guild.id, local.application.id, bits);

describe('guilds.join', () => {
  it('ignores @everyone among the roles', async () => {
    const local = await startGuild();
    const { user, join } = invited(local);
    const role = at(local.roles, 0).id;
    const answer = await join({ roles: [local.guild.id, role] });
    expect(answer).toMatchObject({ status: 201, body: { roles: [role] } });
    expect([...(local.guild.members.get(user.id)?.roles ?? [])]).toEqual([role]);
  });

  it.each([
    { field: { nick: 'Ada' }, needs: Bits.ManageNicknames },
    { field: { roles: [] as string[] }, needs: Bits.ManageRoles },
    { field: { mute: true }, needs: Bits.MuteMembers },
    { field: { deaf: true }, needs: Bits.DeafenMembers },
    { field: { flags: GuildMemberFlags.BypassesVerification }, needs: Bits.ManageGuild },
  ])('needs the permission for what it sets: $field', async ({ field, needs }) => {
    const local = await startGuild();
    const { user, join } = invited(local);
    const body = 'roles' in field ? { roles: [at(local.roles, 0).id] } : field;
    allow(local, Bits.CreateInstantInvite);
    expect(await join(body)).toMatchObject({ status: 403, body: { code: 50013 } });
    expect(local.guild.members.has(user.id)).toBe(false);
    allow(local, Bits.CreateInstantInvite | needs);
    expect(await join(body)).toMatchObject({ status: 201, body });
  });
});

describe('who comes back', () => {
  it('has none of his roles, and a flag says that he was here before', async () => {
    const local = await startGuild();
    const { world } = local.discord;
    const { id } = at(local.members, 0);
    world.giveRole(local.guild.id, id, at(local.roles, 0).id);
    world.leave(local.guild.id, id);
    const back = world.join(local.guild.id, id);
    expect(back.roles.size).toBe(0);
    expect(back.flags & GuildMemberFlags.DidRejoin).toBe(GuildMemberFlags.DidRejoin);
    expect(local.guild.members.get(at(local.members, 1).id)?.flags).toBe(0);
  });
});

describe('a guest', () => {
  it('never joined: joined_at is null', async () => {
    const local = await startGuild();
    const client = await connect(local);
    const { world } = local.discord;
    const seen: unknown[] = [];
    client.on('guildMemberAdd', ({ joinedTimestamp, flags }) => seen.push([joinedTimestamp, flags.toArray()]));
    const user = world.addUser();
    world.join(local.guild.id, user.id, { flags: GuildMemberFlags.IsGuest });
    const { body } = await ask(local, `GET /guilds/${local.guild.id}/members/${user.id}`);
    expect(body).toMatchObject({ joined_at: null, flags: GuildMemberFlags.IsGuest });
    await until(() => seen.length === 1);
    expect(seen).toEqual([[null, ['IsGuest']]]);
  });
});
