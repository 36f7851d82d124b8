import type { Sent } from './api-world.ts';
import type { Attempts, HostileWorld } from './hostile-world.ts';
import { signed } from './signed-webhook.ts';

const HOOK = 'POST /api/hooks/groups';
const HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
const secretOf = (words: string) => `whsec_${Buffer.from(words.padEnd(32, '!')).toString('base64')}`;

type Signed = ReturnType<typeof signed>;

/** Webhooks that nobody who holds the secret has sent just like this. */
export async function* hostileWebhooks(world: HostileWorld): Attempts {
  const { people, send, refused, right } = world;
  const body = { user_id: await world.link(people.ada), facts: { groups: [{ id: 'pilots' }] } };
  const now = Math.floor(Date.now() / 1000);
  const sign = (options: Parameters<typeof signed>[1] = {}) => signed(body, options);
  const at = (seconds: number) => ({ at: new Date((now + seconds) * 1000) });

  for (const header of HEADERS) {
    for (const value of VALUES)
      yield refused(`${header} ${JSON.stringify(value).slice(0, 60)}`, () =>
        send(HOOK, withHeader(sign(), header, value)),
      );
    yield refused(`no ${header}`, () => send(HOOK, withHeader(sign(), header, null)));
    yield refused(`${header} under another name`, () => send(HOOK, renamed(sign(), header)));
  }
  for (const seconds of [-310, -600, -86_400, -now, 310, 600, 86_400, 10 ** 9]) {
    yield refused(`signed ${seconds} s from now`, () => send(HOOK, sign(at(seconds))));
    const { headers, body: text } = sign(at(seconds));
    const moved = { ...headers, 'webhook-timestamp': String(now) };
    yield refused(`signed ${seconds} s from now, with the time of now`, () =>
      send(HOOK, { body: text, headers: moved }),
    );
  }
  for (const words of ['another secret', 'a secret of tests, of 31 bytes', '', 'A SECRET OF TESTS, OF 32 BYTES!!']) {
    yield refused(`signed with ${JSON.stringify(words)}`, () => send(HOOK, sign({ secret: secretOf(words) })));
  }
  for (const [name, change] of Object.entries(BODIES)) {
    const { headers, body: text } = sign();
    yield refused(`a body ${name}`, () => send(HOOK, { headers, body: change(text) }));
  }
  for (const [name, change] of Object.entries(SIGNATURES)) {
    const sent = sign();
    yield refused(`a signature ${name}`, () =>
      send(HOOK, withHeader(sent, 'webhook-signature', change(sent.headers['webhook-signature'] ?? ''))),
    );
  }
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'text/json',
    '',
    'application/json; charset=utf-16',
  ]) {
    yield refused(`a good one as ${JSON.stringify(type)}`, () => send(HOOK, withHeader(sign(), 'content-type', type)));
  }
  for (const as of [await world.login(people.cleo), 'x']) {
    yield refused(`${as.slice(0, 3)}… instead of a signature`, () => send(HOOK, { as, body }));
    yield refused(`${as.slice(0, 3)}… as cookie instead of a signature`, () => send(HOOK, { cookie: as, body }));
  }
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
    const { headers, body: text } = sign();
    const sent = method === 'GET' ? { headers } : { headers, body: text };
    yield refused(`a good one by ${method}`, () => send(HOOK.replace('POST', method), sent));
  }
  const once = sign();
  yield right('a good one', () => send(HOOK, once), 202);
  yield {
    name: 'a good one once more',
    harm: async () => {
      const { text } = await send(HOOK, once);
      return text.includes('seen_before') ? null : text;
    },
  };
  yield refused('another body under an id that was seen', () =>
    send(HOOK, { headers: once.headers, body: once.body.replace('pilots', 'admins') }),
  );
}

const VALUES = [
  '',
  ' ',
  'x',
  '0',
  '-1',
  '1e9',
  '0x7fffffff',
  'NaN',
  'Infinity',
  '99999999999999999999',
  'v1',
  'v1,',
  'v1,AAAA',
  'v1, AAAA',
  ',',
  'msg_\u00e9',
  'null',
  'undefined',
  '__proto__',
  'x'.repeat(5000),
  `v1,${'A'.repeat(43)}=`,
  Array(200).fill('v1,AAAA').join(' '),
];

const BODIES: Record<string, (text: string) => string> = {
  'with a space': (text) => `${text} `,
  'with a line break': (text) => `${text}\n`,
  'with another group': (text) => text.replace('pilots', 'admins'),
  'with another letter case': (text) => text.replace('pilots', 'Pilots'),
  'with a space inside': (text) => text.replace('{', '{ '),
  'cut short': (text) => text.slice(0, -1),
  'in a list': (text) => `[${text}]`,
  'with facts twice': (text) => text.replace('"facts"', '"facts":{"groups":[]},"facts"'),
  'with a field more': (text) => text.replace('{', '{"external_id":"1",'),
  'that is empty': () => '',
  'of nothing': () => '{}',
  'that is no JSON': () => '{',
  'with the user escaped': (text) => text.replace('user_id', String.raw`user\u005fid`),
  'with a mark before it': (text) => `\ufeff${text}`,
  twice: (text) => text + text,
};

const SIGNATURES: Record<string, (signature: string) => string> = {
  'of another version': (signature) => signature.replace('v1', 'v2'),
  'of an asymmetric version': (signature) => signature.replace('v1', 'v1a'),
  'of a capital version': (signature) => signature.replace('v1', 'V1'),
  'without a version': (signature) => signature.replace('v1,', ''),
  'without a comma': (signature) => signature.replace(',', ' '),
  'with a colon': (signature) => signature.replace(',', ':'),
  'in small letters': (signature) => `v1,${signature.slice(3).toLowerCase()}`,
  'cut short': (signature) => signature.slice(0, 20),
  longer: (signature) => `${signature}AAAA`,
  'with another first letter': (signature) => `v1,${signature[3] === 'A' ? 'B' : 'A'}${signature.slice(4)}`,
  'as hex': (signature) => `v1,${Buffer.from(signature.slice(3), 'base64').toString('hex')}`,
  'joined by a semicolon': (signature) => `v1,AAAA;${signature}`,
};

function withHeader({ body, headers }: Signed, name: string, value: string | null): Sent {
  const kept = Object.fromEntries(Object.entries(headers).filter(([header]) => header !== name));
  return { body, headers: value === null ? kept : { ...kept, [name]: encodeHeader(value) } };
}

function renamed({ body, headers }: Signed, name: string): Sent {
  const entries = Object.entries(headers).map(([header, value]) => [header === name ? `x-${name}` : header, value]);
  return { body, headers: Object.fromEntries(entries) };
}

/** As bytes that a header may hold. */
function encodeHeader(value: string): string {
  return Buffer.from(value).toString('latin1');
}
