import { Router } from 'express';
import type { Links } from '../../identity/links.ts';
import type { BrowserCookie } from '../browser-cookie.ts';
import { forBrowsers, only } from '../problem.ts';

/** GET /link/:token - a one-time link from Discord, opened in a browser. */
export function linkRoutes({
  links,
  browserCookie,
}: {
  links: Pick<Links, 'open'>;
  browserCookie: BrowserCookie;
}): Router {
  const router = Router();
  router
    .route('/link/:token')
    .all(forBrowsers)
    // A HEAD comes from a preview, not from a person: it must not bind the link to anything.
    .head(only('GET'))
    .get(async (req, res) => {
      const { authorizeUrl, browserId } = await links.open(req.params.token, browserCookie.read(req));
      browserCookie.write(res, browserId);
      res.redirect(302, authorizeUrl);
    })
    .all(only('GET'));
  return router;
}
