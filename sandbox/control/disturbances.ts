import { Router } from 'express';
import { z } from 'zod';
import { bodyOf, defined, type Driven } from './driven.ts';

const ms = z.number().min(0);
const restFault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('latency'), ms }),
  z.strictObject({ kind: z.literal('status'), status: z.int().min(400).max(599) }),
  z.strictObject({ kind: z.literal('drop'), when: z.enum(['before', 'after']) }),
  z.strictObject({
    kind: z.literal('rate_limit'),
    scope: z.enum(['user', 'shared', 'global']),
    retryAfterMs: ms,
  }),
  z.strictObject({ kind: z.literal('lost') }),
]);
const eventFault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('delay'), ms }),
  z.strictObject({ kind: z.literal('duplicate') }),
  z.strictObject({ kind: z.literal('reorder') }),
  z.strictObject({ kind: z.literal('drop') }),
]);
const script = z.object({ after: z.int().min(0), times: z.int().min(1), from: ms, until: ms }).partial().shape;

/** Everything that can go wrong on purpose. */
export function disturbanceRoutes({ faults, gateway, down, up }: Driven): Router {
  const router = Router();
  router.put('/faults/profile', (request, response) => {
    const { profile, seed } = bodyOf(request, {
      profile: z.enum(['gentle', 'unkind']),
      seed: z.int().optional(),
    });
    faults.setProfile(profile, seed);
    response.sendStatus(204);
  });

  /** `route` is a template such as `/guilds/:guild_id/members/:user_id/roles/:role_id`. */
  router.post('/faults/rest', (request, response) => {
    const shape = { method: z.string().optional(), route: z.string().optional(), fault: restFault, ...script };
    faults.rest(defined(bodyOf(request, shape)));
    response.sendStatus(204);
  });

  router.post('/faults/events', (request, response) => {
    faults.events(defined(bodyOf(request, { type: z.string().optional(), fault: eventFault, ...script })));
    response.sendStatus(204);
  });

  /** Ends every script and the profile. */
  router.delete('/faults', (_request, response) => {
    faults.clear();
    response.sendStatus(204);
  });

  router.post('/gateway', (request, response) => {
    const { action, code } = bodyOf(request, {
      action: z.enum(['cut', 'drop', 'zombie', 'reconnect', 'invalidate', 'invalidate_resumable']),
      code: z.int().min(1000).max(4999).default(4000),
    });
    const acts = {
      cut: () => gateway.cut(code),
      drop: () => gateway.dropAll(),
      zombie: () => gateway.zombie(),
      reconnect: () => gateway.askToReconnect(),
      invalidate: () => gateway.invalidate(false),
      invalidate_resumable: () => gateway.invalidate(true),
    };
    acts[action]();
    response.sendStatus(204);
  });

  /** `down: true`: nothing answers on the Discord port until `down: false`. */
  router.put('/outage', (request, response) => {
    const change = bodyOf(request, { down: z.boolean() }).down ? down() : up();
    return change.then(() => response.sendStatus(204));
  });
  return router;
}
