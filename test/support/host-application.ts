import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { onTestFinished } from 'vitest';

export const ISSUER = 'https://host.example.org';
export const AUDIENCE = 'rolewright';
export const HOST_SECRET = 'the-host-application-has-a-secret-of-its-own';

type Algorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA';

/** A host application: its keys, an address where it gives the public ones out, and its tokens. */
export async function startHost() {
  const keys = new Map<Algorithm, { privateKey: CryptoKey; jwk: JWK }>();
  for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA'] as const) {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    keys.set(alg, { privateKey, jwk: { ...(await exportJWK(publicKey)), kid: `key-${alg}`, alg, use: 'sig' } });
  }
  /** What the address answers. */
  const answer = { status: 200, body: JSON.stringify({ keys: [...keys.values()].map(({ jwk }) => jwk) }) };
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void server.close());
  // A server that listens on a port has an address of this kind.
  const address: string | AddressInfo | null = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;

  return {
    jwksUrl: `http://127.0.0.1:${port}/jwks.json`,
    answer,
    asked: () => asked,
    keyOf(alg: Algorithm) {
      const key = keys.get(alg);
      if (!key) throw new Error(`there is no key for ${alg}`);
      return key;
    },
    /** A token as the host makes it, unless said otherwise. */
    token(claims: Record<string, unknown> = {}, alg: Algorithm = 'RS256', header: Record<string, unknown> = {}) {
      return new SignJWT(claimsOf(claims))
        .setProtectedHeader({ alg, kid: `key-${alg}`, typ: 'JWT', ...header })
        .sign(this.keyOf(alg).privateKey);
    },
  };
}

export type Host = Awaited<ReturnType<typeof startHost>>;

/** Good for five minutes from now, unless said otherwise. An undefined claim is left out. */
export function claimsOf(claims: Record<string, unknown>, now = new Date()): Record<string, unknown> {
  const seconds = Math.floor(now.getTime() / 1000);
  return { iss: ISSUER, aud: AUDIENCE, sub: 'anna@host', iat: seconds, exp: seconds + 300, ...claims };
}

/** The same by a shared secret. */
export function secretToken(claims: Record<string, unknown> = {}, secret = HOST_SECRET, alg = 'HS256') {
  return new SignJWT(claimsOf(claims)).setProtectedHeader({ alg, typ: 'JWT' }).sign(new TextEncoder().encode(secret));
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of any header and claims, with that signature. */
export function forged(header: Record<string, unknown>, claims: Record<string, unknown>, signature = ''): string {
  return `${part(header)}.${part(claimsOf(claims))}.${signature}`;
}
