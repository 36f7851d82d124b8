import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { AppError } from '../errors.ts';
import type { Caller } from '../identity/callers.ts';
import { run } from './json-body.ts';

/** Each throws when somebody asks too often; the answer carries `Retry-After`. */
export interface RateLimits {
  /** By account; who is not known counts by his address. */
  api(req: Request, res: Response, caller: Caller | null): Promise<void>;
  /** By address, for machines: whoever else comes from there takes nothing from them. */
  machine(req: Request, res: Response): Promise<void>;
  /** By address, for logging in and linking. */
  auth(req: Request, res: Response): Promise<void>;
}

const MINUTE_MS = 60_000;

/** @param perMinute how many requests of one account, and how many of one address on auth routes */
export function createRateLimits(perMinute: { session: number; auth: number }): RateLimits {
  const accounts = new WeakMap<Request, string>();
  const keyOf = (req: Request) => accounts.get(req) ?? addressOf(req);
  const auth = limit(perMinute.auth, addressOf);
  const machine = limit(perMinute.session, addressOf);
  const api = limit(perMinute.session, keyOf);
  return {
    async api(req, res, caller) {
      if (caller) accounts.set(req, caller.accountId);
      await run(api, req, res);
    },
    machine: (req, res) => run(machine, req, res),
    auth: (req, res) => run(auth, req, res),
  };
}

function limit(most: number, keyOf: (req: Request) => string): RequestHandler {
  return rateLimit({
    windowMs: MINUTE_MS,
    limit: most,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: keyOf,
    handler: (_req, _res, next) => {
      next(new AppError('rate_limited', 'That was too often. Wait as long as Retry-After says, then go on.'));
    },
  });
}

/** A network of one household or server counts as one address. */
function addressOf(req: Request): string {
  return ipKeyGenerator(req.ip ?? '');
}
