import { randomUUID } from 'node:crypto';
import { authorizationsOf } from '../../sandbox/oauth/authorizations.ts';
import { hmacJwt } from './hostile-jwts.ts';
import { hostParts } from './hostile-hosts.ts';
import { alteredSecrets } from './hostile-letters.ts';
import { HOST, type Attempts, type HostileWorld } from './hostile-world.ts';

const LINK = 'POST /api/discord/auth/link';

/** Links from Discord that are opened by whom they are not for, or when they are not there any more. */
export async function* hostileLinkUrls(world: HostileWorld): Attempts {
  const { bot, clock, send, refused, right, people, local } = world;
  const tokenFor = async (id: string) => (await bot.app.links.startFromDiscord(id)).url.split('/').at(-1) ?? '';
  const open = (token: string, headers: Record<string, string> = {}) => send(`GET /link/${token}`, { headers });
  const token = await tokenFor(people.zoe);
  for (const { name, value } of alteredSecrets(token)) {
    yield refused(`a link with ${name}`, () => open(encodeURIComponent(value.toWellFormed())));
  }
  for (const tail of ['/', '/x', '/..', '%2f', '%00', '.', ';a', '%20']) {
    if (tail !== '/') yield refused(`a link and ${tail}`, () => open(`${token}${tail}`));
  }
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'TRACE2']) {
    yield refused(`a link by ${method}`, () => send(`${method} /link/${token}`));
  }
  const opened = await open(token);
  const cookie = opened.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  yield refused('a link that another browser has opened', () => open(token));
  const [stranger] = (await world.begin('login')).cookie.split(';');
  yield refused("a link that another browser has opened, with one's own cookie", () =>
    open(token, { cookie: stranger ?? '' }),
  );
  for (const { name, value } of alteredSecrets(cookie.replace('browser=', ''))) {
    if (!/^[\x21-\x3a\x3c-\x7e]*$/.test(value)) continue;
    yield refused(`a link in a browser whose cookie has ${name}`, () => open(token, { cookie: `browser=${value}` }));
  }
  yield right('a link in its own browser once more', () => open(token, { cookie }), 302);
  for (const other of [people.ada, people.ben, people.cleo, local.owner.id]) {
    const flow = await world.begin('link_from_discord');
    const code = await world.codeFor(flow, other);
    yield refused(`a link that ${other} says yes to`, () =>
      world.callback('/api/discord/auth/callback', `code=${code}&state=${flow.state}`, flow.cookie),
    );
    yield refused(`a link that ${other} has said yes to, opened again`, () =>
      open(flow.state, { cookie: flow.cookie }),
    );
  }
  const newcomer = world.newcomer();
  const flow = await world.begin('link_from_discord', newcomer);
  const code = await world.codeFor(flow, newcomer);
  yield { name: 'a link raced a thousand times', harm: () => race(world, newcomer, flow, code) };
  yield refused('a link after it was used', () => open(flow.state, { cookie: flow.cookie }));
  yield refused('a link after it was used, in another browser', () => open(flow.state));
  for (const ms of [600_000, 600_001, 86_400_000]) {
    const late = await tokenFor(people.zoe);
    clock.now = new Date(clock.now.getTime() + ms);
    yield refused(`a link after ${ms} ms`, () => open(late));
  }
}

/** A thousand callbacks at the same moment: one of them links. */
async function race(world: HostileWorld, userId: string, flow: { state: string; cookie: string }, code: string) {
  const path = '/api/discord/auth/callback';
  const answers = await Promise.all(
    Array.from({ length: 1000 }, () => world.callback(path, `code=${code}&state=${flow.state}`, flow.cookie)),
  );
  const linked = answers.filter(({ status }) => status < 400).length;
  const wrong = answers.filter(({ status }) => status >= 500).length;
  const isLinked = (await world.bot.app.links.find(userId)) !== null;
  return linked === 1 && wrong === 0 && isLinked ? null : `${linked} linked, ${wrong} failed`;
}

