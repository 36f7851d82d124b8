import { Router } from 'express';
import type { Wire } from './rest/wire.ts';

/** Mounted under /api/oauth2 and /api/v10/oauth2: token, revoke, @me. */
export function oauthRoutes(_wire: Wire): Router {
  return Router();
}

/** Mounted under /oauth2: the authorize page people see. */
export function authorizePages(_wire: Wire): Router {
  return Router();
}
