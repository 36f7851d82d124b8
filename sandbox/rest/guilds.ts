import { numberOf, textOf } from '../json.ts';
import { PermissionFlagsBits } from 'discord-api-types/v10';
import { auditEntryPayload, channelPayload, guildPayload, userPayload } from '../payloads.ts';
import { compareSnowflakes } from '../snowflakes.ts';
import { demand, enterGuild } from './access.ts';
import { botOf, isTrue, json, limitOf, noContent, type Call, type Route } from './call.ts';
import { DiscordError, refuse } from './errors.ts';
import { createForm } from './form.ts';

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
    userId: query.get('user_id'),
    targetId: query.get('target_id'),
    actionType: query.get('action_type'),
  };
  const before = query.get('before');
  const after = query.get('after');
  const matching = access.guild.auditLog.filter(
    (entry) =>
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
