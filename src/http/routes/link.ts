import { z } from 'zod';
import type { Links } from '../../identity/links.ts';
import type { BrowserCookie } from '../browser-cookie.ts';
import { operation, type Operation } from '../operation.ts';

/** GET /link/{token} - a one-time link from Discord, opened in a browser. */
export function linkOperations(parts: { links: Pick<Links, 'open'>; browserCookie: BrowserCookie }): Operation[] {
  const { links, browserCookie } = parts;
  return [
    operation({
      method: 'get',
      path: '/link/{token}',
      id: 'openLink',
      tag: 'Accounts',
      summary: 'Open a one-time link from Discord',
      description: 'For browsers. Goes on to Discord.',
      who: 'all',
      isPage: true,
      isAuth: true,
      problems: ['link_expired', 'link_other_browser'],
      params: z.object({ token: z.string() }),
      answers: { 302: null },
      async handle({ params, req, res }) {
        const { authorizeUrl, browserId } = await links.open(params.token, browserCookie.read(req));
        browserCookie.write(res, browserId);
        return { status: 302, headers: { Location: authorizeUrl } };
      },
    }),
  ];
}
