import type { Application } from '../records.ts';
import type { World } from '../world.ts';
import { OAuthError } from './errors.ts';

/** The application that asks: by HTTP Basic, or by client_id and client_secret in the form. A public client has no secret to show. */
export function clientOf(world: World, authorization: string | undefined, form: URLSearchParams): Application {
  const { id, secret } = basicOf(authorization) ?? { id: form.get('client_id'), secret: form.get('client_secret') };
  const application = world.applications.get(id ?? '');
  const isKnown = application && (secret === application.clientSecret || (application.isPublicClient && !secret));
  if (!isKnown) throw new OAuthError(401, 'invalid_client');
  return application;
}

function basicOf(authorization: string | undefined): { id: string; secret: string } | null {
  const [scheme, encoded = ''] = authorization?.split(' ') ?? [];
  if (scheme?.toLowerCase() !== 'basic') return null;
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString().split(':');
  return { id: decode(id), secret: decode(secret.join(':')) };
}

/** RFC 6749 wants both parts form-encoded; most clients don't bother. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
