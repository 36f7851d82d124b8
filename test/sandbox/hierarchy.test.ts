import { PermissionFlagsBits as Bits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { ask, at, startGuild, type LocalGuild } from '../support/local-discord.ts';

const someone = ({ members }: LocalGuild) => at(members, 0).id;
const pilot = ({ roles }: LocalGuild) => at(roles, 1).id;
const memberPath = (local: LocalGuild) => `/guilds/${local.guild.id}/members/${someone(local)}`;
const rolePath = (local: LocalGuild, roleId = pilot(local)) => `${memberPath(local)}/roles/${roleId}`;
const aboveBot = ({ discord, guild }: LocalGuild) =>
  discord.world.addRole(guild.id, { name: 'Admin', position: 99 }).id;

describe('the hierarchy', () => {
  it('does not ask how high the member stands, only the role', async () => {
    const local = await startGuild();
    expect(
      (await ask(local, `PUT /guilds/${local.guild.id}/members/${local.owner.id}/roles/${pilot(local)}`)).status,
    ).toBe(204);
  });

  it('is not lifted by Administrator', async () => {
    const local = await startGuild();
    local.discord.world.setBotPermissions(local.guild.id, local.application.id, Bits.Administrator);
    expect((await ask(local, `PUT ${rolePath(local, aboveBot(local))}`)).body).toMatchObject({ code: 50013 });
  });

  it('changes when a role is moved', async () => {
    const local = await startGuild();
    const { world } = local.discord;
    world.moveRole(local.guild.id, pilot(local), 99);
    expect((await ask(local, `PUT ${rolePath(local)}`)).status).toBe(403);
    world.moveRole(local.guild.id, pilot(local), 1);
    expect((await ask(local, `PUT ${rolePath(local)}`)).status).toBe(204);
  });

  it('lets a bot give a role only what it may do itself', async () => {
    const local = await startGuild();
    const body = { name: 'boss', permissions: Bits.Administrator.toString() };
    expect((await ask(local, `POST /guilds/${local.guild.id}/roles`, { body })).body).toMatchObject({ code: 50013 });
  });
});

describe('PATCH member', () => {
  it('changes roles and nick in one event', async () => {
    const local = await startGuild();
    const events: string[] = [];
    local.discord.world.subscribe(({ type }) => events.push(type));
    const answer = await ask(local, `PATCH ${memberPath(local)}`, { body: { nick: 'Ada', roles: [pilot(local)] } });
    expect(answer).toMatchObject({ status: 200, body: { nick: 'Ada', roles: [pilot(local)] } });
    expect(events.filter((type) => type === 'GUILD_MEMBER_UPDATE')).toHaveLength(1);
    expect(local.guild.auditLog.slice(-2).map(({ actionType }) => actionType)).toEqual([24, 25]);
  });

  it('refuses to drop a managed role, and keeps it when it is in the list', async () => {
    const local = await startGuild();
    const { world } = local.discord;
    const booster = world.addRole(local.guild.id, { managed: true, tags: { premium_subscriber: null } });
    world.giveRole(local.guild.id, someone(local), booster.id);
    const dropped = await ask(local, `PATCH ${memberPath(local)}`, { body: { roles: [pilot(local)] } });
    expect(dropped).toMatchObject({ status: 403, body: { code: 50013 } });
    const kept = await ask(local, `PATCH ${memberPath(local)}`, {
      body: { roles: [pilot(local), booster.id, local.guild.id] },
    });
    expect(kept.status).toBe(200);
    expect([...(local.guild.members.get(someone(local))?.roles ?? [])].toSorted()).toEqual(
      [pilot(local), booster.id].toSorted(),
    );
  });

  it('writes the reason, decoded, into the audit log', async () => {
    const local = await startGuild();
    await ask(local, `PATCH ${memberPath(local)}`, { body: { roles: [pilot(local)] }, reason: 'run 7: why é' });
    const { body } = await ask(local, `GET /guilds/${local.guild.id}/audit-logs?limit=1`);
    expect(body).toMatchObject({
      audit_log_entries: [
        {
          action_type: 25,
          user_id: local.application.botId,
          target_id: someone(local),
          reason: 'run 7: why é',
          changes: [{ key: '$add' }],
        },
      ],
    });
  });
});
