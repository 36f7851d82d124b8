import { alteredSecrets } from './hostile-letters.ts';
import { PURPOSES, type Attempts, type Flow, type HostileWorld, type Purpose } from './hostile-world.ts';

const PATHS = ['/api/discord/auth/callback', '/api/auth/discord/callback'];
const query = (fields: Record<string, string>) => new URLSearchParams(fields).toString();

/** Callbacks that are not the answer of Discord to this browser's own question. */
export async function* hostileCallbacks(world: HostileWorld): Attempts {
  for (const path of PATHS) {
    for (const purpose of PURPOSES) {
      yield* besides(world, path, purpose);
      yield* codes(world, path, purpose);
      yield* late(world, path, purpose);
    }
    yield* mixedUp(world, path);
  }
  for (const purpose of PURPOSES) yield* errors(world, PATHS[0] ?? '', purpose);
}

/** What leaves the flow as it is: afterwards its owner ends it well. */
async function* besides(world: HostileWorld, path: string, purpose: Purpose): Attempts {
  const { people, refused, right, callback } = world;
  const owner = world.newcomer();
  const flow = await world.begin(purpose, owner);
  const code = await world.codeFor(flow, owner);
  const { state, cookie } = flow;
  const what = `${purpose} at ${path}`;
  for (const { name, value } of alteredSecrets(state)) {
    yield refused(`${what}: a state with ${name}`, () => callback(path, query({ state: value, code }), cookie));
  }
  const shapes = {
    'no state': query({ code }),
    'the state as a list': `${query({ code })}&state[]=${state}`,
    'the state twice': `${query({ code, state })}&state=${state}`,
    'the state in an object': `${query({ code })}&state[a]=${state}`,
    'the state under another name': query({ code, State: state }),
    'the code for the state': query({ state: code, code: state }),
    'nothing at all': '',
  };
  for (const [name, asked] of Object.entries(shapes)) {
    yield refused(`${what}: ${name}`, () => callback(path, asked, cookie));
  }
  const good = query({ state, code });
  for (const [name, cookies] of Object.entries(await foreignBrowsers(world, flow))) {
    yield refused(`${what}: ${name}`, () => callback(path, good, cookies));
  }
  if (purpose === 'link') {
    const ben = await world.login(people.ben);
    const browser = cookie.replace(/; session=.*/, '');
    yield refused(`${what}: another account in its browser`, () => callback(path, good, `${browser}; session=${ben}`));
    yield refused(`${what}: another account by Bearer`, () =>
      callback(path, good, browser, { authorization: `Bearer ${ben}` }),
    );
    yield refused(`${what}: a Bearer that is none`, () => callback(path, good, cookie, { authorization: 'Bearer x' }));
  }
  yield right(`${what}: its owner`, () => callback(path, good, cookie), purpose === 'link_from_discord' ? 200 : 302);
  yield refused(`${what}: the same once more`, () => callback(path, good, cookie));
  yield refused(`${what}: its state with a new code`, async () =>
    callback(path, query({ state, code: await world.codeFor(flow, owner) }), cookie),
  );
}

/** Cookies of browsers that the flow does not belong to. */
async function foreignBrowsers(world: HostileWorld, { cookie }: Flow): Promise<Record<string, string>> {
  const id = /browser=([^;]+)/.exec(cookie)?.[1] ?? '';
  const other = (await world.begin('login')).cookie;
  const altered = alteredSecrets(id)
    .filter(({ value }) => /^[\x21-\x7e]*$/.test(value) && !value.includes(';'))
    .map(({ name, value }) => [`a browser's cookie with ${name}`, `browser=${value}`]);
  return {
    'no cookie': '',
    'the cookie of another browser': other,
    'another cookie before its own': `${other}; browser=${id}`,
    'its cookie under another name': `Browser=${id}; __Host-browser=${id}; xbrowser=${id}`,
    'its cookie as a value': `a=browser=${id}`,
    ...Object.fromEntries(altered),
  };
}

const ERRORS = [
  'access_denied',
  'server_error',
  'temporarily_unavailable',
  'invalid_scope',
  'invalid_request',
  'unauthorized_client',
  '<script>alert(1)</script>',
  'x'.repeat(1900),
];

/** Discord, or somebody who pretends to be it, says that there is an error. */
async function* errors(world: HostileWorld, path: string, purpose: Purpose): Attempts {
  const { refused, callback } = world;
  for (const error of ERRORS) {
    const flow = await world.begin(purpose);
    const code = await world.codeFor(flow);
    const { state, cookie } = flow;
    const name = `${purpose} at ${path}: the error ${error.slice(0, 40)}`;
    // A trouble of Discord's is told as such.
    yield refused(name, () => callback(path, query({ state, error, code }), cookie), [503]);
    yield refused(`${name}, and a code after it`, () => callback(path, query({ state, code }), cookie));
  }
}

