import * as fc from 'fast-check';
import { CompactEncrypt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { createTokenVault, TokenUnreadable } from '../../src/identity/token-vault.ts';

const key = (kid: string, byte: number) => ({ kid, key: new Uint8Array(32).fill(byte) });
const vault = createTokenVault([key('new', 1), key('old', 2)]);

describe('the token vault', () => {
  it('gives back any token that it sealed', async () => {
    const cases = fc.asyncProperty(fc.string({ unit: 'binary' }), fc.string(), async (token, rowId) => {
      expect(await vault.open(await vault.seal(token, rowId), rowId)).toBe(token);
    });
    await fc.assert(cases, { numRuns: 50 });
  });

  it('shows nothing of the token, and seals one token differently each time', async () => {
    const [one, other] = await Promise.all([vault.seal('a-token', 'row'), vault.seal('a-token', 'row')]);
    expect(one).not.toContain(Buffer.from('a-token').toString('base64url'));
    expect(one).not.toBe(other);
  });

  it('seals with the first key and opens with every key', async () => {
    const sealedBefore = await createTokenVault([key('old', 2)]).seal('a-token', 'row');
    expect(decodeProtectedHeader(await vault.seal('a-token', 'row'))).toMatchObject({
      alg: 'dir',
      enc: 'A256GCM',
      kid: 'new',
    });
    expect(await vault.open(sealedBefore, 'row')).toBe('a-token');
  });

  it('opens a token only for the row that it was sealed for', async () => {
    const jwe = await vault.seal('a-token', 'row');
    await expect(vault.open(jwe, 'another row')).rejects.toThrow(TokenUnreadable);
  });

  it('says in words that a key is gone', async () => {
    const jwe = await vault.seal('a-token', 'row');
    const opened = createTokenVault([key('old', 2)]).open(jwe, 'row');
    await expect(opened).rejects.toThrow('The key new of a stored token is not in ENCRYPTION_KEYS.');
  });

  it('refuses a token when another key took the same name', async () => {
    const jwe = await vault.seal('a-token', 'row');
    await expect(createTokenVault([key('new', 9)]).open(jwe, 'row')).rejects.toThrow(TokenUnreadable);
  });

  it('refuses a token whose row was rewritten in its header', async () => {
    const [, ...rest] = (await vault.seal('a-token', 'row')).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'dir', enc: 'A256GCM', kid: 'new', row: 'mine' })).toString(
      'base64url',
    );
    await expect(vault.open([header, ...rest].join('.'), 'mine')).rejects.toThrow(TokenUnreadable);
  });

  it.each(['', 'plain-token', 'a.b.c.d.e', '....'])('refuses %j, which is no JWE', async (text) => {
    await expect(vault.open(text, 'row')).rejects.toThrow(TokenUnreadable);
  });

  it('takes no other algorithm, though the key would fit', async () => {
    const jwe = await new CompactEncrypt(new TextEncoder().encode('a-token'))
      .setProtectedHeader({ alg: 'A256KW', enc: 'A256GCM', kid: 'new', row: 'row' })
      .encrypt(new Uint8Array(32).fill(1));
    await expect(vault.open(jwe, 'row')).rejects.toThrow(TokenUnreadable);
  });

  it('cannot be made without a key', () => {
    expect(() => createTokenVault([])).toThrow('ENCRYPTION_KEYS names no key.');
  });
});
