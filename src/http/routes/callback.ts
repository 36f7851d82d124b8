import { z } from 'zod';
import type { Links } from '../../identity/links.ts';
import type { GuildReader } from '../../sync/ports.ts';
import type { BrowserCookie } from '../browser-cookie.ts';
import { operation, type Operation } from '../operation.ts';
import { linkedPage } from '../pages.ts';
import { summarizeServers } from '../server-summary.ts';

const text = z.string().min(1).max(2000).optional().catch(undefined);
const query = z.object({ code: text, state: text, error: text });

/** GET /api/discord/auth/callback and /api/auth/discord/callback - Discord sends the browser back. */
export function callbackOperations(parts: {
  links: Pick<Links, 'finish'>;
  guilds: Pick<GuildReader, 'guild'>;
  browserCookie: BrowserCookie;
}): Operation[] {
  const { links, guilds, browserCookie } = parts;
  const nameOf = (guildId: string, roleId: string) => guilds.guild(guildId)?.roles.get(roleId)?.name ?? roleId;
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
      problems: ['account_conflict', 'discord_unavailable', 'link_denied', 'link_expired', 'link_other_browser'],
      query,
      answers: { 200: null, 302: null },
      async handle({ query: { code, state, error }, req }) {
        const finished = await links.finish({ code, state, error, browserId: browserCookie.read(req) });
        if (finished.redirectUrl !== null) return { status: 302, headers: { Location: finished.redirectUrl } };
        const servers = finished.synced && summarizeServers(finished.synced, nameOf);
        return { status: 200, html: linkedPage(finished, servers) };
      },
    }),
  );
}
