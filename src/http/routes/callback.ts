import { Router } from 'express';
import { z } from 'zod';
import type { Links } from '../../identity/links.ts';
import type { GuildReader } from '../../sync/ports.ts';
import type { BrowserCookie } from '../browser-cookie.ts';
import { linkedPage } from '../pages.ts';
import { forBrowsers, only } from '../problem.ts';
import { summarizeServers } from '../server-summary.ts';

const text = z.string().min(1).max(2000).optional().catch(undefined);
const callbackQuery = z.object({ code: text, state: text, error: text });

/** GET /api/discord/auth/callback and /api/auth/discord/callback - Discord sends the browser back. */
export function callbackRoutes(options: {
  links: Pick<Links, 'finish'>;
  guilds: Pick<GuildReader, 'guild'>;
  browserCookie: BrowserCookie;
}): Router {
  const { links, guilds, browserCookie } = options;
  const nameOf = (guildId: string, roleId: string) => guilds.guild(guildId)?.roles.get(roleId)?.name ?? roleId;
  const router = Router();
  for (const path of ['/api/discord/auth/callback', '/api/auth/discord/callback']) {
    router
      .route(path)
      .all(forBrowsers)
      .head(only('GET'))
      .get(async (req, res) => {
        const finished = await links.finish({ ...callbackQuery.parse(req.query), browserId: browserCookie.read(req) });
        if (finished.redirectUrl !== null) {
          res.redirect(302, finished.redirectUrl);
          return;
        }
        res.type('html').send(linkedPage(finished, finished.synced && summarizeServers(finished.synced, nameOf)));
      })
      .all(only('GET'));
  }
  return router;
}
