import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';

/** One key of ENCRYPTION_KEYS: its name, and its 32 bytes. */
export interface VaultKey {
  kid: string;
  key: Uint8Array;
}

/** Keeps tokens unreadable at rest. Every sealed token belongs to one row and opens for that row only. */
export interface TokenVault {
  /** The token as compact JWE (`dir`, A256GCM), under the first key. */
  seal(token: string, rowId: string): Promise<string>;
  /** The token again; throws TokenUnreadable. */
  open(jwe: string, rowId: string): Promise<string>;
  /** Whether it says that it is sealed under the first key. */
  isCurrent(jwe: string): boolean;
}

/** A stored token that cannot be read: its key is gone, it was altered, or it stands in a row that it was not made for. */
export class TokenUnreadable extends Error {
  override readonly name = 'TokenUnreadable';
}

const allowed = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };

/** @param keys the first one seals, all of them open */
export function createTokenVault(keys: readonly VaultKey[]): TokenVault {
  const [first] = keys;
  if (!first) throw new Error('ENCRYPTION_KEYS names no key.');
  const byKid = new Map(keys.map(({ kid, key }) => [kid, key]));

  return {
    async seal(token, rowId) {
      // The protected header is authenticated, so the row cannot be changed without breaking the seal.
      return new CompactEncrypt(new TextEncoder().encode(token))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: first.kid, row: rowId })
        .encrypt(first.key);
    },

    isCurrent: (jwe) => readHeader(jwe).kid === first.kid,

    async open(jwe, rowId) {
      const { kid, row } = readHeader(jwe);
      const key = byKid.get(String(kid));
      if (!key) throw new TokenUnreadable(`The key ${String(kid)} of a stored token is not in ENCRYPTION_KEYS.`);
      if (row !== rowId) throw new TokenUnreadable('A stored token stands in a row that it was not made for.');
      try {
        const { plaintext } = await compactDecrypt(jwe, key, allowed);
        return new TextDecoder().decode(plaintext);
      } catch (cause) {
        throw new TokenUnreadable('A stored token was altered, or its key was replaced under the same name.', {
          cause,
        });
      }
    },
  };
}

function readHeader(jwe: string): { kid?: unknown; row?: unknown } {
  try {
    return decodeProtectedHeader(jwe);
  } catch (cause) {
    throw new TokenUnreadable('A stored token is not a JWE.', { cause });
  }
}
