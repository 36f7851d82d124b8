import express, { Router, type NextFunction, type Request, type Response } from 'express';
import { authorize, decide } from './oauth/authorize.ts';
import { OAuthError } from './oauth/errors.ts';
import { ownAuthorization } from './oauth/own-authorization.ts';
import { revoke, token } from './oauth/token.ts';
import { passageOf } from './rest/edge.ts';
import type { Wire } from './rest/wire.ts';

/** Mounted under /api/oauth2 and /api/v10/oauth2: token, revoke, @me. */
export function oauthRoutes(wire: Wire): Router {
  const router = Router();
  router.use(express.text({ type: () => true }), rateLimitFault);
  router.post('/token', token(wire));
  router.post('/token/revoke', revoke(wire));
  router.get('/@me', ownAuthorization(wire));
  router.use(oauthErrorAnswer);
  return router;
}

/** Mounted under /oauth2: the authorize page people see. */
export function authorizePages(wire: Wire): Router {
  const router = Router();
  router.get('/authorize', authorize(wire));
  router.post('/authorize', express.text({ type: () => true }), decide(wire));
  return router;
}

/** The scripted 429. These routes never show X-RateLimit headers. */
function rateLimitFault(_request: Request, response: Response, next: NextFunction): void {
  const { fault } = passageOf(response);
  if (fault?.kind !== 'rate_limit') {
    next();
    return;
  }
  const seconds = fault.retryAfterMs / 1_000;
  const body = { message: 'You are being rate limited.', retry_after: seconds, global: fault.scope === 'global' };
  response.status(429).set('Retry-After', String(seconds)).json(body);
}

function oauthErrorAnswer(error: unknown, _request: Request, response: Response, next: NextFunction): void {
  if (error instanceof OAuthError) response.status(error.status).json(error.body());
  else next(error);
}
