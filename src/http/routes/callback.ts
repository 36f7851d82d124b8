import type { Response } from 'express';
import { z } from 'zod';
import type { FinishedLink, Links } from '../../identity/links.ts';
import type { Sessions } from '../../identity/sessions.ts';
import type { GuildReader } from '../../sync/ports.ts';
import type { BrowserCookie } from '../browser-cookie.ts';
import type { Credentials } from '../credentials.ts';
import { operation, type Operation } from '../operation.ts';
import { linkedPage } from '../pages.ts';
import { summarizeServers } from '../server-summary.ts';

const text = z.string().min(1).max(2000).optional().catch(undefined);
const query = z.object({ code: text, state: text, error: text });

/** GET /api/discord/auth/callback and /api/auth/discord/callback - Discord sends the browser back. */
export function callbackOperations(parts: {
  links: Pick<Links, 'finish'>;
  guilds: Pick<GuildReader, 'guild'>;
  sessions: Pick<Sessions, 'start'>;
  browserCookie: BrowserCookie;
  credentials: Pick<Credentials, 'writeSession'>;
  /** Where a browser goes in the end, if nothing else was asked for. */
  frontendUrl: string;
}): Operation[] {
  const { links, guilds, sessions, browserCookie, credentials, frontendUrl } = parts;
  const nameOf = (guildId: string, roleId: string) => guilds.guild(guildId)?.roles.get(roleId)?.name ?? roleId;

  /** Whoever has just logged in gets a session of his own, whatever the browser had before. */
  async function logIn(res: Response, { link }: FinishedLink): Promise<void> {
    const { token, expiresAt } = await sessions.start(link);
    credentials.writeSession(res, token, expiresAt);
  }

  const paths = [
    { path: '/api/discord/auth/callback', id: 'finishAuth' },
    { path: '/api/auth/discord/callback', id: 'finishAuthAlias' },
  ];
  return paths.map(({ path, id }) =>
    operation({
      method: 'get',
      path,
      id,
      tag: 'Accounts',
      summary: 'Discord sends the browser back here',
      who: 'all',
      isPage: true,
      isAuth: true,
      description: 'A login sets the session cookie. Goes on to redirect_url, or to FRONTEND_URL/dashboard.',
      problems: [
        'account_conflict',
        'discord_unavailable',
        'link_denied',
        'link_expired',
        'link_other_account',
        'link_other_browser',
        'link_other_user',
        'login_denied',
        'not_set_up',
      ],
      query,
      answers: { 200: null, 302: null },
      async handle({ caller, query: { code, state, error }, req, res }) {
        const accountId = caller?.session ? caller.accountId : null;
        const finished = await links.finish({ code, state, error, browserId: browserCookie.read(req), accountId });
        const { purpose, redirectUrl } = finished;
        if (purpose === 'login') await logIn(res, finished);
        if (purpose !== 'link_from_discord') {
          return { status: 302, headers: { Location: redirectUrl ?? `${frontendUrl}/dashboard` } };
        }
        const servers = finished.synced && summarizeServers(finished.synced, nameOf);
        return { status: 200, html: linkedPage(finished, servers) };
      },
    }),
  );
}
