import { describe, expect, it } from 'vitest';
import { hostileCallbacks } from '../support/hostile-callbacks.ts';
import { confusedKeys, hostileHostTokens, hostlessTokens, startKeys } from '../support/hostile-hosts.ts';
import { hostileHostLinks, hostileLinkUrls } from '../support/hostile-links.ts';
import { hostileOrigins } from '../support/hostile-origins.ts';
import { hostileAddresses, hostileProxies } from '../support/hostile-proxies.ts';
import { hostileRedirects } from '../support/hostile-redirects.ts';
import { hostileSessions } from '../support/hostile-sessions.ts';
import { hostileWire } from '../support/hostile-wire.ts';
import { hostileWebhooks } from '../support/hostile-webhooks.ts';
import { countAttempts, HOST, startHostileWorld } from '../support/hostile-world.ts';

const HOST_NAMES = { HOST_JWT_ISSUER: HOST.issuer, HOST_JWT_AUDIENCE: HOST.audience };
const HOST_SECRET = { ...HOST_NAMES, HOST_JWT_SECRET: HOST.secret };

const { tried, expectNoHarm } = countAttempts();
/** On a machine that has other things to do. */
const PATIENCE_MS = 60_000;

describe('nobody gets in by', () => {
  it(
    'a callback that is not his own',
    async () => {
      await expectNoHarm(hostileCallbacks(await startHostileWorld()));
    },
    PATIENCE_MS,
  );

  it(
    'an address to go to after a login',
    async () => {
      await expectNoHarm(hostileRedirects(await startHostileWorld()));
    },
    PATIENCE_MS,
  );

  it(
    'a token that is no session',
    async () => {
      await expectNoHarm(hostileSessions(await startHostileWorld(HOST_SECRET)));
    },
    PATIENCE_MS,
  );

  it(
    'a token that the host application did not give',
    async () => {
      await expectNoHarm(hostileHostTokens(await startHostileWorld(HOST_SECRET)));
    },
    PATIENCE_MS,
  );

  it(
    'the public key of the host application',
    async () => {
      const keys = await startKeys();
      await expectNoHarm(confusedKeys(await startHostileWorld({ ...HOST_NAMES, HOST_JWKS_URL: keys.url }), keys));
    },
    PATIENCE_MS,
  );

  it(
    'a token of a host application that there is none of',
    async () => {
      await expectNoHarm(hostlessTokens(await startHostileWorld()));
    },
    PATIENCE_MS,
  );

  it(
    'a link from Discord that is not his',
    async () => {
      await expectNoHarm(hostileLinkUrls(await startHostileWorld()));
    },
    PATIENCE_MS,
  );

  it(
    'a token of Discord that he sends himself',
    async () => {
      await expectNoHarm(hostileHostLinks(await startHostileWorld(HOST_SECRET)));
    },
    PATIENCE_MS,
  );

  it(
    'a page that makes a browser write',
    async () => {
      await expectNoHarm(hostileOrigins(await startHostileWorld()));
    },
    PATIENCE_MS,
  );

  it(
    'a webhook that is not signed as it should be',
    async () => {
      await expectNoHarm(hostileWebhooks(await startHostileWorld()));
    },
    PATIENCE_MS,
  );

  it(
    'an address that he gives himself',
    async () => {
      await expectNoHarm(hostileAddresses(await startHostileWorld({ RATE_LIMIT_AUTH: '10' }), 4));
    },
    PATIENCE_MS,
  );

  it(
    'the headers of a proxy that there is none of',
    async () => {
      await expectNoHarm(hostileProxies(await startHostileWorld()));
    },
    PATIENCE_MS,
  );

  it(
    'a request that HTTP does not allow',
    async () => {
      await expectNoHarm(hostileWire(await startHostileWorld()));
    },
    PATIENCE_MS,
  );

  it('any of at least a thousand things', () => {
    expect(tried.size).toBeGreaterThanOrEqual(1000);
    process.stderr.write(`TRIED ${tried.size}\n`);
  });
});
