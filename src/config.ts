import { z } from 'zod';
import * as field from './config-fields.ts';

/** The configuration cannot be used; `message` lists every problem, one a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const title = problems.length === 1 ? 'There is a problem' : `There are ${problems.length} problems`;
    const list = problems.map((problem) => `  - ${problem}`).join('\n');
    super(
      `${title} with the configuration:\n${list}\nEvery setting is explained in .env.example; npm start reads a file .env.`,
    );
    this.problems = problems;
  }
}

const PORTAL = 'https://discord.com/developers/applications';
const NEW_SECRET = 'Make one with: openssl rand -base64 48';
const optional = z.string().optional();
const url = z.string();

/** SPEC section 7, in its order. `.env.example` follows it. */
const environment = z.object({
  DISCORD_CLIENT_ID: field.parsed(
    field.required(`Copy the Application ID from ${PORTAL} > General Information.`),
    field.readSnowflake,
  ),
  DISCORD_CLIENT_SECRET: field.secret(field.required(`Copy the Client Secret from ${PORTAL} > OAuth2.`)),
  DISCORD_BOT_TOKEN: field.secret(field.required(`Copy the token from ${PORTAL} > Bot > Reset Token.`)),
  JWT_SECRET: field.secret(field.required(NEW_SECRET), 32),
  ENCRYPTION_KEYS: field.list(
    field.required('Set it to k1:<key>, with a key from: openssl rand -base64 32'),
    field.readKey,
  ),
  DISCORD_API_URL: field.webAddress(url.default('https://discord.com/api')),
  DISCORD_AUTHORIZE_URL: field.webAddress(url.default('https://discord.com/oauth2/authorize')),
  API_BASE_URL: field.webAddress(url.default('http://localhost:3000')),
  PORT: field.wholeNumber(3000, 0, 65_535),
  HOST: z
    .string()
    .regex(/^\S+$/, { error: 'must be a host name or an address, such as 127.0.0.1' })
    .default('127.0.0.1'),
  FRONTEND_URL: field.webAddress(url).optional(),
  DISCORD_REDIRECT_URI: field.exactAddress(url).optional(),
  DISCORD_SCOPES: field.list(z.string().default('identify guilds'), field.readScope),
  DATABASE_URL: field.parsed(z.string().default('file:data/rolewright.db'), field.readDatabaseUrl),
  ENVIRONMENT: field.oneOf(['development', 'production', 'test'], 'development'),
  LOG_LEVEL: field.oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info'),
  DISCORD_SYNC_INTERVAL: field.duration('15m'),
  DISCORD_STATE_EXPIRY: field.duration('10m'),
  DISCORD_TOKEN_REFRESH_THRESHOLD: field.duration('24h'),
  RETENTION_DAYS: field.wholeNumber(90, 1, 3650),
  OPERATOR_IDS: field.list(z.string().default(''), field.readSnowflake),
  CORS_ORIGINS: field.list(z.string(), field.readOrigin).optional(),
  TRUST_PROXY: field.parsed(z.string().default('false'), field.readTrustProxy),
  RATE_LIMIT_PER_SESSION: field.wholeNumber(600, 1, 1_000_000),
  RATE_LIMIT_AUTH: field.wholeNumber(30, 1, 1_000_000),
  METRICS_TOKEN: field.secret(z.string(), 8).optional(),
  HOST_JWKS_URL: field.exactAddress(url).optional(),
  HOST_JWT_SECRET: field.secret(z.string(), 32).optional(),
  HOST_JWT_ISSUER: optional,
  HOST_JWT_AUDIENCE: optional,
  GROUPS_URL: field.webAddress(url).optional(),
  GROUPS_TOKEN: field.secret(z.string()).optional(),
  GROUPS_MAX_AGE: field.duration('1h'),
  GROUPS_HOOK_SECRET: field.parsed(z.string(), field.readHookSecret).optional(),
});

