import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, readDatabaseAddress, VARIABLES } from '../src/config.ts';

const key = (byte: number, length = 32) => Buffer.alloc(length, byte).toString('base64');
const required = {
  DISCORD_CLIENT_ID: '100000000000000001',
  DISCORD_CLIENT_SECRET: 'client-secret-of-discord',
  DISCORD_BOT_TOKEN: 'bot.token.of-discord',
  JWT_SECRET: 'thirty-two characters, not fewer'.replaceAll(' ', '_'),
  ENCRYPTION_KEYS: `k1:${key(1)}`,
};

function problemsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the configuration', () => {
  it('has a default for everything that is not required', () => {
    expect(readConfig(required)).toEqual({
      environment: 'development',
      logLevel: 'info',
      databaseUrl: 'file:data/rolewright.db',
      jwtSecret: required.JWT_SECRET,
      encryptionKeys: [{ kid: 'k1', key: new Uint8Array(32).fill(1) }],
      syncIntervalMs: 900_000,
      stateExpiryMs: 600_000,
      tokenRefreshThresholdMs: 86_400_000,
      retentionDays: 90,
      operatorIds: [],
      discord: {
        clientId: '100000000000000001',
        clientSecret: required.DISCORD_CLIENT_SECRET,
        botToken: required.DISCORD_BOT_TOKEN,
        apiUrl: 'https://discord.com/api',
        authorizeUrl: 'https://discord.com/oauth2/authorize',
        redirectUri: 'http://localhost:3000/api/discord/auth/callback',
        scopes: ['identify', 'guilds'],
      },
      http: {
        apiBaseUrl: 'http://localhost:3000',
        frontendUrl: 'http://localhost:3000',
        host: '127.0.0.1',
        port: 3000,
        corsOrigins: ['http://localhost:3000'],
        trustProxy: false,
        requestsPerMinute: { session: 600, auth: 30 },
        metricsToken: null,
      },
      hostApplication: { jwksUrl: null, jwtSecret: null, issuer: null, audience: null },
      groups: { url: null, token: null, maxAgeMs: 3_600_000, hookSecret: null },
    });
  });

  it('takes what it is given', () => {
    const config = readConfig({
      ...required,
      ENCRYPTION_KEYS: `new:${key(2)}, old:${key(1)}`,
      DISCORD_API_URL: 'http://127.0.0.1:4000/api/v10/',
      API_BASE_URL: 'https://roles.example.org/',
      PORT: '0',
      FRONTEND_URL: 'https://www.example.org/roles/',
      DISCORD_REDIRECT_URI: 'https://roles.example.org/callback/',
      DISCORD_SCOPES: 'identify, guilds role_connections.write',
      DATABASE_URL: ':memory:',
      ENVIRONMENT: 'production',
      DISCORD_SYNC_INTERVAL: '90s',
      DISCORD_TOKEN_REFRESH_THRESHOLD: '7d',
      OPERATOR_IDS: '100000000000000002,100000000000000003',
      HOST_JWKS_URL: 'https://host.example.org/jwks.json',
      HOST_JWT_ISSUER: 'https://host.example.org',
      HOST_JWT_AUDIENCE: 'rolewright',
      GROUPS_HOOK_SECRET: `whsec_${key(5)}`,
    });
    expect(config.encryptionKeys.map(({ kid }) => kid)).toEqual(['new', 'old']);
    expect(config.discord).toMatchObject({
      apiUrl: 'http://127.0.0.1:4000/api',
      redirectUri: 'https://roles.example.org/callback/',
      scopes: ['identify', 'guilds', 'role_connections.write'],
    });
    expect(config.http).toMatchObject({
      apiBaseUrl: 'https://roles.example.org',
      port: 0,
      frontendUrl: 'https://www.example.org/roles',
      corsOrigins: ['https://www.example.org'],
    });
    expect(config).toMatchObject({
      syncIntervalMs: 90_000,
      tokenRefreshThresholdMs: 604_800_000,
      databaseUrl: ':memory:',
    });
    expect(config.operatorIds).toEqual(['100000000000000002', '100000000000000003']);
    expect(config.hostApplication).toMatchObject({ issuer: 'https://host.example.org', jwtSecret: null });
  });

  it('cannot be changed afterwards', () => {
    const config = readConfig(required);
    expect(Object.isFrozen(config.discord.scopes) && Object.isFrozen(config.http) && Object.isFrozen(config)).toBe(
      true,
    );
  });

  it('counts an empty value as absent', () => {
    expect(readConfig({ ...required, PORT: '', FRONTEND_URL: ' ', OPERATOR_IDS: '' })).toEqual(readConfig(required));
    expect(problemsOf({ ...required, JWT_SECRET: '' })).toEqual([
      'JWT_SECRET is missing. Make one with: openssl rand -base64 48',
    ]);
  });

  it.each([
    ['1', 1],
    ['false', false],
    ['loopback, 10.0.0.0/8', ['loopback', '10.0.0.0/8']],
    ['127.0.0.1 ::1 fd00::/8', ['127.0.0.1', '::1', 'fd00::/8']],
  ])('reads TRUST_PROXY=%s', (value, expected) => {
    expect(readConfig({ ...required, TRUST_PROXY: value }).http.trustProxy).toEqual(expected);
  });
});

