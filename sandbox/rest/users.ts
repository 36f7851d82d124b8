import { textOf } from '../json.ts';
import { memberPayload, ownGuildPayload, ownUserPayload, userPayload, channelPayload } from '../payloads.ts';
import type { User } from '../records.ts';
import { compareSnowflakes } from '../snowflakes.ts';
import { bearerOf, botOf, isTrue, json, limitOf, queryId, type Call, type Route } from './call.ts';
import { refuse } from './errors.ts';
import { createForm } from './form.ts';

export const userRoutes: Route[] = [
  { method: 'GET', path: '/users/@me', auth: 'either', scope: 'identify', handle: getOwnUser },
  { method: 'GET', path: '/users/@me/guilds', auth: 'either', scope: 'guilds', handle: listOwnGuilds },
  {
    method: 'GET',
    path: '/users/@me/guilds/:guild_id/member',
    auth: 'bearer',
    scope: 'guilds.members.read',
    handle: getOwnMember,
  },
  { method: 'POST', path: '/users/@me/channels', handle: openDm },
  { method: 'GET', path: '/users/:user_id', handle: getUser },
];

function getOwnUser(call: Call) {
  const { caller } = call;
  const withEmail = caller.kind === 'bot' || bearerOf(call).scopes.includes('email');
  return json(ownUserPayload(ownUser(call), withEmail));
}

function listOwnGuilds(call: Call) {
  const { world, query } = call;
  const user = ownUser(call);
  const after = queryId(call, 'after');
  const before = queryId(call, 'before');
  const guilds = [...world.guilds.values()]
    .filter(({ id, members }) => members.has(user.id) && isBetween(id, after, before))
    .sort((a, b) => compareSnowflakes(a.id, b.id))
    .slice(0, limitOf(call, 200, 200));
  return json(
    guilds.flatMap((guild) => {
      const member = guild.members.get(user.id);
      return member ? [ownGuildPayload(guild, member, world.now(), isTrue(query.get('with_counts')))] : [];
    }),
  );
}

function getOwnMember(call: Call) {
  const { user } = bearerOf(call);
  const guild = call.world.guilds.get(call.param('guild_id'));
  const member = guild?.members.get(user.id);
  if (!member) throw refuse(10004);
  return json(memberPayload(user, member));
}

function openDm(call: Call) {
  const { world, body } = call;
  const { botId } = botOf(call);
  const form = createForm();
  form.text('recipient_id', body['recipient_id'], { max: 19, isRequired: true });
  form.finish();
  const recipient = world.users.get(textOf(body['recipient_id']) ?? '');
  if (!recipient || recipient.id === botId) throw refuse(50033);
  const dm = world.openDm(botId, recipient.id);
  return json({ ...channelPayload(dm), recipients: [userPayload(recipient)] });
}

function getUser({ world, param }: Call) {
  const user = world.users.get(param('user_id'));
  if (!user) throw refuse(10013);
  return json(userPayload(user));
}

function ownUser(call: Call): User {
  if (call.caller.kind !== 'bot') return bearerOf(call).user;
  const user = call.world.users.get(call.caller.application.botId);
  if (!user) throw refuse(10013);
  return user;
}

function isBetween(id: string, after: string | null, before: string | null): boolean {
  if (after !== null && compareSnowflakes(id, after) <= 0) return false;
  return before === null || compareSnowflakes(id, before) < 0;
}
