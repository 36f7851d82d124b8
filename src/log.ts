import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger };

/** Keys whose values no log line may hold, at any depth. */
const SECRET_KEYS = new Set(
  (
    'authorization cookie cookies set-cookie token accessToken access_token refreshToken refresh_token ' +
    'botToken bot_token secret clientSecret client_secret jwtSecret codeVerifier code_verifier password ' +
    'encryptionKeys metricsToken hookSecret requestBody query'
  ).split(' '),
);

/** What serializers of other packages (pino-http's) may add after our own look at the data. */
const FROM_SERIALIZERS = [
  'req.headers.authorization',
  'req.headers.cookie',
  'req.query',
  'res.headers["set-cookie"]',
  'err.requestBody',
];

const CENSOR = '[redacted]';
const MAX_DEPTH = 6;

/**
 * The root logger; parts of Rolewright get `log.child({ part })`. Data first, static text second.
 * @param destination where the lines go, standard output unless given
 */
export function createLogger({ level }: { level: string }, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (data: object) => censored(data),
    },
    serializers: { err: describeError, error: describeError, cause: describeError },
    redact: { paths: FROM_SERIALIZERS, censor: CENSOR },
    hooks: { streamWrite: maskSecrets },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** A copy without the values of secret keys. */
function censored(data: object, depth = 0): Record<string, unknown> {
  const entries = Object.entries(data);
  return Object.fromEntries(entries.map(([key, value]) => [key, SECRET_KEYS.has(key) ? CENSOR : look(value, depth)]));
}

/** Looks into plain data only: errors and the like have their serializers. */
function look(value: unknown, depth: number): unknown {
  if (Array.isArray(value)) return depth < MAX_DEPTH ? value.map((item) => look(item, depth + 1)) : CENSOR;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return depth < MAX_DEPTH ? censored(value, depth + 1) : CENSOR;
}

/** Tokens that travel inside longer text: in paths, in query strings, after the name of their scheme. */
const IN_TEXT: readonly [RegExp, string][] = [
  [/(\/(?:webhooks|interactions)\/\d+\/)[\w.~%-]+/g, `$1${CENSOR}`],
  [/(\/link\/)[\w.~%-]+/g, `$1${CENSOR}`],
  [/([?&](?:code|state|token|access_token|refresh_token|code_verifier|client_secret)=)[^&\s"'\\#]+/gi, `$1${CENSOR}`],
  [/\b((?:Bearer|Bot|Basic) )(?=[\w.~+/=-]*[\d.])(?=[\w.~+/=-]*[A-Za-z])[\w.~+/=-]{16,}/g, `$1${CENSOR}`],
  [/\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}\b/g, CENSOR],
  [/\beyJ[\w-]{8,}\.[\w-]*\.[\w-]+(?:\.[\w-]*\.[\w-]+)?/g, CENSOR],
];

/** The text without the tokens that it carries: the last gate before a line is written. */
function maskSecrets(text: string): string {
  return IN_TEXT.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text);
}

/** What of an error tells something and gives nothing away: requests' headers and bodies stay out. */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const described: Record<string, unknown> = { type: error.name, message: error.message, stack: error.stack };
  for (const key of ['code', 'status', 'method', 'url', 'syscall', 'address', 'port'] as const) {
    const value: unknown = Reflect.get(error, key);
    if (typeof value === 'string' || typeof value === 'number') described[key] = value;
  }
  if (error.cause !== undefined && depth < 5) described['cause'] = describeError(error.cause, depth + 1);
  if (error instanceof AggregateError && depth < 5) {
    described['errors'] = error.errors.slice(0, 5).map((inner) => describeError(inner, depth + 1));
  }
  return described;
}