/** What uses the flow up without any good, and cannot be mended afterwards. */
async function* codes(world: HostileWorld, path: string, purpose: Purpose): Attempts {
  const { local, refused, callback } = world;
  const what = `${purpose} at ${path}`;
  const fresh = () => world.begin(purpose);
  for (const [name, codeOf] of Object.entries(wrongCodes(world))) {
    const flow = await fresh();
    const code = await codeOf(flow);
    const fields = code === null ? {} : { code };
    yield refused(`${what}: ${name}`, () => callback(path, query({ state: flow.state, ...fields }), flow.cookie));
    const good = await world.codeFor(flow);
    yield refused(`${what}: a good code after ${name}`, () =>
      callback(path, query({ state: flow.state, code: good }), flow.cookie),
    );
  }
  if (purpose === 'login') return;
  const flow = await fresh();
  const conflict = purpose === 'link' ? 'a Discord user of another account' : 'another Discord user';
  const code = await world.codeFor(flow, world.people.ben);
  yield refused(`${what}: ${conflict}`, () => callback(path, query({ state: flow.state, code }), flow.cookie));
  const tokens = [...local.discord.world.accessTokens.values()].filter(({ userId }) => userId === world.people.zoe);
  yield { name: `${what}: no token of hers is left behind`, harm: async () => (tokens.length === 0 ? null : 'one is') };
}

function changed(flow: Flow, name: string, value: string): Flow {
  const url = new URL(flow.authorizeUrl);
  url.searchParams.set(name, value);
  return { ...flow, authorizeUrl: url.href };
}

/** Codes that are not this flow's own. */
function wrongCodes(world: HostileWorld): Record<string, (flow: Flow) => Promise<string | null>> {
  const { local, people } = world;
  return {
    'no code': async () => null,
    'an empty code': async () => '',
    'a code that nobody gave out': async () => 'a'.repeat(30),
    'a code that is far too long': async () => 'a'.repeat(3000),
    'a code with a line break': async (flow) => `${await world.codeFor(flow)}\n`,
    'the code of another flow of the same kind': async ({ purpose }) => world.codeFor(await world.begin(purpose)),
    'the code of a login': async () => world.codeFor(await world.begin('login')),
    'the code of a link': async () => world.codeFor(await world.begin('link')),
    'the code of a link from Discord': async () => world.codeFor(await world.begin('link_from_discord')),
    "an attacker's own code": async () => world.codeFor(await world.begin('login'), people.ben),
    'a code for another challenge': async (flow) => world.codeFor(changed(flow, 'code_challenge', 'A'.repeat(43))),
    'a code for another redirect address': async (flow) => {
      local.application.redirectUris.push('https://evil.example/');
      return world.codeFor(changed(flow, 'redirect_uri', 'https://evil.example/'));
    },
    'a code of another application': async (flow) => {
      const other = local.discord.world.addApplication({ name: 'Other' });
      const url = new URL(changed(flow, 'client_id', other.id).authorizeUrl);
      other.redirectUris.push(url.searchParams.get('redirect_uri') ?? '');
      return world.codeFor({ authorizeUrl: url.href });
    },
    'an access token': async () => [...local.discord.world.accessTokens.keys()][0] ?? '',
    'its own state': async ({ state }) => state,
    'a session': () => world.login(people.ada),
  };
}

const EXPIRY_MS = 600_000;

/** What comes too late. */
async function* late(world: HostileWorld, path: string, purpose: Purpose): Attempts {
  const { clock, refused, callback } = world;
  for (const [name, ms] of Object.entries({ 'to the ms': 0, 'by a second': 1000, 'by a day': 86_400_000 })) {
    const flow = await world.begin(purpose);
    const code = await world.codeFor(flow);
    clock.now = new Date(clock.now.getTime() + EXPIRY_MS + ms);
    yield refused(`${purpose} at ${path}: too late ${name}`, () =>
      callback(path, query({ state: flow.state, code }), flow.cookie),
    );
  }
}

/** States of one thing where another is meant. */
async function* mixedUp(world: HostileWorld, path: string): Attempts {
  const { bot, people, refused, callback, send } = world;
  const { url } = await bot.app.links.startFromDiscord(people.zoe);
  const unopened = url.split('/').at(-1) ?? '';
  const login = await world.begin('login');
  const code = await world.codeFor(login);
  for (const cookie of ['', login.cookie, `browser=${unopened}`]) {
    yield refused(`a link from Discord that nobody opened, at ${path}, with the cookie ${cookie.slice(0, 12)}`, () =>
      callback(path, query({ state: unopened, code }), cookie),
    );
  }
  for (const purpose of ['login', 'link'] as const) {
    const flow = await world.begin(purpose);
    for (const cookie of ['', flow.cookie]) {
      yield refused(`the state of a ${purpose} as a link from Discord (${path}, ${cookie === ''})`, () =>
        send(`GET /link/${flow.state}`, { headers: { cookie } }),
      );
    }
  }
  for (const secret of [await world.login(people.ada), login.cookie.replace('browser=', ''), code]) {
    yield refused(`${secret.slice(0, 6)}… as a state at ${path}`, () =>
      callback(path, query({ state: secret, code }), login.cookie),
    );
    yield refused(`${secret.slice(0, 6)}… as a link from Discord (${path})`, () => send(`GET /link/${secret}`));
  }
  const begun = await world.begin('link', people.zoe, people.ben);
  const hers = await world.codeFor(begun);
  await send('POST /api/auth/logout', { as: /session=(.*)/.exec(begun.cookie)?.[1] });
  yield refused(`a link at ${path} whose account has logged out since`, () =>
    callback(path, query({ state: begun.state, code: hers }), begun.cookie),
  );
}
