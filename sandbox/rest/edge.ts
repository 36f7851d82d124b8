import { setTimeout as sleep } from 'node:timers/promises';
import type { NextFunction, Request, Response } from 'express';
import type { RestFault } from '../faults.ts';
import type { RecordedRequest } from '../requests.ts';
import { DiscordError, refuse } from './errors.ts';
import type { Wire } from './wire.ts';

/** What the pipeline keeps with a response. */
export interface Passage {
  record: RecordedRequest;
  fault: RestFault | null;
  address: string;
}

/** `DiscordBot ($url, $version)`, and anything after it. */
const welcomeAgent = /^DiscordBot \([^\s,()]+, ?[^\s,()]+\)/;
const passages = new WeakMap<Response, Passage>();

export function passageOf(response: Response): Passage {
  const passage = passages.get(response);
  if (!passage) throw new Error('this response did not come through the edge');
  return passage;
}

/** First of all: the request is recorded, its answer counted, a banned address or a missing User-Agent turned away. */
export function recording({ world, requests, limits }: Wire) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const address = request.socket.remoteAddress ?? 'unknown';
    const record = newRecord(request);
    requests.all.push(record);
    passages.set(response, { record, fault: null, address });
    response.once('close', () => {
      record.status ??= response.writableFinished ? response.statusCode : 0;
      if (record.status !== 0) limits.countAnswer(address, record.status, response.get('X-RateLimit-Scope'));
    });
    const bannedForMs = limits.bannedForMs(address);
    if (bannedForMs > 0) {
      response.status(429).set('Retry-After', String(Math.ceil(bannedForMs / 1_000)));
      response.type('text/plain').send('error code: 1015');
      return;
    }
    const agent = request.get('User-Agent') ?? '';
    const isWelcome = world.settings.userAgent === 'strict' ? welcomeAgent.test(agent) : agent !== '';
    next(isWelcome ? undefined : refuse(40333));
  };
}

/** Scripted faults that need no knowledge of the route. `lost` and `rate_limit` are left to the route. */
export async function meetFault(
  { world, faults }: Wire,
  request: Request,
  response: Response,
): Promise<RestFault | null> {
  const passage = passageOf(response);
  const fault = faults.forRequest(passage.record);
  passage.fault = fault;
  if (fault) passage.record.fault = fault.kind;
  const waitMs = (fault?.kind === 'latency' ? fault.ms : 0) + world.settings.latencyMs;
  if (waitMs > 0) await sleep(waitMs);
  if (fault?.kind === 'status') throw new DiscordError(fault.status, 0, `${fault.status}: scripted by the sandbox`);
  if (fault?.kind === 'drop') {
    if (fault.when === 'before') dropSocket(request, response);
    else response.end = () => dropSocket(request, response);
  }
  return fault;
}

export function isDropped(response: Response): boolean {
  return response.destroyed || response.socket === null || response.socket.destroyed;
}

/** Turns what was thrown into Discord's error body. */
export function errorAnswer(error: unknown, _request: Request, response: Response, _next: NextFunction): void {
  if (response.headersSent) return;
  const known = isTooLarge(error) ? refuse(40005) : error;
  if (known instanceof DiscordError) {
    response.status(known.status).json(known.body());
    return;
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  response.status(500).json({ message: `500: the local Discord broke: ${message}`, code: 0 });
}

/** What express throws for a body beyond its own limit. */
function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'type' in error && error.type === 'entity.too.large';
}

function dropSocket(request: Request, response: Response): Response {
  passageOf(response).record.status = 0;
  request.socket.destroy();
  return response;
}

function newRecord(request: Request): RecordedRequest {
  const [path = '', query = ''] = request.originalUrl.replace(/^\/api(\/v10)?(?=\/)/, '').split('?');
  return {
    at: Date.now(),
    method: request.method,
    route: null,
    path: path.replaceAll('%40', '@'),
    query,
    status: null,
    actor: null,
    reason: null,
    fault: null,
    body: undefined,
  };
}
