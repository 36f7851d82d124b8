import { AuditLogEvent, PermissionFlagsBits as Bits } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { snowflakeAt } from '../../sandbox/snowflakes.ts';
import { ask, at, connect, startGuild, until, type LocalGuild } from '../support/local-discord.ts';

const log = z.object({ audit_log_entries: z.array(z.looseObject({ id: z.string(), action_type: z.number() })) });

const daysAgo = (days: number) => snowflakeAt(Date.now() - days * 86_400_000);

async function newest({ discord, guild, token, ...local }: LocalGuild) {
  const { body } = await ask({ discord, guild, token, ...local }, `GET /guilds/${guild.id}/audit-logs?limit=1`);
  return log.parse(body).audit_log_entries[0];
}

describe('the audit log', () => {
  it('tells what changed about a role', async () => {
    const local = await startGuild();
    const role = at(local.roles, 0);
    const body = { name: 'Admiral', permissions: Bits.ViewChannel.toString(), colors: { primary_color: 255 } };
    await ask(local, `PATCH /guilds/${local.guild.id}/roles/${role.id}`, { body });
    expect(await newest(local)).toMatchObject({
      action_type: AuditLogEvent.RoleUpdate,
      user_id: local.application.botId,
      target_id: role.id,
      changes: [
        { key: 'name', old_value: 'Captain', new_value: 'Admiral' },
        { key: 'permissions', old_value: '0', new_value: body.permissions },
        { key: 'color', old_value: 0, new_value: 255 },
      ],
    });
  });

  it('names a role that is made', async () => {
    const local = await startGuild();
    await ask(local, `POST /guilds/${local.guild.id}/roles`, { body: { name: 'Cook' } });
    expect(await newest(local)).toMatchObject({
      action_type: AuditLogEvent.RoleCreate,
      changes: expect.arrayContaining([{ key: 'name', new_value: 'Cook' }]),
    });
  });

  it('tells of a timeout', async () => {
    const local = await startGuild();
    local.discord.world.setBotPermissions(
      local.guild.id,
      local.application.id,
      Bits.ModerateMembers | Bits.ViewAuditLog,
    );
    const end = new Date(Date.now() + 60_000).toISOString();
    const line = `PATCH /guilds/${local.guild.id}/members/${at(local.members, 0).id}`;
    expect((await ask(local, line, { body: { communication_disabled_until: end } })).status).toBe(200);
    expect(await newest(local)).toMatchObject({
      action_type: AuditLogEvent.MemberUpdate,
      changes: [{ key: 'communication_disabled_until' }],
    });
  });

  it('forgets after 45 days', async () => {
    const local = await startGuild();
    const entry = { userId: local.owner.id, targetId: local.owner.id, actionType: 25, reason: null, changes: [] };
    local.guild.auditLog.length = 0;
    local.guild.auditLog.push(
      { ...entry, id: daysAgo(46), options: null },
      { ...entry, id: daysAgo(44), options: null },
    );
    const { body } = await ask(local, `GET /guilds/${local.guild.id}/audit-logs`);
    expect(log.parse(body).audit_log_entries.map(({ id }) => id)).toEqual([local.guild.auditLog[1]?.id]);
  });

  it('names an integration as the one who gave a role', async () => {
    const local = await startGuild();
    const client = await connect(local);
    const { world } = local.discord;
    const seen: unknown[] = [];
    client.on('raw', ({ t, d }: { t: string; d: unknown }) => {
      if (t === 'GUILD_AUDIT_LOG_ENTRY_CREATE') seen.push(d);
    });
    const [ada, role] = [at(local.members, 0).id, at(local.roles, 0).id];
    world.giveRole(local.guild.id, ada, role, { by: local.owner.id, integration: 'twitch' });
    await until(() => seen.length === 1);
    expect(seen[0]).toMatchObject({
      guild_id: local.guild.id,
      target_id: ada,
      options: { integration_type: 'twitch' },
    });
  });
});
