import { numberOf, textOf } from '../json.ts';
import { PermissionFlagsBits } from 'discord-api-types/v10';
import { auditEntryPayload, channelPayload, guildPayload, userPayload } from '../payloads.ts';
import { isAboveMember } from '../permissions.ts';
import { compareSnowflakes, snowflakeAt } from '../snowflakes.ts';
import { demand, enterGuild } from './access.ts';
import { botOf, isTrue, json, limitOf, noContent, queryId, type Call, type Route } from './call.ts';
import { DiscordError, refuse } from './errors.ts';
import { createForm } from './form.ts';

const auditLogKeptMs = 45 * 86_400_000;

export const guildRoutes: Route[] = [
  { method: 'GET', path: '/guilds/:guild_id', handle: getGuild },
  { method: 'GET', path: '/guilds/:guild_id/channels', handle: listChannels },
  { method: 'POST', path: '/guilds/:guild_id/channels', handle: createChannel },
  { method: 'GET', path: '/guilds/:guild_id/audit-logs', handle: listAuditLog },
  { method: 'GET', path: '/guilds/:guild_id/bans', handle: listBans },
  { method: 'GET', path: '/guilds/:guild_id/bans/:user_id', handle: getBan },
  { method: 'PUT', path: '/guilds/:guild_id/bans/:user_id', handle: ban },
  { method: 'DELETE', path: '/guilds/:guild_id/bans/:user_id', handle: unban },
  { method: 'DELETE', path: '/users/@me/guilds/:guild_id', handle: leaveGuild },
];

/** Unlike every other guild route this one says Unknown Guild to a bot that is not in it. */
function getGuild(call: Call) {
  const { world, query, param } = call;
  const guild = world.guilds.get(param('guild_id'));
  if (!guild || guild.unavailable || !guild.members.has(botOf(call).botId)) throw refuse(10004);
  return json(guildPayload(guild, isTrue(query.get('with_counts'))));
}

function listChannels(call: Call) {
  const { guild } = enterGuild(call);
  return json([...guild.channels.values()].map(channelPayload));
}

function createChannel(call: Call) {
  const access = enterGuild(call);
  demand(call, access, PermissionFlagsBits.ManageChannels);
  const { body, world, reason } = call;
  const form = createForm();
  form.text('name', body['name'], { min: 1, max: 100, isRequired: true });
  form.text('topic', body['topic'], { max: 1024 });
  form.choice('type', body['type'], [0, 2, 4, 5, 13, 15, 16]);
  form.finish();
  const given = {
    name: textOf(body['name']),
    topic: textOf(body['topic']),
    type: numberOf(body['type']) ?? 0,
    parentId: textOf(body['parent_id']),
  };
  const channel = world.addChannel(access.guild.id, given, { by: access.bot.userId, reason });
  return json(channelPayload(channel), 201);
}

function listAuditLog(call: Call) {
  const access = enterGuild(call);
  demand(call, access, PermissionFlagsBits.ViewAuditLog);
  const { query, world } = call;
  const wanted = {
    userId: queryId(call, 'user_id'),
    targetId: queryId(call, 'target_id'),
    actionType: query.get('action_type'),
  };
  const before = queryId(call, 'before');
  const after = queryId(call, 'after');
  const forgotten = snowflakeAt(world.now() - auditLogKeptMs);
  const matching = access.guild.auditLog.filter(
    (entry) =>
      compareSnowflakes(entry.id, forgotten) > 0 &&
      (wanted.userId === null || entry.userId === wanted.userId) &&
      (wanted.targetId === null || entry.targetId === wanted.targetId) &&
      (wanted.actionType === null || String(entry.actionType) === wanted.actionType) &&
      (before === null || compareSnowflakes(entry.id, before) < 0) &&
      (after === null || compareSnowflakes(entry.id, after) > 0),
  );
  const limit = limitOf(call, 50, 100);
  const page = after === null ? matching.slice(-limit).reverse() : matching.slice(0, limit);
  const users = new Set(page.flatMap(({ userId, targetId }) => [userId ?? '', targetId ?? '']));
  return json({
    audit_log_entries: page.map(auditEntryPayload),
    users: [...users].flatMap((id) => world.users.get(id) ?? []).map(userPayload),
    application_commands: [],
    auto_moderation_rules: [],
    guild_scheduled_events: [],
    integrations: [],
    threads: [],
    webhooks: [],
  });
}

function listBans(call: Call) {
  const access = enterGuild(call);
  demand(call, access, PermissionFlagsBits.BanMembers);
  const bans = [...access.guild.bans].slice(0, limitOf(call, 1000, 1000));
  return json(bans.map(([userId, reason]) => banPayload(call, userId, reason)));
}

function getBan(call: Call) {
  const access = enterGuild(call);
  demand(call, access, PermissionFlagsBits.BanMembers);
  const reason = access.guild.bans.get(call.param('user_id'));
  if (reason === undefined) throw refuse(10026);
  return json(banPayload(call, call.param('user_id'), reason));
}

function ban(call: Call) {
  const access = enterGuild(call);
  demand(call, access, PermissionFlagsBits.BanMembers);
  const { world, param, reason } = call;
  const userId = param('user_id');
  if (!world.users.has(userId)) throw refuse(10013);
  const member = access.guild.members.get(userId);
  if (member && !isAboveMember(access.guild, access.bot, member, world.settings)) throw refuse(50013);
  return noContent(() => world.ban(access.guild.id, userId, { by: access.bot.userId, reason }));
}

function unban(call: Call) {
  const access = enterGuild(call);
  demand(call, access, PermissionFlagsBits.BanMembers);
  const { world, param, reason } = call;
  if (!access.guild.bans.has(param('user_id'))) throw refuse(10026);
  return noContent(() => world.unban(access.guild.id, param('user_id'), { by: access.bot.userId, reason }));
}

function leaveGuild(call: Call) {
  const application = botOf(call);
  const guild = call.world.guilds.get(call.param('guild_id'));
  if (!guild?.members.has(application.botId)) throw refuse(10004);
  if (guild.ownerId === application.botId) throw new DiscordError(400, 50055, 'Invalid Guild');
  return noContent(() => call.world.removeBot(guild.id, application));
}

function banPayload({ world }: Call, userId: string, reason: string | null): object {
  const user = world.users.get(userId);
  if (!user) throw refuse(10026);
  return { reason, user: userPayload(user) };
}
