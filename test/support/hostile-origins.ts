import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { at } from './local-discord.ts';
import { FRONTEND, OWN_ORIGIN, type Attempts, type HostileWorld } from './hostile-world.ts';

const ORIGINS = [
  'null',
  '',
  'https://evil.example',
  `${FRONTEND}.evil.example`,
  FRONTEND.replace('https', 'http'),
  `${FRONTEND}:443`,
  `${FRONTEND}:8443`,
  `${FRONTEND}/`,
  `${FRONTEND}, https://evil.example`,
  FRONTEND.toUpperCase(),
  'https://evil-roles.example.org',
  'https://example.org',
  'https://sub.roles.example.org',
  OWN_ORIGIN.replace('http', 'https'),
  'http://localhost',
  'http://localhost:3001',
  'http://127.0.0.1:3000',
  'file://',
  'chrome-extension://abcdefgh',
];
const SITES = ['cross-site', 'same-site', 'none', 'same-origin;', 'SAME-ORIGIN', 'same-origin, same-origin', ''];

/** What a foreign page can make a browser say of where a write comes from. */
const PAGES: Record<string, string>[] = [
  {},
  ...ORIGINS.map((origin) => ({ origin })),
  ...SITES.map((site) => ({ 'sec-fetch-site': site })),
  { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
  { origin: 'null', 'sec-fetch-site': 'same-origin' },
  { referer: `${FRONTEND}/dashboard` },
  { referer: FRONTEND, 'x-requested-with': 'XMLHttpRequest' },
  { 'x-forwarded-host': 'localhost:3000', origin: 'http://evil.example' },
  { 'x-http-method-override': 'GET' },
  { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'same-site' },
];

const documented = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** Writes that a foreign page makes a browser send with the cookie of somebody who may do everything. */
export async function* hostileOrigins(world: HostileWorld): Attempts {
  const { paths } = documented.parse((await world.send('GET /api/openapi.json')).body);
  const cookie = await world.login(world.ownerId);
  const ids: Record<string, string> = {
    guild_id: world.guildId,
    discord_id: world.ownerId,
    user_id: await world.link(world.ownerId),
  };
  const writes = Object.entries(paths).flatMap(([path, verbs]) =>
    Object.keys(verbs).flatMap((verb) => (verb === 'get' ? [] : [`${verb.toUpperCase()} ${path}`])),
  );
  for (const line of writes.filter((write) => !write.includes('/hooks/'))) {
    const filled = line.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? randomUUID());
    for (const page of PAGES) {
      const headers = { cookie: `session=${cookie}`, ...page };
      yield world.refused(`${line} from a page with ${JSON.stringify(page)}`, () =>
        world.send(filled, { headers, ...(line.startsWith('DELETE') ? {} : { body: {} }) }),
      );
    }
  }
  yield* forms(world, cookie);
  const page = { origin: FRONTEND };
  const own = () => world.send('POST /api/discord/auth/link', { cookie, headers: page });
  yield world.right('a write from a page of ours', own, 200);
  yield world.right('and he is still logged in', () => world.send('GET /api/me', { cookie }), 200);
}

/** What a form, or a script that asks nobody, can send: never JSON. */
async function* forms({ send, refused, guildId, local }: HostileWorld, cookie: string): Attempts {
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
    'application/jsonp',
    'application/json+evil',
    'text/json',
    '',
  ];
  const text = JSON.stringify({ name: 'Pilots', guild_id: guildId });
  for (const type of types) {
    for (const origin of [FRONTEND, 'null', 'https://evil.example']) {
      const headers = { origin, 'content-type': type, cookie: `session=${cookie}` };
      yield refused(`a group by a form of ${JSON.stringify(type)} from ${origin}`, () =>
        send('POST /api/groups', { headers, body: text }),
      );
      yield refused(`a mapping by a form of ${JSON.stringify(type)} from ${origin}`, () =>
        send(`POST /api/discord/guilds/${guildId}/role-mappings`, {
          headers,
          body: JSON.stringify({ group_id: 'http:a', discord_role_id: at(local.roles, 1).id }),
        }),
      );
    }
  }
}
