import { z } from 'zod';

/** A way to Discord that has begun. */
export const startedAuth = z
  .object({
    auth_url: z.url().meta({ description: "Discord's consent page, for this browser." }),
    state: z.string().meta({ description: 'Comes back with the callback; good once, for ten minutes.' }),
  })
  .meta({ id: 'StartedAuth' });

/** Where the browser goes after the callback; whether it may is looked at when the way begins. */
export const redirectUrl = z.string().max(2000).optional().meta({
  description: 'Where to go in the end: a full address on the origin of FRONTEND_URL or API_BASE_URL.',
  example: 'https://roles.example.org/welcome',
});
