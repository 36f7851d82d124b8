import { isIP } from 'node:net';
import { z } from 'zod';

// The kinds of values that the environment holds. Each one's complaint continues the sentence "<VARIABLE> ...", and
// none of them repeats a value, for it may be a secret.

const DAY_MS = 86_400_000;
const UNITS = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', DAY_MS],
]);
const PLACEHOLDER =
  /^(change[-_ ]?(me|this)|your[-_ ]|replace[-_ ]?(me|this|with)|put[-_ ]|insert[-_ ]|placeholder|<.*>$)/i;

/** A value read by `read`, which throws the complaint. */
export function parsed<T>(field: z.ZodType<string, string | undefined>, read: (value: string) => T) {
  return field.transform((value, context): T => {
    try {
      return read(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Complaint ? error.message : 'cannot be read.' });
      return z.NEVER;
    }
  });
}

class Complaint extends Error {}

function insist(isRight: boolean, complaint: string): asserts isRight {
  if (!isRight) throw new Complaint(complaint);
}

/** A value that there is no default for. */
export function required(whereToGetIt: string) {
  return z.string({ error: `is missing. ${whereToGetIt}` });
}

/** A secret that is not an obvious placeholder, and has at least so many characters. */
export function secret(field: z.ZodType<string, string | undefined>, minLength = 1) {
  return parsed(field, (value) => {
    insist(!PLACEHOLDER.test(value), 'is still a placeholder. Replace it by the real, secret value.');
    insist(
      value.length >= minLength,
      `is too short: it needs at least ${minLength} characters. Make one with: openssl rand -base64 48`,
    );
    insist(!/\s/.test(value), 'must not hold spaces or line breaks. Copy it again.');
    return value;
  });
}

/** `15m` and the like, as milliseconds. */
export function duration(standard: string) {
  return parsed(z.string().default(standard), (value) => {
    const [, amount, unit = ''] = /^(\d{1,9})([smhd])$/.exec(value) ?? [];
    const ms = Number(amount) * (UNITS.get(unit) ?? Number.NaN);
    insist(
      ms >= 1000 && ms <= 365 * DAY_MS,
      `must be a time between 1s and 365d, such as ${standard} (units: s, m, h, d).`,
    );
    return ms;
  });
}

export function wholeNumber(standard: number, min: number, max: number) {
  return parsed(z.string().default(String(standard)), (value) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    insist(number >= min && number <= max, `must be a whole number from ${min} to ${max}.`);
    return number;
  });
}

export function oneOf<const T extends string>(choices: readonly [T, ...T[]], standard: T) {
  return z.enum(choices, { error: `must be one of ${choices.join(', ')}.` }).default(standard);
}

/** A web address without query and fragment; a slash at its end goes. */
export function webAddress(field: z.ZodType<string, string | undefined>) {
  return parsed(field, (value) => readUrl(value).href.replace(/\/+$/, ''));
}

/** A web address that is compared letter by letter elsewhere, so that it stays as it is. */
export function exactAddress(field: z.ZodType<string, string | undefined>) {
  return parsed(field, (value) => {
    readUrl(value);
    return value;
  });
}

function readUrl(value: string): URL {
  const url = URL.parse(value);
  insist(
    url !== null && ['http:', 'https:'].includes(url.protocol) && !url.username && !url.password && !/[?#]/.test(value),
    'must be a full web address without a query, such as https://roles.example.org',
  );
  return url;
}

/** Values between commas or spaces; `read` looks at each. */
export function list<T>(field: z.ZodType<string, string | undefined>, read: (value: string) => T) {
  return parsed(field, (value) =>
    value
      .split(/[\s,]+/)
      .filter(Boolean)
      .map(read),
  );
}

/** A web origin, as browsers send it. */
export function readOrigin(value: string): string {
  const url = readUrl(value);
  insist(url.pathname === '/', 'must list origins only, such as https://roles.example.org (no path).');
  return url.origin;
}

export function readSnowflake(value: string): string {
  insist(
    /^\d{17,20}$/.test(value),
    'must be a Discord id: 17 to 20 digits, as the developer portal and Copy ID in Discord show them.',
  );
  return value;
}

/** The OAuth2 scopes that Discord grants any application for its users; an unknown one would fail every login. */
const SCOPES = [
  'identify',
  'email',
  'connections',
  'guilds',
  'guilds.join',
  'guilds.members.read',
  'role_connections.write',
];

export function readScope(value: string): string {
  insist(SCOPES.includes(value), `may hold only these, with spaces between: ${SCOPES.join(', ')}.`);
  return value;
}

/** One `kid:base64` of ENCRYPTION_KEYS. */
export function readKey(entry: string): { kid: string; key: Uint8Array } {
  const [, kid, base64] = /^([\w.-]{1,64}):([A-Za-z0-9+/_-]+={0,2})$/.exec(entry) ?? [];
  insist(
    kid !== undefined && base64 !== undefined,
    'must be a list of name:key, such as: k1:<openssl rand -base64 32>',
  );
  const key = new Uint8Array(Buffer.from(base64, 'base64'));
  insist(key.length === 32, 'must hold keys of exactly 32 bytes in base64. Make one with: openssl rand -base64 32');
  insist(key.some(Boolean), 'still holds a placeholder. Make a key with: openssl rand -base64 32');
  return { kid, key };
}

/** `file:path` or `:memory:`. */
export function readDatabaseUrl(value: string): string {
  const isFile = /^file:(\/\/\/.|[^/]|\/[^/])/.test(value);
  insist(isFile || value === ':memory:', 'must be file:<path>, such as file:data/rolewright.db');
  return value;
}

/** What Express calls `trust proxy`: how many proxies stand before it, or their addresses. Never whoever says so. */
export function readTrustProxy(value: string): false | number | string[] {
  if (value === 'false') return false;
  insist(
    value !== 'true',
    'must not be true: anybody could give himself any address then. Write how many proxies stand in front (1), or their addresses (10.0.0.0/8, loopback).',
  );
  if (/^\d{1,2}$/.test(value)) return Number(value);
  const proxies = value.split(/[\s,]+/).filter(Boolean);
  insist(
    proxies.every((proxy) => NETWORKS.has(proxy) || isNetwork(proxy)),
    'must be the number of proxies in front (1), or their addresses (10.0.0.0/8, loopback).',
  );
  return proxies;
}

/** Names that Express has for networks that are not the internet. */
const NETWORKS: ReadonlySet<string> = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** An address, or a network that does not hold everybody. */
function isNetwork(value: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(value) ?? [];
  const mostBits = new Map([
    [4, 32],
    [6, 128],
  ]).get(isIP(address));
  if (mostBits === undefined) return false;
  return bits === undefined || (Number(bits) >= 1 && Number(bits) <= mostBits);
}

/** The secret of Standard Webhooks: base64 of 24 to 64 bytes, with or without its `whsec_`. */
export function readHookSecret(value: string): string {
  const base64 = value.replace(/^whsec_/, '');
  const { length } = Buffer.from(base64, 'base64');
  insist(
    /^[A-Za-z0-9+/]+={0,2}$/.test(base64) && length >= 24 && length <= 64,
    'must be whsec_ and 24 to 64 bytes in base64. Make one with: echo whsec_$(openssl rand -base64 32)',
  );
  return value;
}
