import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { HostLinks, HostSubject } from '../../identity/host-links.ts';
import type { Links } from '../../identity/links.ts';
import { discordUser, discordUserView } from '../account-body.ts';
import { redirectUrl, startedAuth } from '../auth-body.ts';
import type { BrowserCookie } from '../browser-cookie.ts';
import type { Credentials } from '../credentials.ts';
import { snowflake, uuid } from '../fields.ts';
import { InvalidInput } from '../invalid-input.ts';
import { operation, type Operation } from '../operation.ts';

const tag = 'Accounts';

/** As HTTP lets a token stand in a header. */
const token = z
  .string()
  .regex(/^[\w.~+/-]+=*$/, { error: 'must be a token' })
  .max(2048);

const hostLink = z.strictObject({
  external_id: z
    .string()
    .regex(/^[^\p{Cc}]+$/u, { error: 'must be text without control characters' })
    .max(255)
    .optional()
    .meta({ description: 'How your application calls the account; one that it does not know is made.' }),
  user_id: uuid.optional().meta({ description: 'Or how Rolewright calls it.' }),
  access_token: token.optional().meta({ description: 'Of the Discord user, with the scope identify.' }),
  refresh_token: token.optional().meta({ description: 'The one that came with it.' }),
});

const linked = z
  .object({ user_id: uuid, discord_user: discordUser })
  .meta({ id: 'Linked', description: 'Whom the host application has linked to whom.' });

/** POST /api/discord/auth/link, DELETE /api/discord/auth/unlink/{discord_id}. */
export function discordLinkOperations(parts: {
  links: Pick<Links, 'find' | 'startLink' | 'unlink'>;
  hostLinks: HostLinks;
  browserCookie: BrowserCookie;
  credentials: Pick<Credentials, 'clearSession'>;
}): Operation[] {
  const { links, hostLinks, browserCookie, credentials } = parts;
  return [
    operation({
      method: 'post',
      path: '/api/discord/auth/link',
      id: 'link',
      tag,
      summary: 'Link a Discord user',
      description: [
        'Without a body: the way to Discord, to link another Discord user to the account of the caller. It ends well in a browser that has the cookie of this answer, or in which that account is logged in.',
        "With a body, for the host application's backend (a host token with the scope `rolewright:operator`): links the Discord user whose access token this is. Discord must have given it to this application, with `identify`. From then on the tokens are Rolewright's to refresh.",
      ].join('\n\n'),
      who: 'self',
      isAuth: true,
      problems: [
        'account_conflict',
        'discord_unavailable',
        'forbidden',
        'redirect_not_allowed',
        'token_refused',
        'user_not_found',
      ],
      query: z.strictObject({ redirect_url: redirectUrl }),
      body: hostLink.optional(),
      answers: { 200: z.union([startedAuth, linked]), 201: linked },
      async handle({ caller, query, body = {}, req, res }) {
        const headers = { 'Cache-Control': 'no-store' };
        if (Object.keys(body).length === 0) {
          const browser = { browserId: browserCookie.read(req), redirectUrl: query.redirect_url };
          const { authorizeUrl, state, browserId } = await links.startLink(caller, browser);
          browserCookie.write(res, browserId);
          return { status: 200, headers, body: { auth_url: authorizeUrl, state } };
        }
        if (!caller.isHostOperator) throw new AppError('forbidden', HOST_ONLY);
        const { subject, accessToken, refreshToken } = read(body);
        const { link, isNew } = await hostLinks.link(subject, { accessToken, refreshToken });
        const answer = { user_id: link.accountId, discord_user: discordUserView(link) };
        if (!isNew) return { status: 200, headers, body: answer };
        return { status: 201, headers: { ...headers, Location: `/api/discord/users/${link.accountId}` }, body: answer };
      },
    }),
    operation({
      method: 'delete',
      path: '/api/discord/auth/unlink/{discord_id}',
      id: 'unlink',
      tag,
      summary: 'Unlink a Discord user',
      description:
        'Ends its tokens at Discord, and every session that was begun by logging in with it, the own one as well. Its roles follow `on_unlink` of each guild. Also for operators.',
      who: 'self',
      problems: ['not_linked'],
      params: z.object({ discord_id: snowflake }),
      answers: { 204: null },
      async authorize({ caller, params: { discord_id: discordId } }) {
        if (caller.discordIds.includes(discordId)) return;
        if (caller.isOperator && (await links.find(discordId))) return;
        throw new AppError('not_linked', 'There is no such Discord user among yours.');
      },
      async handle({ caller, params, res }) {
        await links.unlink(params.discord_id, caller.actor);
        if (caller.session?.discordId === params.discord_id) credentials.clearSession(res);
        return { status: 204 };
      },
    }),
  ];
}

const HOST_ONLY =
  "Only the host application's backend may send a token of Discord's: with its own token and the scope rolewright:operator. To link a Discord user to your own account, send no body.";

function read({ external_id, user_id, access_token, refresh_token }: z.output<typeof hostLink>) {
  if (access_token === undefined) throw invalid('access_token', 'is missing');
  if ((external_id === undefined) === (user_id === undefined)) {
    throw invalid('external_id', 'send either external_id or user_id');
  }
  const subject: HostSubject = external_id === undefined ? { accountId: user_id ?? '' } : { externalId: external_id };
  return { subject, accessToken: access_token, refreshToken: refresh_token ?? null };
}

function invalid(field: string, message: string): InvalidInput {
  return new InvalidInput([{ path: `body.${field}`, message }]);
}
