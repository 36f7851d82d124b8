import { Webhook } from 'standardwebhooks';

export const HOOK_SECRET = `whsec_${Buffer.from('a secret of tests, of 32 bytes!!').toString('base64')}`;

let sent = 0;

/** The body and the headers of a webhook that somebody with the secret signs now. */
export function signed(
  body: unknown,
  {
    secret = HOOK_SECRET,
    id = `msg_${(sent += 1)}`,
    at = new Date(),
  }: { secret?: string; id?: string; at?: Date } = {},
): { body: string; headers: Record<string, string> } {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    body: text,
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, text),
    },
  };
}
