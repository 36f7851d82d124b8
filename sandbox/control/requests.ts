import { Router } from 'express';
import { z } from 'zod';
import { defined, queryOf, type Driven } from './driven.ts';

const filter = z
  .object({
    method: z.string(),
    route: z.string(),
    status: z.coerce.number().int(),
    actor: z.string(),
    fault: z.string(),
    containing: z.string(),
  })
  .partial().shape;

/** What was asked of Discord's REST, in order of arrival. */
export function requestRoutes({ requests }: Driven): Router {
  const router = Router();

  /** `writes_only`: only what changes a guild. `limit`: only the newest so many. */
  router.get('/requests', (request, response) => {
    const { writes_only, limit, ...wanted } = queryOf(request, {
      ...filter,
      writes_only: z.stringbool().default(false),
      limit: z.coerce.number().int().min(1).default(1_000),
    });
    const writes = new Set(writes_only ? requests.writes() : []);
    const found = requests.filter(defined(wanted)).filter((each) => !writes_only || writes.has(each));
    response.json({ total: found.length, requests: found.slice(-limit) });
  });

  router.delete('/requests', (_request, response) => {
    requests.clear();
    response.sendStatus(204);
  });
  return router;
}
