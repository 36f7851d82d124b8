import { OWN_ORIGIN, type Attempts, type HostileWorld } from './hostile-world.ts';

const ADDRESSES = [
  '203.0.113.7',
  '203.0.113.8, 10.0.0.1',
  '127.0.0.1',
  '::1',
  '2001:db8::1',
  'unknown',
  '203.0.113.9:80',
];
const CLIENT_HEADERS = [
  'x-forwarded-for',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'x-cluster-client-ip',
  'x-originating-ip',
];

/** Addresses that somebody gives himself, when his own has asked often enough. For a world with that limit on auth routes. */
export async function* hostileAddresses({ send, refused, right }: HostileWorld, limit: number): Attempts {
  const line = 'GET /api/discord/auth/login';
  for (let count = 0; count < limit; count += 1) yield right(`login ${count} of his`, () => send(line), 200);
  const lies = [
    ...CLIENT_HEADERS.flatMap((header) => ADDRESSES.map((address) => ({ [header]: address }))),
    ...ADDRESSES.map((address) => ({ forwarded: `for="${address}";proto=https;host=localhost` })),
    ...CLIENT_HEADERS.map((header) => ({ [header]: '198.51.100.1', 'x-forwarded-proto': 'https', via: '1.1 proxy' })),
  ];
  for (const headers of lies) {
    yield refused(`one login more with ${JSON.stringify(headers)}`, () => send(line, { headers }));
  }
  yield refused('one login more in another way', () => send('GET /api/auth/discord/login'));
  yield refused('one login more with a session that is none', () => send(line, { as: 'x' }));
}

const EVIL = 'evil.example';
const PLACES: Record<string, string>[] = [
  { 'x-forwarded-host': EVIL },
  { 'x-forwarded-host': `${EVIL}, localhost:3000` },
  { 'x-forwarded-host': EVIL, 'x-forwarded-proto': 'https' },
  { 'x-forwarded-proto': 'https' },
  { 'x-forwarded-proto': 'javascript' },
  { 'x-forwarded-port': '8443' },
  { 'x-forwarded-server': EVIL },
  { 'x-forwarded-prefix': '/evil' },
  { 'x-forwarded-scheme': 'https' },
  { 'x-forwarded-ssl': 'on' },
  { 'front-end-https': 'on' },
  { forwarded: `host=${EVIL};proto=https` },
  { 'x-host': EVIL },
  { 'x-original-host': EVIL },
  { 'x-original-url': `//${EVIL}` },
  { 'x-rewrite-url': `//${EVIL}` },
  { host: EVIL },
  { host: `${EVIL}:3000` },
  { origin: `https://${EVIL}`, referer: `https://${EVIL}/` },
];

/** Headers of a proxy that there is none of: nobody is sent elsewhere, and cookies are as they were. */
export async function* hostileProxies({ send, bot, people }: HostileWorld): Attempts {
  const { url } = await bot.app.links.startFromDiscord(people.zoe);
  const lines = ['GET /api/auth/discord/login', 'GET /api/discord/auth/login', `GET /link/${url.split('/').at(-1)}`];
  const seen = async (line: string, headers: Record<string, string>, cookie: string) => {
    const answer = await send(line, { headers: { ...headers, ...(cookie !== '' && { cookie }) } });
    const told = [answer.status, answer.headers.get('location'), answer.text, ...answer.headers.getSetCookie()].join(
      '\n',
    );
    return {
      told: told.replaceAll(/[\w-]{43}|(?<=Expires=)[^;]+/g, '*'),
      cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '',
    };
  };
  for (const line of lines) {
    const usual = await seen(line, {}, '');
    for (const headers of PLACES) {
      yield {
        name: `${line.replace(/link\/.*/, 'link/')} with ${JSON.stringify(headers)}`,
        async harm() {
          const { told } = await seen(line, headers, usual.cookie);
          const isOurs = told.includes(encodeURIComponent(`${OWN_ORIGIN}/api/`));
          return told === usual.told && isOurs && !told.includes(EVIL) ? null : told;
        },
      };
    }
  }
}
