import express, { Router, type Request, type Response } from 'express';
import { authorizePages, oauthRoutes } from '../oauth.ts';
import { admit, callerOf, nameOfCaller } from './auth.ts';
import { attachmentFiles } from './attachments.ts';
import { readBody } from './body.ts';
import type { Answer, Call, Caller, Route } from './call.ts';
import { errorAnswer, isDropped, meetFault, passageOf, recording } from './edge.ts';
import { notImplemented } from './errors.ts';
import { createForm } from './form.ts';
import type { Settings } from '../settings.ts';
import type { Wire } from './wire.ts';

/** The Discord port: REST under /api and /api/v10, OAuth2 below both, the authorize page, the files. */
export function createApp(wire: Wire, routes: readonly Route[]): express.Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  const api = ['/api/v10', '/api'];
  app.use('/oauth2', authorizePages(wire));
  app.use('/attachments', attachmentFiles(wire.world));
  app.use('/api', recording(wire));
  app.use(
    api.map((base) => `${base}/oauth2`),
    oauthEdge(wire),
    oauthRoutes(wire),
  );
  app.use(api, express.raw({ type: () => true, limit: '30mb' }), apiRouter(wire, routes));
  app.use((request: Request) => {
    throw notImplemented(`${request.method} ${request.path}`);
  });
  app.use(errorAnswer);
  return app;
}

/** OAuth2 routes are recorded and meet faults like all others, but bring their own answers, and know no rate limit but the global one, per address. */
function oauthEdge(wire: Wire) {
  return async (request: Request, response: Response, next: (error?: unknown) => void): Promise<void> => {
    passageOf(response).record.route = `/oauth2${request.path}`;
    const { record, address } = passageOf(response);
    const limited = { method: request.method, route: record.route ?? '', major: '', actor: address };
    const { refusal, headers } = wire.limits.check(limited);
    if (refusal) return void response.status(429).set('Retry-After', headers['Retry-After']).json(refusal);
    await meetFault(wire, request, response);
    if (!isDropped(response)) next();
  };
}

const longestReason = 512;
const verbs = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

function apiRouter(wire: Wire, routes: readonly Route[]): Router {
  const router = Router({ caseSensitive: true });
  for (const route of routes) {
    router[verbs[route.method]](route.path, (request, response) => serve(wire, route, request, response));
  }
  return router;
}

async function serve(wire: Wire, route: Route, request: Request, response: Response): Promise<void> {
  const { world, limits, faults } = wire;
  const { record, address } = passageOf(response);
  const params = Object.fromEntries(Object.entries(request.params).map(([name, value]) => [name, value.toString()]));
  record.route = route.path;
  checkIds(params);
  const caller = callerOf(world, route.auth === 'nobody' ? undefined : request.get('Authorization'));
  record.actor = nameOfCaller(caller);
  record.reason = decoded(request.get('X-Audit-Log-Reason'));
  admit(world, route, caller);
  checkReason(record.reason, world.settings);

  const limited = { method: route.method, route: route.path, major: majorOf(params), actor: record.actor ?? address };
  const verdict = limits.check(limited);
  response.set(verdict.headers);
  if (verdict.refusal) return void response.status(429).json(verdict.refusal);

  const isBeaten = faults.losesConcurrentWrites() && memberWrites.begin(response, route, params);
  const fault = await meetFault(wire, request, response);
  if (isDropped(response)) return;
  if (fault?.kind === 'rate_limit') {
    for (const name of Object.keys(verdict.headers)) response.removeHeader(name);
    const { headers, refusal } = limits.refuse(limited, fault.scope, fault.retryAfterMs);
    return void response.set(headers).status(429).json(refusal);
  }
  const call = await readCall(wire, request, caller, params, record.reason?.slice(0, longestReason) ?? null);
  Object.assign(record, { body: call.body });
  const answer = route.handle(call);
  if (fault?.kind !== 'lost' && !isBeaten) answer.apply?.();
  send(response, answer);
}

/** Role writes in flight, per member: who comes second is beaten (see `loseConcurrentWrites`). */
const memberWrites = {
  inFlight: new Map<string, number>(),
  begin(response: Response, { path }: Route, { guild_id, user_id }: Record<string, string>): boolean {
    if (!path.endsWith('/roles/:role_id') || user_id === undefined) return false;
    const key = `${guild_id}/${user_id}`;
    const before = this.inFlight.get(key) ?? 0;
    this.inFlight.set(key, before + 1);
    response.once('close', () => this.inFlight.set(key, (this.inFlight.get(key) ?? 1) - 1));
    return before > 0;
  },
};

async function readCall(
  { world }: Wire,
  request: Request,
  caller: Caller,
  params: Record<string, string>,
  reason: string | null,
): Promise<Call> {
  const raw: unknown = request.body;
  const read = await readBody(request.get('Content-Type'), Buffer.isBuffer(raw) ? raw : Buffer.alloc(0));
  return {
    world,
    caller,
    query: new URLSearchParams(request.url.split('?')[1] ?? ''),
    ...read,
    reason,
    has: (name) => params[name] !== undefined,
    param(name) {
      const value = params[name];
      if (value === undefined) throw new Error(`the route has no :${name}`);
      return value;
    },
  };
}

/** 204 carries no content type: @discordjs/rest would try to parse it. */
function send(response: Response, { status, body }: Answer): void {
  response.status(status);
  if (body === undefined) response.end();
  else response.json(body);
}

/** Ids in the path are numbers; `@original` stands for one. */
function checkIds(params: Record<string, string>): void {
  const form = createForm();
  for (const [name, value] of Object.entries(params)) {
    if (!name.endsWith('_id') || value === '@original' || /^\d{1,20}$/.test(value)) continue;
    form.fail(name, 'NUMBER_TYPE_COERCE', `Value "${value}" is not snowflake.`);
  }
  form.finish();
}

function majorOf({ guild_id, channel_id, interaction_token }: Record<string, string>): string {
  return guild_id ?? channel_id ?? interaction_token ?? '';
}

function decoded(header: string | undefined): string | null {
  if (header === undefined) return null;
  try {
    return decodeURIComponent(header);
  } catch {
    return header;
  }
}

function checkReason(reason: string | null, { longReason }: Settings): void {
  if (longReason === 'cut') return;
  const form = createForm();
  form.text('reason', reason, { max: longestReason });
  form.finish();
}
