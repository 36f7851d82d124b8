import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedirects } from '../../src/identity/redirects.ts';

const FRONTEND = 'https://roles.example.org';
const redirects = createRedirects([`${FRONTEND}/app`, 'http://localhost:3000']);

describe('where a browser may be sent', () => {
  it.each([
    FRONTEND,
    `${FRONTEND}/`,
    `${FRONTEND}/a/b?c=d&e=%2F%2Fx#f`,
    `${FRONTEND}?a=https://evil.example`,
    'http://localhost:3000/dashboard',
  ])('is %s', (asked) => {
    expect(redirects.check(asked)).toBe(new URL(asked).href);
  });

  it('is nowhere in particular if nothing was asked', () => {
    expect(redirects.check(undefined)).toBeNull();
  });

  const elsewhere = [
    '',
    '/',
    '/dashboard',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https:evil.example',
    'https:/evil.example',
    'https:\\\\roles.example.org',
    'https://evil.example',
    'https://evil.example/?x=https://roles.example.org',
    'https://evil.example#https://roles.example.org',
    'https://roles.example.org.evil.example',
    'https://roles.example.orgevil.example',
    'https://evilroles.example.org',
    'https://evil-roles.example.org',
    'https://sub.roles.example.org',
    'https://example.org',
    'https://roles.example.org:8443',
    'https://roles.example.org:443@evil.example',
    'https://roles.example.org@evil.example',
    'https://roles.example.org%40evil.example',
    'https://user@roles.example.org',
    'https://user:password@roles.example.org/',
    'https://:@roles.example.org/',
    'https://roles.example.org\\@evil.example',
    'https://roles.example.org\\.evil.example',
    'https://evil.example\\@roles.example.org',
    'https://roles.example.org\t',
    'https://roles.exam\tple.org',
    'ht\ntps://roles.example.org',
    ' https://roles.example.org',
    'https://roles.example.org ',
    'https://roles.example.org/\r\nSet-Cookie: session=x',
    'https://roles.example.org/\u0000',
    'https://roles.example.org\u3002evil.example',
    'https://roles\u3002example.org',
    'https://rоles.example.org',
    'https://ｒoles.example.org',
    'https://roles.example.org\u200b',
    'https://xn--rles-n8c.example.org',
    'https%3A%2F%2Froles.example.org',
    'https://roles%2eexample.org',
    'https://roles%252eexample.org',
    '%68ttps://roles.example.org',
    'http://roles.example.org',
    'HTTPS://ROLES.EXAMPLE.ORG@evil.example',
    'ftp://roles.example.org',
    'javascript:alert(1)',
    'javascript://roles.example.org/%0aalert(1)',
    'data:text/html,<script>alert(1)</script>',
    'blob:https://roles.example.org/1234',
    'filesystem:https://roles.example.org/x',
    'view-source:https://roles.example.org',
    'null',
    'undefined',
    `${FRONTEND}/${'x'.repeat(2000)}`,
  ];
  it.each(elsewhere.map((asked) => ({ asked })))('is not $asked', ({ asked }) => {
    expect(() => redirects.check(asked)).toThrow(expect.objectContaining({ code: 'redirect_not_allowed' }));
  });

  it('is on an allowed origin, whatever is asked', () => {
    const pieces = [
      'https://',
      'http:',
      '//',
      '\\',
      '@',
      ':',
      '%2f',
      '.',
      '\t',
      'evil.example',
      FRONTEND,
      'localhost:3000',
      '#',
      '?',
    ];
    const anything = array(oneof(constantFrom(...pieces), string({ maxLength: 5 })), { maxLength: 8 });
    assert(
      property(anything, (parts) => {
        let allowed: string | null = null;
        try {
          allowed = redirects.check(parts.join(''));
        } catch {
          return;
        }
        expect([FRONTEND, 'http://localhost:3000']).toContain(new URL(allowed ?? '').origin);
      }),
      { numRuns: 2000 },
    );
  });
});
