import { createServer } from 'node:http';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import {
  broken,
  broughtKeys,
  hmacJwt,
  otherKeys,
  publicForms,
  strangeHeaders,
  unsigned,
  wrongClaims,
  type Forged,
  type Parts,
} from './hostile-jwts.ts';
import { HOST, JWT_SECRET, type Attempts, type HostileWorld } from './hostile-world.ts';

const OPERATOR = 'rolewright:operator';
const LINES = ['GET /api/me', 'GET /api/discord/users'];
const TYPES = ['rolewright-session+jwt', 'logout+jwt', 'dpop+jwt', 'id+jwt', 'x', '', 'JWT ', 'application/jwt'];

/** What a token of the host application says: somebody whom it calls 42, at that moment. */
export function hostParts(now: Date, more: Record<string, unknown> = { scope: OPERATOR }): Parts {
  const nowSeconds = Math.floor(now.getTime() / 1000);
  return {
    header: { alg: 'HS256', typ: 'JWT' },
    payload: { iss: HOST.issuer, aud: HOST.audience, sub: '42', iat: nowSeconds, exp: nowSeconds + 3600, ...more },
  };
}

/** Tokens that the host application did not give, or not for this. */
export async function* hostileHostTokens(world: HostileWorld): Attempts {
  const { clock, send, right, refused } = world;
  const nowSeconds = Math.floor(clock.now.getTime() / 1000);
  const parts = hostParts(clock.now);
  const good = hmacJwt(parts, HOST.secret);
  const subs = ['', 'a\nb', 'a\0b', '\u0085', 'x'.repeat(256), 1, true, {}, ['42'], null];
  const forged: Forged[] = [
    ...unsigned(parts, good.split('.')[2] ?? ''),
    ...otherKeys(parts, HOST.secret, { 'the secret of the sessions': JWT_SECRET }),
    ...broughtKeys(parts),
    ...strangeHeaders(parts, HOST.secret, TYPES),
    ...wrongClaims(parts, HOST.secret, nowSeconds, ['iss', 'aud', 'exp', 'sub']),
    ...broken(good),
    ...subs.map((sub) => ({
      name: `sub ${JSON.stringify(sub).slice(0, 20)}`,
      token: hmacJwt(hostParts(clock.now, { sub }), HOST.secret),
    })),
  ];
  for (const { name, token } of forged) {
    for (const line of LINES) yield refused(`a host token: ${name}: ${line}`, () => send(line, { as: token }));
  }
  yield refused('a host token as cookie', () => send('GET /api/me', { cookie: good }));
  yield refused('a host token to log out', () => send('POST /api/auth/logout', { as: good }));
  yield* escalations(world);
  yield right('a host token', () => send('GET /api/discord/users', { as: good }), 200);
}

const SCOPES: readonly unknown[] = [
  undefined,
  null,
  '',
  'operator',
  'rolewright',
  'rolewright:operatorx',
  'xrolewright:operator',
  'rolewright:operator:',
  'rolewright:Operator',
  'ROLEWRIGHT:OPERATOR',
  'rolewright:operator,openid',
  'openid,rolewright:operator',
  'rolewright:operator\topenid',
  'rolewright:operator\nopenid',
  'rolewright:operator\u00a0openid',
  'rolewright:operator;',
  '"rolewright:operator"',
  '["rolewright:operator"]',
  'rolewright%3Aoperator',
  'rolewright:operator\u200b',
  'rolewright：operator',
  'rоlewright:operator',
  'rolewright:*',
  '*',
  'rolewright:oper ator',
  1,
  true,
  {},
  { 'rolewright:operator': true },
  { 0: OPERATOR, length: 1 },
  { includes: OPERATOR },
  [],
  [[OPERATOR]],
  [{ name: OPERATOR }],
  ['rolewright', 'operator'],
  [`${OPERATOR} openid`],
  [OPERATOR, 1],
  [null, OPERATOR],
];

/** Somebody of the host application who would like to be an operator. */
async function* escalations({ clock, send, refused }: HostileWorld): Attempts {
  const claims: Record<string, unknown>[] = [
    ...SCOPES.map((scope) => ({ scope })),
    ...['scp', 'scopes', 'Scope', 'roles', 'permissions', 'groups', 'role', '__proto__'].map((claim) => ({
      [claim]: OPERATOR,
    })),
    { is_operator: true },
    { isOperator: true },
    { resource_access: { rolewright: { roles: ['operator'] } } },
    { ['__proto__']: { scope: OPERATOR } },
    { constructor: { prototype: { scope: OPERATOR } } },
  ];
  for (const claim of claims) {
    const token = hmacJwt(hostParts(clock.now, claim), HOST.secret);
    for (const line of ['GET /api/discord/users', `DELETE /api/discord/users/${randomUUID()}/sessions`]) {
      yield refused(`a host token with ${JSON.stringify(claim)}: ${line}`, () => send(line, { as: token }));
    }
  }
}

/** A host application that gives its keys out, until the test is over. */
export async function startKeys() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'host', use: 'sig', alg: 'RS256' };
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the keys have no port');
  return { url: `http://127.0.0.1:${address.port}/jwks.json`, jwk, publicKey, privateKey };
}

type Keys = Awaited<ReturnType<typeof startKeys>>;

/** Tokens for a host application whose keys are public, signed with what everybody knows. */
export async function* confusedKeys(world: HostileWorld, { jwk, publicKey }: Keys): Attempts {
  const { clock, send, refused } = world;
  const parts = hostParts(clock.now);
  const forged: Forged[] = [
    ...['sha256', 'sha384', 'sha512'].flatMap((hash) =>
      Object.entries(publicForms(publicKey, jwk)).flatMap(([name, secret]) =>
        ['host', undefined].map((kid) => ({
          name: `${hash} with ${name} as secret, kid ${kid}`,
          token: hmacJwt({ ...parts, header: { ...parts.header, alg: `HS${hash.slice(3)}`, kid } }, secret, hash),
        })),
      ),
    ),
    ...unsigned(parts, 'AAAA'),
    ...broughtKeys(parts),
    ...broughtKeys({ ...parts, header: { ...parts.header, kid: 'host' } }).map(({ name, token }) => ({
      name: `${name}, in the host's name`,
      token,
    })),
    { name: 'the secret of the sessions', token: hmacJwt(parts, JWT_SECRET) },
  ];
  for (const { name, token } of forged) {
    for (const line of LINES) {
      yield refused(`a host token where keys are public: ${name}: ${line}`, () => send(line, { as: token }));
    }
  }
}

/** Any token of a host application where there is none. */
export async function* hostlessTokens({ clock, send, refused }: HostileWorld): Attempts {
  for (const key of [HOST.secret, JWT_SECRET, '']) {
    for (const typ of ['JWT', 'at+jwt', undefined, 'rolewright-session+jwt']) {
      const { header, payload } = hostParts(clock.now);
      const token = hmacJwt({ header: { ...header, typ }, payload }, key);
      for (const line of [...LINES, 'POST /api/discord/auth/link']) {
        yield refused(`a host token where there is no host: typ ${typ}, key ${key.slice(0, 12)}: ${line}`, () =>
          send(line, { as: token }),
        );
      }
    }
  }
}
