import { FRONTEND, OWN_ORIGIN, type Attempts, type HostileWorld } from './hostile-world.ts';

const EVIL = 'evil.example';
const host = new URL(FRONTEND).host;

/** Addresses that some browser would take elsewhere, or that are not written as an address of ours is. */
export const HOSTILE_ADDRESSES: readonly string[] = [
  // Without a scheme, or with too many slashes.
  ...[
    '',
    '/',
    '//',
    '///',
    '////',
    '/\\',
    '\\\\',
    '\\/',
    '/\t/',
    '/\n/',
    '//\t',
    '\t//',
    './/',
    '/.//',
    '/..//',
    ':',
  ].map((start) => `${start}${EVIL}/dashboard`),
  '/',
  '/dashboard',
  'dashboard',
  '?a=b',
  '#a',
  '',
  ' ',
  '.',
  '..',
  // Another host.
  ...[EVIL, `${EVIL}:443`, `${EVIL}.`, `www.${EVIL}`].flatMap((name) => [`https://${name}/`, `http://${name}/a?b#c`]),
  // Ours as a part of it.
  ...[
    `${host}.${EVIL}`,
    `${host}${EVIL}`,
    `${EVIL}-${host}`,
    `${EVIL}.${host}`,
    `x${host}`,
    `${host}x`,
    `${host}.`,
    `${host}..`,
    `.${host}`,
    `${host}%00.${EVIL}`,
    `${host}%2e${EVIL}`,
    `${host}%2f.${EVIL}`,
    `${host}%5c.${EVIL}`,
    `${host}%09.${EVIL}`,
    `${host}\t.${EVIL}`,
    `${host}\n.${EVIL}`,
    `${host}\r\n.${EVIL}`,
    `${host}\0.${EVIL}`,
    `${host} .${EVIL}`,
    `${host}。${EVIL}`,
    `${host}．${EVIL}`,
    `${host}⁄.${EVIL}`,
    `${host}／.${EVIL}`,
    `${host}＃.${EVIL}`,
    `${host}？.${EVIL}`,
    `${host}＠${EVIL}`,
    `${host};${EVIL}`,
    `${host},${EVIL}`,
    `${host}!${EVIL}`,
    `${host}_.${EVIL}`,
    'org',
    'example.org',
    'roles.example.com',
    'roles-example.org',
    'rolesXexample.org',
    'admin.roles.example.org',
  ].map((name) => `https://${name}/dashboard`),
  // Before the host.
  ...[
    `${host}@${EVIL}`,
    `${host}:443@${EVIL}`,
    `a:b@${EVIL}`,
    `${host}%40${EVIL}@${EVIL}`,
    `@${EVIL}`,
    `:@${host}`,
    `@${host}`,
    `a@${host}`,
    `a:b@${host}`,
    `${EVIL}@${host}`,
    `${EVIL}:x@${host}`,
    `${EVIL}#@${host}`,
    `${EVIL}?@${host}`,
    `${EVIL}/@${host}`,
    `${EVIL}\\@${host}`,
    `${EVIL}%23@${host}`,
    `${host}\\@${EVIL}`,
    `${host}\\.${EVIL}`,
    `${host}\\${EVIL}`,
    `\\${host}`,
  ].map((authority) => `https://${authority}/dashboard`),
  // Another port.
  ...[80, 8443, 3000, 0, 65_536, 99_999, -1, '443x', '', '0443', '00443', '443'].map(
    (port) => `https://${host}:${port}/dashboard`,
  ),
  ...[80, 443, 3001, 30_000, '03000', ''].map((port) => `http://localhost:${port}/dashboard`),
  // Another scheme.
  ...['http', 'ftp', 'ws', 'wss', 'file', 'gopher', 'blob:https', 'view-source:https', 'intent', 'x', ''].map(
    (scheme) => `${scheme}://${host}/dashboard`,
  ),
  ...['https:', 'https:/', 'https:///', 'https:////', 'https:\\\\', 'https:\\/', 'https:/\\', 'HTTPS:', 'https//'].map(
    (start) => `${start}${host}/dashboard`,
  ),
  'javascript:alert(1)',
  'JavaScript:alert(1)',
  'java\tscript:alert(1)',
  'java\nscript:alert(1)',
  ' javascript:alert(1)',
  '\u0001javascript:alert(1)',
  'javascript&colon;alert(1)',
  'javascript%3Aalert(1)',
  `javascript://${host}/%0aalert(1)`,
  `javascript:/*${FRONTEND}/*/alert(1)`,
  'data:text/html,<script>alert(1)</script>',
  `data:${FRONTEND}/,x`,
  'vbscript:msgbox(1)',
  'mailto:a@evil.example',
  'about:blank',
  'discord://-/channels/@me',
  `blob:${FRONTEND}/1`,
  `filesystem:${FRONTEND}/1`,
  // The machine itself, and its neighbours.
  ...[
    '127.0.0.1:3000',
    '127.1:3000',
    '2130706433:3000',
    '0x7f000001:3000',
    '0x7f.1:3000',
    '017700000001:3000',
    '0177.0.0.1:3000',
    '127.0.0.1.:3000',
    '0.0.0.0:3000',
    '[::1]:3000',
    '[::]:3000',
    '[::ffff:127.0.0.1]:3000',
    '[0:0:0:0:0:0:0:1]:3000',
    '[::1%25lo]:3000',
    'localhost.:3000',
    'localhost.localdomain:3000',
    'LOCALHOST:3000',
    'local%68ost:3000',
    'localhost%00:3000',
    'localhost\t:3000',
    'ｌocalhost:3000',
    'loca\u00adlhost:3000',
    'localhost:3000:3000',
    'localhost:3000@evil.example',
    '169.254.169.254',
    '192.168.0.1',
    '１27.0.0.1:3000',
    '①27.0.0.1:3000',
  ].map((name) => `http://${name}/dashboard`),
  // Look-alikes, and other ways to write ours.
  ...[
    'rоles.example.org',
    'roles.еxample.org',
    'roles.example.оrg',
    'xn--rles-55d.example.org',
    'ｒoles.example.org',
    'roles.example.ｏrg',
    'roles。example.org',
    'roles．example.org',
    'roles.exa\u00admple.org',
    'roles.exam\u200bple.org',
    'roles.example.org\u200b',
    '\u202eroles.example.org',
    'rolés.example.org',
    'roleſ.example.org',
    'ROLES.EXAMPLE.ORG',
    'Roles.Example.Org',
    'roles%2eexample%2eorg',
    'roles%2Eexample.org',
    '%72oles.example.org',
    'roles.example.org%20',
    'roles.example.org%',
    '[roles.example.org]',
  ].map((name) => `https://${name}/dashboard`),
  // Escaped, once or more.
  ...[`//${EVIL}`, `https://${EVIL}`, `https://${host}@${EVIL}`, FRONTEND, `${FRONTEND}/dashboard`].flatMap(
    (address) => [
      encodeURIComponent(address),
      encodeURIComponent(encodeURIComponent(address)),
      address
        .split('')
        .map((letter) => `%${letter.charCodeAt(0).toString(16)}`)
        .join(''),
    ],
  ),
  // Ours, with what not every reader reads alike.
  ...[
    '\\',
    '/\\evil.example',
    '\\@evil.example',
    '/a\tb',
    '/a\nb',
    '/a\r\nLocation: https://evil.example',
    '/\0',
    '/\u007f',
    '/\u0085',
    '/\u2028',
    '/\u202e',
    '/é',
    '/😀',
    '/ ',
    ' ',
    '\t',
    '\n',
    '\u00a0',
    `\\..\\${EVIL}`,
    `/${'a'.repeat(2000)}`,
    `?${'a'.repeat(2000)}`,
    `#${'a'.repeat(10_000)}`,
  ].map((rest) => FRONTEND + rest),
  ...[' ', '\t', '\n', '\0', '\u200b', '\ufeff', '<', '"', "'", '//', 'url=', 'x'].map((start) => start + FRONTEND),
  `${FRONTEND},https://${EVIL}`,
  `https://${EVIL}/${FRONTEND}`,
  `https://${EVIL}?${FRONTEND}`,
  `https://${EVIL}#${FRONTEND}`,
  `https://${EVIL}\\${FRONTEND}`,
  `https://${EVIL}%2f..%2f${host}`,
  FRONTEND.replace('.', '%2e'),
  'null',
  'undefined',
  'https://',
  'https:',
  'http://a b',
  'https://[',
  'https://%',
];

