import type { Request } from 'express';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { moment } from './fields.ts';

/** The version of a resource, for `If-Match`: when it was last edited. */
export function etagOf({ updatedAt }: { updatedAt: Date }): string {
  return `"${updatedAt.toISOString()}"`;
}

/** In a body: the `updated_at` that was read; an edit on top of somebody else's is refused. */
export const readAt = moment.optional().meta({
  description: 'The updated_at that was read. If it has changed since, the answer is 412. The same as If-Match.',
});

/** Since when the resource must be unchanged, by `If-Match` or the body's `updated_at`; null: it does not matter. */
export function unchangedSince(req: Request, updatedAt?: Date): Date | null {
  const tag = req.headers['if-match']?.trim();
  if (tag === undefined || tag === '*') return updatedAt ?? null;
  const read = z.iso.datetime().safeParse(/^"([^"]+)"$/.exec(tag)?.[1]);
  if (!read.success) {
    throw new AppError('changed_meanwhile', 'If-Match names another version. Send the ETag that you have read.');
  }
  return new Date(read.data);
}