/** The names of all variables, in order. */
export const VARIABLES: readonly string[] = Object.keys(environment.shape);

type Environment = z.infer<typeof environment>;
type Raw = Partial<Record<keyof Environment, string>>;
export type Config = ReturnType<typeof arrange>;

/**
 * The configuration, from the environment. An empty value counts as absent.
 * @throws ConfigError with every problem at once; it never repeats a value
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const raw: Raw = Object.fromEntries(
    VARIABLES.flatMap((name) => {
      const value = env[name]?.trim();
      return value ? [[name, value]] : [];
    }),
  );
  const result = environment.safeParse(raw);
  const issues = result.success ? [] : result.error.issues;
  const problems = [...issues.map(({ path, message }) => [String(path[0]), message] as const), ...contradictions(raw)];
  if (!result.success || problems.length > 0) throw new ConfigError(inOrder(problems));
  return deepFreeze(arrange(result.data));
}

/** DATABASE_URL alone, for who needs nothing else. @throws ConfigError */
export function readDatabaseAddress(env: Record<string, string | undefined>): string {
  const address = env['DATABASE_URL']?.trim();
  const result = environment.pick({ DATABASE_URL: true }).safeParse(address ? { DATABASE_URL: address } : {});
  if (result.success) return result.data.DATABASE_URL;
  throw new ConfigError(result.error.issues.map(({ message }) => `DATABASE_URL ${message}`));
}

type Problem = readonly [name: string, complaint: string];

/** What is wrong between variables, each of which may be right by itself. Looks at the raw values, to tell it all at once. */
function contradictions(raw: Raw): Problem[] {
  const problems: Problem[] = [];
  const others = [
    'DISCORD_CLIENT_SECRET',
    'DISCORD_BOT_TOKEN',
    'HOST_JWT_SECRET',
    'METRICS_TOKEN',
    'GROUPS_TOKEN',
  ] as const;
  const twin = others.find((name) => raw.JWT_SECRET !== undefined && raw[name] === raw.JWT_SECRET);
  if (twin) problems.push(['JWT_SECRET', `is the same as ${twin}. ${NEW_SECRET}`]);
  const entries = (raw.ENCRYPTION_KEYS ?? '').split(/[\s,]+/).map((entry) => entry.split(':'));
  if (raw.JWT_SECRET !== undefined && entries.some(([, key]) => key === raw.JWT_SECRET)) {
    problems.push(['JWT_SECRET', `is the same as a key of ENCRYPTION_KEYS. ${NEW_SECRET}`]);
  }
  if (new Set(entries.map(([kid]) => kid)).size < entries.length) {
    problems.push(['ENCRYPTION_KEYS', 'uses one name for two keys. Give each key a name of its own.']);
  }
  if (raw.DISCORD_SCOPES !== undefined && !raw.DISCORD_SCOPES.split(/[\s,]+/).includes('identify')) {
    problems.push(['DISCORD_SCOPES', 'must hold identify: without it nobody can be told apart.']);
  }
  if (raw.ENVIRONMENT === 'production' && !isSafe(raw.API_BASE_URL)) {
    problems.push(['API_BASE_URL', 'must begin with https:// in production, for cookies and links travel over it.']);
  }
  return [...problems, ...hostContradictions(raw)];
}

function hostContradictions(raw: Raw): Problem[] {
  const problems: Problem[] = [];
  const proof = raw.HOST_JWKS_URL ?? raw.HOST_JWT_SECRET;
  if (raw.HOST_JWKS_URL !== undefined && raw.HOST_JWT_SECRET !== undefined) {
    problems.push(['HOST_JWT_SECRET', 'and HOST_JWKS_URL exclude each other. Set only one of the two.']);
  }
  for (const name of ['HOST_JWT_ISSUER', 'HOST_JWT_AUDIENCE'] as const) {
    if (proof !== undefined && raw[name] === undefined) {
      problems.push([
        name,
        "is missing. The host application's tokens are accepted only with an issuer and an audience.",
      ]);
    }
    if (proof === undefined && raw[name] !== undefined) {
      problems.push([name, 'does nothing without HOST_JWKS_URL or HOST_JWT_SECRET. Set one of them, or remove it.']);
    }
  }
  if (raw.GROUPS_TOKEN !== undefined && raw.GROUPS_URL === undefined) {
    problems.push(['GROUPS_TOKEN', 'does nothing without GROUPS_URL. Set that, or remove it.']);
  }
  return problems;
}

