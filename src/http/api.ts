import { type RequestHandler, type Response, Router } from 'express';
import { AppError } from '../errors.ts';
import type { Caller, Callers } from '../identity/callers.ts';
import { sendChunks } from './chunked.ts';
import type { Credentials } from './credentials.ts';
import type { JsonReader } from './json-body.ts';
import type { Operation, Reply, ReplyMemory } from './operation.ts';
import type { OriginCheck } from './origin-check.ts';
import { forBrowsers, only } from './problem.ts';
import type { RateLimits } from './rate-limits.ts';
import { nameOperation } from './request-times.ts';

export interface ApiParts {
  callers: Callers;
  credentials: Credentials;
  limits: RateLimits;
  checkOrigin: OriginCheck;
  readJson: JsonReader;
  memory: ReplyMemory;
}

/** Serves the operations: one route a path; any other method on it answers 405 with `Allow`. */
export function apiRouter(operations: readonly Operation[], parts: ApiParts): Router {
  const router = Router();
  for (const [path, verbs] of Map.groupBy(operations, (operation) => operation.path)) {
    const route = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    const isPage = verbs.some((verb) => verb.isPage);
    // A HEAD comes from a preview, not from a person: it must not use anything up.
    if (isPage) route.all(forBrowsers).head(only('GET'));
    for (const operation of verbs) route[operation.method](serve(operation, parts));
    const get = isPage ? ['GET'] : ['GET', 'HEAD'];
    route.all(only(...verbs.flatMap(({ method }) => (method === 'get' ? get : [method.toUpperCase()]))));
  }
  return router;
}

function serve(operation: Operation, parts: ApiParts): RequestHandler {
  const { callers, credentials, limits, checkOrigin, readJson, memory } = parts;
  const isMachine = operation.who === 'webhook' || operation.who === 'scraper';
  const nobody = { bearer: null, cookie: null };
  return async (req, res) => {
    nameOperation(res, operation.id);
    // What is refused is as personal as what is answered.
    res.setHeader('Cache-Control', 'no-store');
    if (operation.isAuth) await limits.auth(req, res);
    const sent = isMachine || operation.isProbe ? nobody : credentials.read(req);
    const found = await callers.of(sent).catch((error: unknown) => ({ error }));
    // Who guesses at tokens is counted by his address.
    const caller = found && 'error' in found ? null : found;
    if (isMachine) await limits.machine(req, res);
    else if (!operation.isProbe) await limits.api(req, res, caller);
    if (found && 'error' in found) throw found.error;
    if (!caller && !isMachine && operation.who !== 'all') throw unauthenticated();
    if (caller && sent.bearer === null) checkOrigin(req);
    const callerNow = async (): Promise<Caller | null> => {
      const now = await callers.of(sent);
      if (caller && !now) throw unauthenticated();
      return now;
    };
    const readBody = () => readJson(req, res);
    await send(res, await operation.serve({ req, res, caller, readBody, callerNow, memory }));
  };
}

async function send(res: Response, { status, headers, content }: Reply): Promise<void> {
  res.status(status);
  if (content) res.type(content.type);
  // A version tells when somebody edited it, not that all that it shows is the same: it answers no If-None-Match.
  const mayBeKept = content !== null && !isVersion(headers);
  if (mayBeKept && content.type === 'json') res.set('Cache-Control', 'private, no-cache');
  res.set(headers);
  if (content && 'chunks' in content) await sendChunks(res, content.chunks);
  else if (mayBeKept) res.send(content.text);
  else res.end(content?.text);
}

function isVersion({ ETag: tag }: Reply['headers']): boolean {
  return tag !== undefined && !tag.startsWith('W/');
}

function unauthenticated(): AppError {
  return new AppError('unauthenticated', 'Log in first, or send a session token as Authorization: Bearer.');
}
