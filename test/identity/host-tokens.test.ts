import { createHmac, createPublicKey } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createHostTokens, type HostApplication } from '../../src/identity/host-tokens.ts';
import {
  AUDIENCE,
  claimsOf,
  forged,
  HOST_SECRET,
  ISSUER,
  secretToken,
  startHost,
} from '../support/host-application.ts';

const refused = { why: expect.stringMatching(/^[ !#-[\]-~]+$/) };
const shared: HostApplication = { jwksUrl: null, jwtSecret: HOST_SECRET, issuer: ISSUER, audience: AUDIENCE };

function reader(host: Partial<HostApplication> = {}, now = () => new Date()) {
  const tokens = createHostTokens({ ...shared, ...host }, { now });
  if (!tokens) throw new Error('there is no host application');
  return tokens;
}

async function startKeys() {
  const host = await startHost();
  return { host, tokens: reader({ jwksUrl: host.jwksUrl, jwtSecret: null }) };
}

const seconds = (offset: number) => Math.floor(Date.now() / 1000) + offset;

describe('a token of the host application', () => {
  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'] as const)('is taken when it is signed with its %s key', async (alg) => {
    const { host, tokens } = await startKeys();
    expect(await tokens.read(await host.token({}, alg))).toEqual({ externalId: 'anna@host', isOperator: false });
  });

  it('is taken when it is signed with the shared secret', async () => {
    expect(await reader().read(await secretToken())).toEqual({ externalId: 'anna@host', isOperator: false });
  });

  it.each([
    { scope: 'rolewright:operator', isOperator: true },
    { scope: 'openid rolewright:operator email', isOperator: true },
    { scope: ['openid', 'rolewright:operator'], isOperator: true },
    { scope: 'rolewright:operators', isOperator: false },
    { scope: 'xrolewright:operator', isOperator: false },
    { scope: ['openid rolewright:operator'], isOperator: false },
    { scope: '', isOperator: false },
  ])('makes an operator by just the right scope: $scope', async ({ scope, isOperator }) => {
    expect(await reader().read(await secretToken({ scope }))).toMatchObject({ isOperator });
  });

  it.each([
    { name: 'of another issuer', claims: { iss: 'https://evil.example' } },
    { name: 'of no issuer', claims: { iss: undefined } },
    { name: 'for somebody else', claims: { aud: 'shop' } },
    { name: 'for nobody', claims: { aud: undefined } },
    { name: 'about nobody', claims: { sub: undefined } },
    { name: 'about an empty name', claims: { sub: '' } },
    { name: 'about a number', claims: { sub: 7 } },
    { name: 'about a list', claims: { sub: ['anna@host'] } },
    { name: 'about a name with a line break', claims: { sub: 'anna\nben' } },
    { name: 'about a name without end', claims: { sub: 'x'.repeat(256) } },
    { name: 'with a scope of another type', claims: { scope: { 'rolewright:operator': true } } },
    { name: 'without an end', claims: { exp: undefined } },
    { name: 'that is over', claims: { exp: seconds(-10) } },
    { name: 'that ends at no time', claims: { exp: 'never' } },
    { name: 'that does not hold yet', claims: { nbf: seconds(60) } },
    { name: 'that is huge', claims: { fill: 'x'.repeat(9000) } },
  ])('is not one $name', async ({ claims }) => {
    const { host, tokens } = await startKeys();
    expect(await tokens.read(await host.token(claims))).toEqual(refused);
    expect(await reader().read(await secretToken(claims))).toEqual(refused);
  });

  it('may be off by five seconds, and no more', async () => {
    const at = new Date('2026-03-01T12:00:00Z');
    const second = at.getTime() / 1000;
    const tokens = reader({}, () => at);
    const late = (offset: number) => secretToken({ exp: second + offset });
    const early = (offset: number) => secretToken({ exp: second + 60, nbf: second + offset });
    expect(await tokens.read(await late(-4))).not.toEqual(refused);
    expect(await tokens.read(await late(-6))).toEqual(refused);
    expect(await tokens.read(await early(4))).not.toEqual(refused);
    expect(await tokens.read(await early(6))).toEqual(refused);
  });

  it.each(['logout+jwt', 'secevent+jwt', 'rolewright-session+jwt', 'dpop+jwt'])(
    'is not a token of the type %s, whoever signed it',
    async (typ) => {
      const { host, tokens } = await startKeys();
      expect(await tokens.read(await host.token({}, 'RS256', { typ }))).toEqual(refused);
    },
  );

  it.each(['', 'x', 'a.b', 'a.b.c', '..', `${'a'.repeat(20_000)}.b.c`, 'eyJhbGciOiJSUzI1NiJ9..'])(
    'is not %j',
    async (text) => {
      const { tokens } = await startKeys();
      expect(await tokens.read(text.slice(0, 20_000))).toEqual(refused);
    },
  );

  it('is not one without a signature', async () => {
    const { tokens } = await startKeys();
    for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
      expect(await tokens.read(forged({ alg, typ: 'JWT' }, {}))).toEqual(refused);
      expect(await reader().read(forged({ alg, typ: 'JWT' }, {}))).toEqual(refused);
    }
    expect(await tokens.read(forged({ alg: 'RS256', kid: 'key-RS256' }, {}))).toEqual(refused);
  });

  it('is not one whose secret is the public key', async () => {
    const { host, tokens } = await startKeys();
    const { jwk } = host.keyOf('RS256');
    const pem = createPublicKey({ key: { ...jwk }, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const text = forged({ alg: 'HS256', kid: 'key-RS256', typ: 'JWT' }, {}).slice(0, -1);
    for (const secret of [pem, JSON.stringify(jwk), jwk.n ?? '', Buffer.from(jwk.n ?? '', 'base64url')]) {
      const signature = createHmac('sha256', secret).update(text).digest('base64url');
      expect(await tokens.read(`${text}.${signature}`)).toEqual(refused);
    }
  });

  it('is not one that brings its own key', async () => {
    const { tokens } = await startKeys();
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = await exportJWK(publicKey);
    const headers = [
      { jwk },
      { jku: 'http://127.0.0.1:1/jwks.json' },
      { x5u: 'http://127.0.0.1:1/' },
      { jwk, kid: 'key-RS256' },
    ];
    for (const header of headers) {
      const token = new SignJWT(claimsOf({})).setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...header });
      expect(await tokens.read(await token.sign(privateKey))).toEqual(refused);
    }
  });

  it('is not one signed with another key, whatever it calls it', async () => {
    const { tokens } = await startKeys();
    const { privateKey } = await generateKeyPair('RS256');
    for (const kid of ['key-RS256', 'key-ES256', 'unknown', '../../etc/passwd', "' or 1=1 --"]) {
      const token = new SignJWT(claimsOf({})).setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' });
      expect(await tokens.read(await token.sign(privateKey))).toEqual(refused);
    }
  });

  it('is not one of other algorithms of the same secret, or of another secret', async () => {
    expect(await reader().read(await secretToken({}, HOST_SECRET, 'HS512'))).toEqual(refused);
    expect(await reader().read(await secretToken({}, `${HOST_SECRET}!`))).toEqual(refused);
    const { tokens } = await startKeys();
    expect(await tokens.read(await secretToken())).toEqual(refused);
  });

  it('is not one that was altered', async () => {
    const { host, tokens } = await startKeys();
    const [header = '', , signature = ''] = (await host.token()).split('.');
    const [, payload = ''] = forged({}, { sub: 'ben@host' }).split('.');
    expect(await tokens.read(`${header}.${payload}.${signature}`)).toEqual(refused);
  });

  it('is not one with a header that has to be understood and is not', async () => {
    const { host, tokens } = await startKeys();
    expect(await tokens.read(forged({ alg: 'RS256', kid: 'key-RS256', crit: ['b64'], b64: false }, {}, 'x'))).toEqual(
      refused,
    );
    expect(host.asked()).toBeLessThanOrEqual(1);
  });
});

