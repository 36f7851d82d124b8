import { z } from 'zod';
import type { LocalDiscord } from '../../sandbox/discord.ts';

const bodyShape = z.looseObject({
  error: z.string().optional(),
  id: z.string().optional(),
  total: z.number().optional(),
  messages: z.array(z.looseObject({ id: z.string(), text: z.string() })).default([]),
});

/** Asks the control port of a local Discord. */
export async function askControl(
  discord: Pick<LocalDiscord, 'controlUrl'>,
  method: string,
  path: string,
  body?: object,
) {
  const response = await fetch(`${discord.controlUrl}/control${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const isEmpty = response.status === 204;
  return { status: response.status, body: bodyShape.parse(isEmpty ? {} : await response.json()) };
}