/** Where a login or a link begins with an address to go to in the end. */
const BEGINNINGS = [
  'GET /api/auth/discord/login',
  'GET /api/discord/auth/login',
  'GET /api/discord/auth/login?link=true',
  'POST /api/discord/auth/link',
];

/** Addresses after a login that are not pages of ours: refused before anybody goes anywhere. */
export async function* hostileRedirects(world: HostileWorld): Attempts {
  const as = await world.login(world.people.ada);
  for (const line of BEGINNINGS) {
    const send = (address: string) =>
      world.send(`${line}${line.includes('?') ? '&' : '?'}redirect_url=${encodeURIComponent(address.toWellFormed())}`, {
        as,
      });
    for (const address of new Set(HOSTILE_ADDRESSES)) {
      yield world.refused(`${line} to ${JSON.stringify(address).slice(0, 90)} (${address.length})`, () =>
        send(address),
      );
    }
    for (const shape of ['redirect_url[]', 'redirect_url[a]', 'Redirect_URL', 'redirect_uri', 'next']) {
      const query = `${line.includes('?') ? '&' : '?'}${encodeURIComponent(shape)}=https://${EVIL}`;
      yield world.refused(`${line} with ${shape}`, () => world.send(`${line}${query}`, { as }));
    }
    const twice = `redirect_url=${FRONTEND}&redirect_url=https://${EVIL}`;
    yield world.refused(`${line} with two addresses`, () =>
      world.send(`${line}${line.includes('?') ? '&' : '?'}${twice}`, { as }),
    );
    for (const address of [FRONTEND, `${FRONTEND}/a?b=//evil.example#c`, `${OWN_ORIGIN}/dashboard`]) {
      yield world.right(`${line} to ${address}`, () => send(address), line.includes('/auth/discord/') ? 302 : 200);
    }
  }
}