describe('a refused token of the host application', () => {
  it.each([
    { why: 'claim iss is not the one that is accepted', claims: { iss: 'https://evil.example' } },
    { why: 'claim iss is not the one that is accepted', claims: { iss: undefined } },
    { why: 'claim aud is not the one that is accepted', claims: { aud: 'shop' } },
    { why: 'lacks the claim aud', claims: { aud: undefined } },
    { why: 'lacks the claim exp', claims: { exp: undefined } },
    { why: 'lacks the claim sub', claims: { sub: undefined } },
    { why: 'claim sub that cannot be used', claims: { sub: '' } },
    { why: 'claim scope that cannot be used', claims: { scope: 7 } },
    { why: 'has expired', claims: { exp: seconds(-10) } },
    { why: 'claim exp that is not of its type', claims: { exp: 'never' } },
    { why: 'does not hold yet', claims: { nbf: seconds(60) } },
    { why: 'too long', claims: { fill: 'x'.repeat(9000) } },
  ])('is told why: $why', async ({ why, claims }) => {
    const { host, tokens } = await startKeys();
    const told = { why: expect.stringContaining(why) };
    expect(await tokens.read(await host.token(claims))).toEqual(told);
    expect(await reader().read(await secretToken(claims))).toEqual(told);
  });

  it('is told what is wrong with its header or its signature', async () => {
    const { host, tokens } = await startKeys();
    const why = async (token: string) => {
      const answer = await tokens.read(token);
      return 'why' in answer ? answer.why : null;
    };
    expect(await why('a.b.c')).toContain('nor a JWT');
    expect(await why(await host.token({}, 'RS256', { typ: 'logout+jwt' }))).toContain('another type');
    expect(await why(await secretToken())).toContain('has to be RS256, ES256, PS256, EdDSA');
    expect(await why(await host.token({}, 'RS256', { kid: 'unknown' }))).toContain('key id (kid)');
    expect(await why((await host.token()).replace(/[^.]{8}$/, 'AAAAAAAA'))).toContain('signature');
    const key = host.keyOf('RS256').jwk;
    host.answer.body = JSON.stringify({ keys: [key, { ...key, kid: 'another' }] });
    const fresh = reader({ jwksUrl: host.jwksUrl, jwtSecret: null });
    const nameless = await host.token({}, 'RS256', { kid: undefined });
    expect(await fresh.read(nameless)).toEqual({ why: expect.stringContaining('Several keys') });
  });

  it('is told nothing that it holds, and of its claims nothing before its signature is right', async () => {
    const claims = { iss: ISSUER, aud: 'zebra', sub: 'zebra', exp: seconds(-10) };
    expect(await reader().read(await secretToken(claims, `${HOST_SECRET}!`))).toEqual({
      why: expect.stringContaining('signature'),
    });
    for (const wrong of [claims, { ...claims, iss: 'zebra' }, { scope: { zebra: 1 } }]) {
      expect(JSON.stringify(await reader().read(await secretToken(wrong)))).not.toContain('zebra');
    }
  });
});

