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
  router.use(express.text({ type: () => true }), rateLimitFault(wire));
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
function rateLimitFault({ limits }: Wire) {
  return (_request: Request, response: Response, next: NextFunction): void => {
    const { fault } = passageOf(response);
    if (fault?.kind !== 'rate_limit') {
      next();
      return;
    }
    const { headers, refusal } = limits.refuse(
      { method: '', route: '', major: '', actor: '' },
      fault.scope,
      fault.retryAfterMs,
    );
    response.status(429).set('Retry-After', headers['Retry-After']).json(refusal);
  };
}

function oauthErrorAnswer(error: unknown, _request: Request, response: Response, next: NextFunction): void {
  if (error instanceof OAuthError) response.status(error.status).json(error.body());
  else next(error);
}
