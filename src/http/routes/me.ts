import { z } from 'zod';
import type { Accounts } from '../../identity/accounts.ts';
import { discordUser, discordUserView } from '../account-body.ts';
import type { Credentials } from '../credentials.ts';
import { instant, uuid } from '../fields.ts';
import { operation, type Operation } from '../operation.ts';

const tag = 'Accounts';
const NOT_KEPT = { 'Cache-Control': 'no-store' };

const me = z.object({
  user_id: uuid,
  external_id: z.string().nullable(),
  is_operator: z.boolean(),
  discord_users: z.array(discordUser),
  created_at: instant,
});

const rows = z.array(z.record(z.string(), z.unknown()));

/** Oneself: GET, DELETE; GET /api/me/export - everything that is stored. */
export function meOperations(parts: {
  accounts: Pick<Accounts, 'find' | 'export' | 'remove'>;
  credentials: Pick<Credentials, 'clearSession'>;
}): Operation[] {
  const { accounts, credentials } = parts;
  return [
    operation({
      method: 'get',
      path: '/api/me',
      id: 'getMe',
      tag,
      summary: 'Who I am',
      who: 'self',
      problems: ['user_not_found'],
      answers: { 200: me },
      async handle({ caller }) {
        const { account, links } = await accounts.find(caller.accountId);
        const body = {
          user_id: account.id,
          external_id: account.externalId,
          is_operator: caller.isOperator,
          discord_users: links.map(discordUserView),
          created_at: account.createdAt,
        };
        return { status: 200, headers: NOT_KEPT, body };
      },
    }),
    operation({
      method: 'get',
      path: '/api/me/export',
      id: 'exportMe',
      tag,
      summary: 'Everything that is stored about me',
      description: 'By table, as it is stored, without tokens.',
      who: 'self',
      isAuth: true,
      problems: ['user_not_found'],
      answers: { 200: z.record(z.string(), rows) },
      async handle({ caller }) {
        const stored = Object.entries(await accounts.export(caller.accountId));
        const headers = { ...NOT_KEPT, 'Content-Disposition': 'attachment; filename="rolewright.json"' };
        return { status: 200, headers, body: Object.fromEntries(stored.map(([table, of]) => [table, of.map(wire)])) };
      },
    }),
    operation({
      method: 'delete',
      path: '/api/me',
      id: 'deleteMe',
      tag,
      summary: 'Delete my account and everything that is stored about me',
      description:
        'Ends all sessions and links. Roles follow `on_unlink` of each guild; what is still to be taken away on Discord is forgotten when that is done.',
      who: 'self',
      isAuth: true,
      problems: ['user_not_found'],
      answers: { 204: null },
      async handle({ caller, res }) {
        await accounts.remove(caller.accountId, caller.actor);
        credentials.clearSession(res);
        return { status: 204 };
      },
    }),
  ];
}

/** A stored row in the API's names. */
function wire(row: Record<string, unknown>): Record<string, unknown> {
  const fields = Object.entries(row).map(([name, value]) => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value instanceof Date ? value.toISOString() : value,
  ]);
  return Object.fromEntries(fields);
}