describe("the host application's keys", () => {
  it.each([
    { name: 'an error', status: 500, body: '{}' },
    { name: 'a page', status: 200, body: '<html>' },
    { name: 'no keys', status: 200, body: '{"keys": 1}' },
    { name: 'a redirect', status: 302, body: '' },
  ])('are out of reach while their address answers $name: nobody is taken for nobody', async ({ status, body }) => {
    const { host, tokens } = await startKeys();
    Object.assign(host.answer, { status, body });
    await expect(tokens.read(await host.token())).rejects.toMatchObject({ code: 'host_unavailable' });
  });

  it('are out of reach when nobody listens', async () => {
    const { host } = await startKeys();
    const tokens = reader({ jwksUrl: 'http://127.0.0.1:1/jwks.json', jwtSecret: null });
    await expect(tokens.read(await host.token())).rejects.toMatchObject({ code: 'host_unavailable' });
  });

  it('are asked for once, however many tokens with unknown keys come', async () => {
    const { host, tokens } = await startKeys();
    await tokens.read(await host.token());
    for (let index = 0; index < 20; index++) {
      expect(await tokens.read(await host.token({}, 'RS256', { kid: `unknown-${index}` }))).toEqual(refused);
    }
    expect(host.asked()).toBe(1);
  });

  it("are not asked for because of a token that is not the host's at all", async () => {
    const { host, tokens } = await startKeys();
    await tokens.read(await host.token({ iss: 'https://evil.example' }));
    await tokens.read('a.b.c');
    expect(host.asked()).toBe(0);
  });

  it('are none where there is no host application', () => {
    expect(
      createHostTokens({ jwksUrl: null, jwtSecret: null, issuer: null, audience: null }, { now: () => new Date() }),
    ).toBeNull();
  });
});
