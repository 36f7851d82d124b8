import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';

const probes = new Set(['/livez', '/readyz']);

/** Gives every request an id of our own (one from outside is not taken), which its answer, its errors and its log lines carry. */
export const requestIds: RequestHandler = (req, res, next) => {
  req.id = randomUUID();
  res.setHeader('X-Request-Id', req.id);
  next();
};

/** One line per request: what was asked and what came of it. No header, no query, no token. */
export function requestLog(log: Logger): RequestHandler {
  return pinoHttp<Request, Response>({
    logger: log,
    quietReqLogger: true,
    quietResLogger: true,
    // pino-http's own serializers tell headers and the whole URL; errors go through the root logger's.
    wrapSerializers: false,
    serializers: { req: () => null, res: () => null },
    customAttributeKeys: { reqId: 'requestId' },
    autoLogging: { ignore: (req) => probes.has(req.path) },
    customLogLevel: (_req, res) => (res.statusCode >= 500 ? 'warn' : 'info'),
    customSuccessObject: summary,
    customErrorObject: (req, res, _error, values: { responseTime: number }) => summary(req, res, values),
    customErrorMessage: () => 'request completed',
  });
}

function summary(req: Request, res: Response, { responseTime }: { responseTime: number }) {
  return {
    method: req.method,
    path: maskedPath(req.originalUrl),
    status: res.statusCode,
    responseTimeMs: responseTime,
  };
}

/** The path alone, without the secrets that it may hold: a link's token, or anything that is long enough to be one. */
export function maskedPath(url: string): string {
  const [path = ''] = url.split('?', 1);
  return path
    .replace(/^(\/+link\/).+/i, '$1[token]')
    .split('/')
    .map((segment) => (segment.length > 36 ? '[masked]' : segment))
    .join('/');
}
