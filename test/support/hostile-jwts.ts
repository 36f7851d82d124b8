import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** The parts of a JWT before they are written. */
export interface Parts {
  header: Record<string, unknown>;
  payload: Record<string, unknown>;
}

export interface Forged {
  name: string;
  token: string;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (text = '') => Buffer.from(text, 'base64url');

/** Without `undefined` fields, as JSON has none. */
function input({ header, payload }: Parts): string {
  return `${encode(header)}.${encode(payload)}`;
}

export function hmacJwt(parts: Parts, key: string | Uint8Array, hash = 'sha256'): string {
  return `${input(parts)}.${createHmac(hash, key).update(input(parts)).digest('base64url')}`;
}

function keyJwt(parts: Parts, key: KeyObject): string {
  const hash = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const signature = sign(hash, Buffer.from(input(parts)), { key, dsaEncoding: 'ieee-p1363' });
  return `${input(parts)}.${signature.toString('base64url')}`;
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');

const withHeader = ({ header, payload }: Parts, more: Record<string, unknown>): Parts => ({
  header: { ...header, ...more },
  payload,
});
const withClaims = ({ header, payload }: Parts, more: Record<string, unknown>): Parts => ({
  header,
  payload: { ...payload, ...more },
});

/** Tokens that nobody signs: by their algorithm, or with nothing. */
export function unsigned(parts: Parts, signature: string): Forged[] {
  const algorithms = ['none', 'None', 'NONE', 'nOnE', 'none ', '', 'HS256 ', 'hs256', 'HS1', 'dir', null, ['HS256'], 0];
  return [...algorithms, undefined].flatMap((alg) =>
    Object.entries({ 'no signature': '', 'the signature of another': signature, 'a letter': 'A' }).map(
      ([name, last]) => ({
        name: `alg ${JSON.stringify(alg)} with ${name}`,
        token: `${input(withHeader(parts, { alg }))}.${last}`,
      }),
    ),
  );
}

/** Tokens that somebody has signed who does not have the key; `others` are secrets that are not for this. */
export function otherKeys(parts: Parts, key: string, others: Record<string, string | Uint8Array>): Forged[] {
  const near: Record<string, string | Uint8Array> = {
    'an empty key': '',
    'the word secret': 'secret',
    zeros: new Uint8Array(32),
    'the key backwards': key.split('').reverse().join(''),
    'the key in capitals': key.toUpperCase(),
    'the key cut short': key.slice(0, -1),
    'the key and a line break': `${key}\n`,
    'the key as base64': Buffer.from(key).toString('base64'),
    'the key, read as base64': Buffer.from(key, 'base64'),
    ...others,
  };
  const asymmetric: [string, KeyObject][] = [
    ['RS256', rsa.privateKey],
    ['ES256', ec.privateKey],
    ['EdDSA', ed.privateKey],
  ];
  return [
    ...Object.entries(near).map(([name, other]) => ({ name: `signed with ${name}`, token: hmacJwt(parts, other) })),
    ...['sha384', 'sha512'].map((hash) => ({
      name: `signed with ${hash}`,
      token: hmacJwt(withHeader(parts, { alg: `HS${hash.slice(3)}` }), key, hash),
    })),
    ...asymmetric.map(([alg, own]) => ({ name: `${alg} by oneself`, token: keyJwt(withHeader(parts, { alg }), own) })),
    { name: 'HS256 in name, sha512 in truth', token: hmacJwt(parts, key, 'sha512') },
  ];
}

/** Tokens that bring their key along, or tell where one lies. */
export function broughtKeys(parts: Parts): Forged[] {
  const mine = 'a-key-of-my-own-which-is-long-enough-too';
  const oct = { kty: 'oct', k: Buffer.from(mine).toString('base64url'), alg: 'HS256' };
  const jwk = rsa.publicKey.export({ format: 'jwk' });
  const headers: Record<string, Record<string, unknown>> = {
    jwk: { jwk: oct },
    jku: { jku: 'https://evil.example/jwks.json' },
    x5u: { x5u: 'https://evil.example/cert.pem' },
    x5c: { x5c: ['MIIB'] },
    x5t: { x5t: 'AAAA' },
    'an unknown kid': { kid: 'evil' },
    'a kid that is a path': { kid: '../../../../dev/null' },
    'a kid that is SQL': { kid: "x' union select 'AAAA'; --" },
    'a kid that is an address': { kid: 'https://evil.example/key' },
    'a kid that is no text': { kid: { a: 1 } },
    'a kid and its key': { kid: 'evil', jwk: oct },
  };
  return [
    ...Object.entries(headers).map(([name, more]) => ({
      name: `${name} and HS256`,
      token: hmacJwt(withHeader(parts, more), mine),
    })),
    ...Object.entries({ jwk: { jwk }, jku: { jku: 'https://evil.example/', kid: 'evil' }, kid: { kid: 'evil' } }).map(
      ([name, more]) => ({
        name: `${name} and RS256`,
        token: keyJwt(withHeader(parts, { alg: 'RS256', ...more }), rsa.privateKey),
      }),
    ),
  ];
}

/** Tokens of the right key that want to be read as what they are not. */
export function strangeHeaders(parts: Parts, key: string, types: readonly unknown[]): Forged[] {
  const headers: Record<string, Record<string, unknown>> = {
    'crit exp': { crit: ['exp'] },
    'crit of nothing': { crit: [] },
    'crit of what nobody knows': { crit: ['x'], x: 1 },
    'crit that is a text': { crit: 'exp' },
    'an unencoded payload': { b64: false, crit: ['b64'] },
  };
  return [
    ...Object.entries(headers).map(([name, more]) => ({ name, token: hmacJwt(withHeader(parts, more), key) })),
    ...types.map((typ) => ({ name: `typ ${JSON.stringify(typ)}`, token: hmacJwt(withHeader(parts, { typ }), key) })),
  ];
}

/** Tokens of the right key whose claims are not right; the seconds are now. */
export function wrongClaims(parts: Parts, key: string, nowSeconds: number, needed: readonly string[]): Forged[] {
  const { iss, aud } = parts.payload;
  const wrong: Record<string, unknown[]> = {
    iss: [
      'https://evil.example',
      '',
      `${String(iss)}x`,
      String(iss).toUpperCase(),
      `${String(iss)}#`,
      [],
      [iss],
      0,
      null,
      {},
    ],
    aud: ['evil', '', `${String(aud)}x`, String(aud).toUpperCase(), [], ['evil', 'other'], 0, null, {}, [[aud]]],
    exp: [nowSeconds - 6, nowSeconds - 86_400, 0, -1, '9999999999', null, {}, [nowSeconds + 60], true],
    nbf: [nowSeconds + 6, nowSeconds + 86_400, 99_999_999_999, 'tomorrow', null, {}],
    iat: ['now', null, {}],
  };
  return [
    ...Object.entries(wrong).flatMap(([claim, values]) =>
      values.map((value) => ({
        name: `${claim} ${JSON.stringify(value)}`,
        token: hmacJwt(withClaims(parts, { [claim]: value }), key),
      })),
    ),
    ...needed.map((claim) => ({ name: `no ${claim}`, token: hmacJwt(withClaims(parts, { [claim]: undefined }), key) })),
    ...[[], 'text', 1, null].map((payload) => ({
      name: `claims that are ${JSON.stringify(payload)}`,
      token: hmacText(`${encode(parts.header)}.${encode(payload)}`, key),
    })),
  ];
}

function hmacText(text: string, key: string): string {
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

/** A good token, broken: letters changed, parts swapped, cut, longer, or written in another form. */
export function broken(token: string): Forged[] {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const flipped = [header, payload, signature].flatMap((part, which) =>
    [0, 0.2, 0.4, 0.6, 0.8].map((share) => {
      const bytes = decode(part);
      const place = Math.floor(bytes.length * share);
      bytes[place] = (bytes[place] ?? 0) ^ 1;
      const changed = [header, payload, signature].with(which, bytes.toString('base64url'));
      return { name: `a bit of part ${which + 1} at ${share}`, token: changed.join('.') };
    }),
  );
  const shapes: Record<string, string> = {
    'without a signature': `${header}.${payload}.`,
    'without the last point': `${header}.${payload}`,
    'without a header': `.${payload}.${signature}`,
    'without claims': `${header}..${signature}`,
    'in four parts': `${token}.${signature}`,
    'in five parts': `${header}.${payload}.${signature}.AAAA.AAAA`,
    backwards: `${signature}.${payload}.${header}`,
    'with the header twice': `${header}.${header}.${signature}`,
    'with a signature cut in half': `${header}.${payload}.${signature.slice(0, 20)}`,
    'with a longer signature': `${token}AAAA`,
    'with a signature of zeros': `${header}.${payload}.${'A'.repeat(43)}`,
    'with a tilde': `${token}~`,
    'with a comma': `${token},${token}`,
    'in quotation marks': `"${token}"`,
    'as JSON': JSON.stringify({ protected: header, payload, signature }),
    escaped: token.replaceAll('.', '%2E'),
    'as hex': Buffer.from(token).toString('hex'),
    'as base64': Buffer.from(token).toString('base64'),
    twice: `${token}${token}`,
    'two points': '..',
    'a point': '.',
    'the word null': 'null',
    'the word undefined': 'undefined',
    'an object': '{}',
    'the word Bearer': 'Bearer',
    long: `${header}.${'A'.repeat(4000)}.${signature}`,
    longer: 'A'.repeat(9000),
  };
  return [...flipped, ...Object.entries(shapes).map(([name, changed]) => ({ name, token: changed }))];
}

/** The public key of a host application in every form that somebody might take for a secret. */
export function publicForms(key: KeyObject, jwk: object): Record<string, string | Uint8Array> {
  const pem = key.export({ type: 'spki', format: 'pem' }).toString();
  return {
    'the PEM': pem,
    'the PEM without its last line break': pem.trim(),
    'the PEM on one line': pem.replaceAll('\n', ''),
    'the DER': key.export({ type: 'spki', format: 'der' }),
    'the JWK': JSON.stringify(jwk),
    'the JWKS': JSON.stringify({ keys: [jwk] }),
  };
}