function isSafe(address: string | undefined): boolean {
  const parsed = URL.parse(address ?? 'http://localhost');
  const isLocal = /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(parsed?.hostname ?? '');
  return parsed === null || parsed.protocol === 'https:' || isLocal;
}

/** One line a problem, in the order of the variables. */
function inOrder(problems: readonly Problem[]): string[] {
  const lines = problems
    .toSorted(([a], [b]) => VARIABLES.indexOf(a) - VARIABLES.indexOf(b))
    .map(([name, complaint]) => `${name} ${complaint}`);
  return [...new Set(lines)];
}

function arrange(env: Environment) {
  const frontendUrl = env.FRONTEND_URL ?? env.API_BASE_URL;
  return {
    environment: env.ENVIRONMENT,
    logLevel: env.LOG_LEVEL,
    databaseUrl: env.DATABASE_URL,
    jwtSecret: env.JWT_SECRET,
    /** The first encrypts, all decrypt. */
    encryptionKeys: env.ENCRYPTION_KEYS,
    syncIntervalMs: env.DISCORD_SYNC_INTERVAL,
    stateExpiryMs: env.DISCORD_STATE_EXPIRY,
    tokenRefreshThresholdMs: env.DISCORD_TOKEN_REFRESH_THRESHOLD,
    retentionDays: env.RETENTION_DAYS,
    operatorIds: env.OPERATOR_IDS,
    discord: {
      clientId: env.DISCORD_CLIENT_ID,
      clientSecret: env.DISCORD_CLIENT_SECRET,
      botToken: env.DISCORD_BOT_TOKEN,
      /** Without the version. */
      apiUrl: env.DISCORD_API_URL.replace(/\/v\d+$/, ''),
      authorizeUrl: env.DISCORD_AUTHORIZE_URL,
      redirectUri: env.DISCORD_REDIRECT_URI ?? `${env.API_BASE_URL}/api/discord/auth/callback`,
      scopes: env.DISCORD_SCOPES,
    },
    http: {
      apiBaseUrl: env.API_BASE_URL,
      frontendUrl,
      host: env.HOST,
      port: env.PORT,
      corsOrigins: env.CORS_ORIGINS ?? [new URL(frontendUrl).origin],
      trustProxy: env.TRUST_PROXY,
      /** Of one account (or address), and of one address on auth routes. */
      requestsPerMinute: { session: env.RATE_LIMIT_PER_SESSION, auth: env.RATE_LIMIT_AUTH },
      metricsToken: env.METRICS_TOKEN ?? null,
    },
    hostApplication: {
      jwksUrl: env.HOST_JWKS_URL ?? null,
      jwtSecret: env.HOST_JWT_SECRET ?? null,
      issuer: env.HOST_JWT_ISSUER ?? null,
      audience: env.HOST_JWT_AUDIENCE ?? null,
    },
    groups: {
      url: env.GROUPS_URL ?? null,
      token: env.GROUPS_TOKEN ?? null,
      maxAgeMs: env.GROUPS_MAX_AGE,
      hookSecret: env.GROUPS_HOOK_SECRET ?? null,
    },
  };
}

function deepFreeze<T extends object>(value: T): Readonly<T> {
  for (const inner of Object.values(value)) {
    // Bytes cannot be frozen.
    if (typeof inner === 'object' && inner !== null && !ArrayBuffer.isView(inner)) deepFreeze(inner);
  }
  return Object.freeze(value);
}
