import { createHttpSource, type HttpSourceParts } from './http-source.ts';
import { createPushSource, type PushedSource } from './push-source.ts';

/**
 * The host application's groups: asked where it has an address, known by its pushes alone where it only has the secret
 * for them; null: there is no host.
 */
export function createHostSource(
  config: { url: string | null; token: string | null; maxAgeMs: number; hookSecret: string | null },
  parts: Pick<HttpSourceParts, 'externalIdsOf' | 'now' | 'log'>,
): PushedSource | null {
  const { url, token, maxAgeMs, hookSecret } = config;
  if (url !== null) return createHttpSource({ ...parts, url, token, maxAgeMs });
  return hookSecret === null ? null : createPushSource({ ...parts, maxAgeMs });
}