/** Tokens in the body of a link: only the backend of the host application may send one, and only one of ours. */
export async function* hostileHostLinks(world: HostileWorld): Attempts {
  const { clock, local, people, refused, right, send } = world;
  const host = hmacJwt(hostParts(clock.now), HOST.secret);
  const tokens = (applicationId: string, scopes = ['identify', 'guilds'], id = people.zoe) =>
    authorizationsOf(local.discord.world).issue(applicationId, id, scopes);
  const ours = tokens(local.application.id);
  const access_token = ours.access.token;
  const good = { external_id: '42', access_token };
  const senders: Record<string, string> = {
    somebody: await world.login(people.ada),
    'an operator by OPERATOR_IDS': await world.login(people.cleo),
    "the guild's owner": await world.login(local.owner.id),
    'a host token without a scope': hmacJwt(hostParts(clock.now, {}), HOST.secret),
    'a host token with another scope': hmacJwt(hostParts(clock.now, { scope: 'openid' }), HOST.secret),
    'a host token of an operator by OPERATOR_IDS': hmacJwt(hostParts(clock.now, { sub: people.cleo }), HOST.secret),
  };
  const account = await world.link(people.ada);
  const bodies: Record<string, object> = {
    'by external_id': good,
    'by user_id': { user_id: account, access_token },
    'with a refresh token': { ...good, refresh_token: ours.refreshToken },
    'with a token alone': { access_token },
    'with a refresh token alone': { refresh_token: ours.refreshToken },
    'with a name alone': { external_id: '42' },
  };
  for (const [who, as] of Object.entries(senders)) {
    for (const [how, body] of Object.entries(bodies)) {
      yield refused(`${who} links ${how}`, () => send(LINK, { as, body }));
      yield refused(`${who} links ${how}, with his cookie`, () => send(LINK, { cookie: as, body }));
    }
  }
  for (const [how, body] of Object.entries(bodies)) yield refused(`nobody links ${how}`, () => send(LINK, { body }));
  const other = local.discord.world.addApplication({ name: 'Other' });
  const revoked = tokens(local.application.id, ['identify'], people.ben).access.token;
  authorizationsOf(local.discord.world).revoke(local.application.id, people.ben);
  const wrong: Record<string, unknown> = {
    'a token of another application': { ...good, access_token: tokens(other.id).access.token },
    'a token without identify': { ...good, access_token: tokens(local.application.id, ['guilds']).access.token },
    'a token that was revoked': { ...good, access_token: revoked },
    'the token of the bot': { ...good, access_token: local.application.botToken },
    'a token that Discord does not know': { ...good, access_token: 'a'.repeat(30) },
    'a refresh token as access token': { ...good, access_token: ours.refreshToken },
    'its own token': { ...good, access_token: host },
    'the token of somebody who is linked elsewhere': {
      ...good,
      access_token: tokens(local.application.id, ['identify'], people.ada).access.token,
    },
    'an account that there is none of': { user_id: randomUUID(), access_token },
    'both names': { ...good, user_id: account },
    'no name': { access_token },
    'no token': { external_id: '42' },
    'an unknown field': { ...good, discord_id: people.zoe },
    'a scope in the body': { ...good, scope: 'rolewright:operator' },
    ...Object.fromEntries(
      [null, 1, '', ' ', {}, [], [access_token], 'a b', 'a\r\nX: y', 'é', 'a'.repeat(2049)].map((value) => [
        `the token ${JSON.stringify(value).slice(0, 20)}`,
        { ...good, access_token: value },
      ]),
    ),
    ...Object.fromEntries(
      [null, 1, '', {}, ['42'], 'a\nb', '\0', 'a'.repeat(256)].map((value) => [
        `the name ${JSON.stringify(value).slice(0, 20)}`,
        { ...good, external_id: value },
      ]),
    ),
    ...Object.fromEntries(
      [null, 1, '', '42', {}, `${account}'`].map((value) => [
        `the account ${JSON.stringify(value)}`,
        { access_token, user_id: value },
      ]),
    ),
    'a list': [good],
    'a text': '"x"',
    'a prototype': `{"__proto__":{"external_id":"42"},"access_token":"${access_token}"}`,
  };
  for (const [name, body] of Object.entries(wrong)) {
    yield refused(`the host links ${name}`, () => send(LINK, { as: host, body }));
  }
  yield right('the host links a user', () => send(LINK, { as: host, body: good }), 201);
}
