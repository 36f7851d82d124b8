import type { Request } from 'express';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { AppError } from '../errors.ts';
import { rawBodyOf } from './json-body.ts';

const LONGEST_ID = 200;

/**
 * The id of a webhook that whoever holds the secret has signed within the last 5 minutes (Standard Webhooks), and when
 * that was, in whole seconds. AppError webhook_refused, in the same words whatever is wrong.
 */
export function provenWebhook(req: Request, secret: string): { id: string; signedAt: Date } {
  const id = req.get('webhook-id') ?? '';
  const timestamp = req.get('webhook-timestamp') ?? '';
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': req.get('webhook-signature') ?? '',
  };
  try {
    new Webhook(secret).verify(rawBodyOf(req), headers, { jsonParse: false });
  } catch (cause) {
    if (cause instanceof WebhookVerificationError) throw refused(cause);
    throw cause;
  }
  if (id.length > LONGEST_ID) throw refused();
  return { id, signedAt: new Date(Number.parseInt(timestamp, 10) * 1000) };
}

function refused(cause?: unknown): AppError {
  const words =
    'This webhook is not signed as it should be: check GROUPS_HOOK_SECRET on both sides, the clock, and that the body is sent as it was signed.';
  return new AppError('webhook_refused', words, { cause });
}
