import { randomUUID } from 'node:crypto';
import {
  broken,
  broughtKeys,
  hmacJwt,
  otherKeys,
  strangeHeaders,
  unsigned,
  wrongClaims,
  type Forged,
  type Parts,
} from './hostile-jwts.ts';
import { HOST, JWT_SECRET, OWN_ORIGIN, type Attempts, type HostileWorld } from './hostile-world.ts';
import { HOOK_SECRET } from './signed-webhook.ts';

const TYPE = 'rolewright-session+jwt';
const AUDIENCE = 'rolewright:session';

/** What only somebody with a session gets, in each way: to read, to write, and as an operator. */
const OPERATIONS = ['GET /api/me', 'GET /api/discord/users', 'POST /api/discord/auth/link', 'DELETE /api/me'];
const TYPES = [
  undefined,
  'JWT',
  'at+jwt',
  'rolewright-state+jwt',
  'rolewright-link+jwt',
  'rolewright-session',
  '',
  1,
  null,
  [TYPE],
];

/** Tokens that are no session: as Bearer and as cookie. The account is an operator's, so that there is much to win. */
export async function* hostileSessions(world: HostileWorld): Attempts {
  const token = await world.login(world.people.cleo);
  for (const { name, token: forged } of await forgedSessions(world, token)) {
    for (const [index, line] of OPERATIONS.entries()) {
      yield world.refused(`${name} as Bearer: ${line}`, () => world.send(line, { as: forged }));
      // Not what a cookie's own form would end, or undo.
      if (index === 0 && !/[;,"%\s]/.test(forged)) {
        yield world.refused(`${name} as cookie: ${line}`, () => world.send(line, { cookie: forged }));
      }
    }
  }
  yield* schemes(world, token);
  yield world.right('a session as Bearer', () => world.send('GET /api/discord/users', { as: token }), 200);
  yield world.right('a session as cookie', () => world.send('GET /api/discord/users', { cookie: token }), 200);
}

async function forgedSessions(world: HostileWorld, token: string): Promise<Forged[]> {
  const { people, bot, clock, local } = world;
  const login = await bot.app.links.find(people.cleo);
  const sub = login?.accountId ?? '';
  const begun = { discord_id: people.cleo, linked_ms: login?.linkedAt.getTime() };
  const nowSeconds = Math.floor(clock.now.getTime() / 1000);
  const times = { iat: nowSeconds, iat_ms: clock.now.getTime(), exp: nowSeconds + 3600 };
  const parts: Parts = {
    header: { alg: 'HS256', typ: TYPE },
    payload: { iss: OWN_ORIGIN, aud: AUDIENCE, sub, jti: randomUUID(), ...begun, ...times },
  };
  const others = {
    'the secret of the host application': HOST.secret,
    'the secret of the webhooks': HOOK_SECRET,
    "Discord's client secret": local.application.clientSecret,
    'the client id': local.application.id,
    'the token of the bot': local.application.botToken ?? '',
  };
  const gone = await world.login(world.newcomer());
  await world.send('DELETE /api/me', { as: gone });
  const ended = await world.login(people.cleo);
  await world.send('POST /api/auth/logout', { as: ended });
  const [access = ''] = local.discord.world.accessTokens.keys();
  const { url } = await bot.app.links.startFromDiscord(people.zoe);
  const flow = await world.begin('login');
  const claims = (more: Record<string, unknown>): Parts => ({ ...parts, payload: { ...parts.payload, ...more } });
  const kinds: Record<string, string> = {
    'a session of an account that is gone': gone,
    'a session that was ended': ended,
    'an access token of Discord': access,
    'the token of the bot itself': local.application.botToken ?? '',
    'a link from Discord': url.split('/').at(-1) ?? '',
    'a state': flow.state,
    "a browser's cookie": flow.cookie.replace('browser=', ''),
    'a code': await world.codeFor(flow),
    'the secret itself': JWT_SECRET,
    'a token for somebody whom nobody knows': hmacJwt(claims({ sub: randomUUID() }), JWT_SECRET),
    'a token for a Discord id': hmacJwt(claims({ sub: people.cleo }), JWT_SECRET),
    'a token for nobody': hmacJwt(claims({ sub: '' }), JWT_SECRET),
    'a token for a piece of SQL': hmacJwt(claims({ sub: "' or 1=1 --" }), JWT_SECRET),
    'a token for a number': hmacJwt(claims({ sub: 1 }), JWT_SECRET),
    'a token begun by somebody else': hmacJwt(claims({ discord_id: people.ben }), JWT_SECRET),
    'a token begun by a number': hmacJwt(claims({ discord_id: Number(people.cleo) }), JWT_SECRET),
    'a token of an earlier link': hmacJwt(claims({ linked_ms: 0 }), JWT_SECRET),
    'a token of a link that is none': hmacJwt(claims({ linked_ms: 1e300 }), JWT_SECRET),
  };
  const forged = [
    ...Object.entries(kinds).map(([name, kind]) => ({ name, token: kind })),
    ...unsigned(parts, token.split('.')[2] ?? ''),
    ...otherKeys(parts, JWT_SECRET, others),
    ...broughtKeys(parts),
    ...strangeHeaders(parts, JWT_SECRET, TYPES),
    ...wrongClaims(parts, JWT_SECRET, nowSeconds, [
      'iss',
      'aud',
      'exp',
      'iat',
      'jti',
      'sub',
      'discord_id',
      'linked_ms',
    ]),
    ...broken(token),
  ];
  return forged.map(({ name, token: made }) => ({ name: `a session: ${name}`, token: made }));
}

/** The right token, in a header that is not right. */
async function* schemes(world: HostileWorld, token: string): Attempts {
  const written = {
    'no scheme': token,
    Basic: `Basic ${Buffer.from(`${token}:`).toString('base64')}`,
    Bot: `Bot ${token}`,
    Token: `Token ${token}`,
    'no space': `Bearer${token}`,
    'a tab': `Bearer\t${token}`,
    'a colon': `Bearer: ${token}`,
    'the scheme twice': `Bearer Bearer ${token}`,
    'two tokens': `Bearer ${token} ${token}`,
    'a comma': `Bearer ${token}, Bearer ${token}`,
    'a field': `Bearer token=${token}`,
    nothing: 'Bearer',
    'only a space': 'Bearer  ',
    'an empty header': '',
  };
  for (const [name, authorization] of Object.entries(written)) {
    yield world.refused(`a session in a header with ${name}`, () =>
      world.send('GET /api/me', { headers: { authorization } }),
    );
    yield world.refused(`a session in a header with ${name}, and a cookie beside it`, () =>
      world.send('GET /api/me', { headers: { authorization, cookie: `session=${token}` } }),
    );
  }
  for (const name of ['Session', 'SESSION', '__Host-session', '__Secure-session', 'session2', ' token', 'browser']) {
    yield world.refused(`a session in the cookie ${name}`, () =>
      world.send('GET /api/me', { headers: { cookie: `${name}=${token}` } }),
    );
  }
  for (const header of ['x-authorization', 'x-session', 'proxy-authorization', 'x-access-token', 'x-forwarded-user']) {
    yield world.refused(`a session in the header ${header}`, () =>
      world.send('GET /api/me', { headers: { [header]: `Bearer ${token}` } }),
    );
  }
  for (const name of ['access_token', 'token', 'session', 'authorization']) {
    yield world.refused(`a session in the address as ${name}`, () => world.send(`GET /api/me?${name}=${token}`));
  }
}
