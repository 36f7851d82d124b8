import type { Request } from 'express';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { AppError } from '../errors.ts';
import { rawBodyOf } from './json-body.ts';

const LONGEST_ID = 200;

/**
 * The id of a webhook that whoever holds the secret has signed within the last 5 minutes (Standard Webhooks).
 * AppError webhook_refused, in the same words whatever is wrong.
 */
export function provenWebhookId(req: Request, secret: string): string {
  const id = req.get('webhook-id') ?? '';
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': req.get('webhook-timestamp') ?? '',
    'webhook-signature': req.get('webhook-signature') ?? '',
  };
  try {
    new Webhook(secret).verify(rawBodyOf(req), headers, { jsonParse: false });
  } catch (cause) {
    if (cause instanceof WebhookVerificationError) throw refused(cause);
    throw cause;
  }
  if (id.length > LONGEST_ID) throw refused();
  return id;
}

function refused(cause?: unknown): AppError {
  const words =
    'This webhook is not signed as it should be: check GROUPS_HOOK_SECRET on both sides, the clock, and that the body is sent as it was signed.';
  return new AppError('webhook_refused', words, { cause });
}