describe('a wrong configuration', () => {
  it('tells every problem at once, in order, one a line', () => {
    const problems = problemsOf({ JWT_SECRET: 'short', PORT: 'many', DISCORD_SYNC_INTERVAL: 'often' });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'DISCORD_CLIENT_ID',
      'DISCORD_CLIENT_SECRET',
      'DISCORD_BOT_TOKEN',
      'JWT_SECRET',
      'ENCRYPTION_KEYS',
      'PORT',
      'DISCORD_SYNC_INTERVAL',
    ]);
    const { message } = new ConfigError(problems);
    expect(message.split('\n')).toHaveLength(9);
    expect(message).toMatch(/^There are 7 problems with the configuration:\n {2}- DISCORD_CLIENT_ID is missing\. Copy/);
  });

  it('tells what contradicts itself even while something else is wrong', () => {
    const secret = required.JWT_SECRET;
    const problems = problemsOf({ ...required, DISCORD_BOT_TOKEN: secret, PORT: '-1' });
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/^JWT_SECRET is the same as DISCORD_BOT_TOKEN/);
  });

  it.each([
    ['DISCORD_CLIENT_ID', 'rolewright', /must be a Discord id/],
    ['DISCORD_CLIENT_SECRET', 'changeme', /still a placeholder/],
    ['DISCORD_CLIENT_SECRET', 'your-client-secret', /still a placeholder/],
    ['DISCORD_BOT_TOKEN', 'Bot abc.def', /must not hold spaces/],
    ['JWT_SECRET', 'thirty-one_characters,_too_few.', /at least 32 characters/],
    ['JWT_SECRET', 'change-me-change-me-change-me-change-me', /still a placeholder/],
    ['ENCRYPTION_KEYS', key(1), /must be a list of name:key/],
    ['ENCRYPTION_KEYS', `k1:${key(1, 31)}`, /exactly 32 bytes/],
    ['ENCRYPTION_KEYS', `k1:${key(1, 33)}`, /exactly 32 bytes/],
    ['ENCRYPTION_KEYS', `k1:${key(0)}`, /still holds a placeholder/],
    ['ENCRYPTION_KEYS', `k1:${key(1)},k1:${key(2)}`, /one name for two keys/],
    ['DISCORD_API_URL', 'discord.com/api', /must be a full web address/],
    ['API_BASE_URL', 'http://user:secret@x.org', /must be a full web address/],
    ['API_BASE_URL', 'http://x.org/?a=1', /without a query/],
    ['PORT', '65536', /whole number from 0 to 65535/],
    ['HOST', 'local host', /must be a host name/],
    ['FRONTEND_URL', 'ftp://x.org', /must be a full web address/],
    ['DISCORD_REDIRECT_URI', '/callback', /must be a full web address/],
    ['DISCORD_SCOPES', 'guilds', /must hold identify/],
    ['DISCORD_SCOPES', 'identify https://x', /may hold only these/],
    ['DISCORD_SCOPES', 'identify guilds.join foo', /may hold only these.*: identify, email/],
    ['DISCORD_SCOPES', 'identify bot', /may hold only these/],
    ['DATABASE_URL', 'postgres://user:secret@db/rolewright', /must be file:<path>/],
    ['DATABASE_URL', 'file:', /must be file:<path>/],
    ['DATABASE_URL', 'file://data/x.db', /must be file:<path>/],
    ['ENVIRONMENT', 'prod', /must be one of development, production, test/],
    ['LOG_LEVEL', 'loud', /must be one of trace/],
    ['DISCORD_SYNC_INTERVAL', '15', /must be a time between/],
    ['DISCORD_SYNC_INTERVAL', '0m', /must be a time between/],
    ['DISCORD_STATE_EXPIRY', '1w', /must be a time between/],
    ['DISCORD_TOKEN_REFRESH_THRESHOLD', '366d', /must be a time between/],
    ['RETENTION_DAYS', '0', /whole number from 1/],
    ['OPERATOR_IDS', '100000000000000002,ann', /must be a Discord id/],
    ['CORS_ORIGINS', 'https://x.org/path', /must list origins only/],
    ['CORS_ORIGINS', '*', /must be a full web address/],
    ['TRUST_PROXY', 'nginx', /must be the number of proxies/],
    ['TRUST_PROXY', 'true', /must not be true: .* how many proxies stand in front \(1\)/],
    ['TRUST_PROXY', '1.5', /must be the number of proxies/],
    ['TRUST_PROXY', '10.0.0.0/33', /must be the number of proxies/],
    ['TRUST_PROXY', '0.0.0.0/0', /must be the number of proxies/],
    ['TRUST_PROXY', '10.0.0.0/8/8', /must be the number of proxies/],
    ['TRUST_PROXY', 'loopback, true', /must be the number of proxies/],
    ['RATE_LIMIT_PER_SESSION', '0', /whole number from 1/],
    ['RATE_LIMIT_AUTH', 'many', /whole number from 1/],
    ['METRICS_TOKEN', 'short', /at least 8 characters/],
    ['HOST_JWT_ISSUER', 'https://host.example.org', /does nothing without HOST_JWKS_URL/],
    ['GROUPS_TOKEN', 'a-token-for-the-host', /does nothing without GROUPS_URL/],
    ['GROUPS_MAX_AGE', 'old', /must be a time between/],
    ['GROUPS_HOOK_SECRET', 'whsec_short', /24 to 64 bytes/],
  ])('refuses %s=%s', (name, value, words) => {
    const problems = problemsOf({ ...required, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(words);
    expect(problems[0]?.startsWith(`${name} `)).toBe(true);
  });

  it.each(['DISCORD_CLIENT_SECRET', 'DISCORD_BOT_TOKEN', 'METRICS_TOKEN', 'GROUPS_TOKEN'])(
    'refuses a JWT_SECRET that is %s as well',
    (name) => {
      const GROUPS_URL = 'https://host.example.org';
      expect(problemsOf({ ...required, GROUPS_URL, [name]: required.JWT_SECRET })).toEqual([
        `JWT_SECRET is the same as ${name}. Make one with: openssl rand -base64 48`,
      ]);
    },
  );

  it('refuses a JWT_SECRET that is an encryption key as well', () => {
    expect(
      problemsOf({
        ...required,
        JWT_SECRET: key(1).replace(/A/, 'B'),
        ENCRYPTION_KEYS: `k1:${key(1).replace(/A/, 'B')}`,
      }),
    ).toEqual(['JWT_SECRET is the same as a key of ENCRYPTION_KEYS. Make one with: openssl rand -base64 48']);
  });

  it('asks for one way to check the host application’s tokens, with issuer and audience', () => {
    const host = { HOST_JWT_SECRET: 'a-host-secret-that-is-long-enough-for-it' };
    expect(problemsOf({ ...required, ...host })).toEqual([
      expect.stringMatching(/^HOST_JWT_ISSUER is missing/),
      expect.stringMatching(/^HOST_JWT_AUDIENCE is missing/),
    ]);
    const both = { ...host, HOST_JWKS_URL: 'https://h.org/jwks', HOST_JWT_ISSUER: 'h', HOST_JWT_AUDIENCE: 'r' };
    expect(problemsOf({ ...required, ...both })).toEqual([
      expect.stringMatching(/^HOST_JWT_SECRET and HOST_JWKS_URL exclude/),
    ]);
    const same = { HOST_JWT_SECRET: required.JWT_SECRET, HOST_JWT_ISSUER: 'h', HOST_JWT_AUDIENCE: 'r' };
    expect(problemsOf({ ...required, ...same })).toEqual([
      expect.stringMatching(/^JWT_SECRET is the same as HOST_JWT_SECRET/),
    ]);
  });

  it('asks for https in production, save on the machine itself', () => {
    const production = { ...required, ENVIRONMENT: 'production' };
    expect(problemsOf({ ...production, API_BASE_URL: 'http://roles.example.org' })).toEqual([
      expect.stringMatching(/^API_BASE_URL must begin with https:\/\/ in production/),
    ]);
    for (const address of [
      'https://roles.example.org',
      'http://localhost:3000',
      'http://127.0.0.1:80',
      'http://[::1]:1',
    ]) {
      expect(problemsOf({ ...production, API_BASE_URL: address })).toEqual([]);
    }
    expect(problemsOf(production)).toEqual([]);
  });

  it('never repeats a secret', () => {
    const leaky = {
      DISCORD_CLIENT_ID: 'leak',
      DISCORD_CLIENT_SECRET: 'changeme-leak',
      DISCORD_BOT_TOKEN: 'leak leak',
      JWT_SECRET: 'leak',
      ENCRYPTION_KEYS: 'k1:leak,leak',
      DATABASE_URL: 'postgres://me:leak@db',
      API_BASE_URL: 'https://me:leak@x.org',
      METRICS_TOKEN: 'leak',
      HOST_JWT_SECRET: 'leak',
      GROUPS_URL: 'https://me:leak@x.org',
      GROUPS_TOKEN: 'leak leak',
      GROUPS_HOOK_SECRET: 'leak',
    };
    const problems = problemsOf(leaky);
    expect(problems.length).toBeGreaterThanOrEqual(12);
    expect(problems.join()).not.toContain('leak');
  });
});

describe('.env.example', () => {
  const lines = readFileSync(new URL('../.env.example', import.meta.url), 'utf8').split('\n');
  const entries = lines.flatMap((line) => {
    const [, name, value] = /^(?:# )?([A-Z_]+)=(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });

  it('names every variable once, in order', () => {
    expect(entries.map(([name]) => name)).toEqual(VARIABLES);
  });

  it('asks for the required ones only', () => {
    const active = lines.flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
    expect(active).toEqual(Object.keys(required));
  });

  it('shows the true defaults', () => {
    expect(readConfig({ ...Object.fromEntries(entries), ...required })).toEqual(readConfig(required));
  });
});

describe('the address of the database', () => {
  it('can be read without anything else', () => {
    expect(readDatabaseAddress({})).toBe('file:data/rolewright.db');
    expect(readDatabaseAddress({ DATABASE_URL: ' file:/var/lib/r.db ' })).toBe('file:/var/lib/r.db');
    expect(() => readDatabaseAddress({ DATABASE_URL: 'postgres://me:leak@db' })).toThrow(/^There is a problem/);
  });
});
