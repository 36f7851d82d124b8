import { createHash, createHmac, randomBytes } from 'node:crypto';

const secret = /^[\w-]{43}$/;

/** 32 random bytes as base64url: a link token (which is the OAuth state as well), or a browser's id. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Whether a value from outside can be one of ours at all. */
export function isSecret(value: unknown): value is string {
  return typeof value === 'string' && secret.test(value);
}

/** What is stored in place of a secret. It has 256 bits of its own, so a plain hash is enough. */
export function hashSecret(value: string): string {
  return createHash('sha256').update(value).digest('base64url');
}

export interface Pkce {
  verifier: (state: string) => string;
  challenge: (state: string) => string;
}

/** PKCE (RFC 7636, S256): the verifier is derived from the state, so that nothing secret has to be stored. */
export function createPkce(jwtSecret: string): Pkce {
  const key = createHmac('sha256', jwtSecret).update('rolewright/pkce/v1').digest();
  const verifier = (state: string) => createHmac('sha256', key).update(state).digest('base64url');
  return { verifier, challenge: (state) => hashSecret(verifier(state)) };
}

/** Discord refuses PKCE together with `role_connections.write`: then the state stands alone. */
export function allowsPkce(scopes: readonly string[]): boolean {
  return !scopes.includes('role_connections.write');
}
