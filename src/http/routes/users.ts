import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { Access } from '../../identity/access.ts';
import type { Accounts } from '../../identity/accounts.ts';
import { user, userView } from '../account-body.ts';
import { flag, listed, paging, snowflake, uuid } from '../fields.ts';
import { operation, type Operation } from '../operation.ts';

const tag = 'Accounts';
const one = '/api/discord/users/{user_id}';

/** Accounts and their Discord users. */
export function userOperations(parts: {
  accounts: Pick<Accounts, 'find' | 'list' | 'endSessions'>;
  access: Pick<Access, 'operator'>;
}): Operation[] {
  const { accounts, access } = parts;
  return [
    operation({
      method: 'get',
      path: '/api/discord/users',
      id: 'listUsers',
      tag,
      summary: 'All accounts',
      who: 'operator',
      problems: ['forbidden'],
      query: z.strictObject({
        ...paging,
        is_active: flag.optional().meta({ description: 'Whether it has a link that does not need relinking.' }),
        discord_id: snowflake.optional(),
      }),
      answers: { 200: z.object({ users: z.array(user), ...listed }) },
      authorize: async ({ caller }) => access.operator(caller),
      async handle({ query: { is_active: isActive, discord_id: discordId, ...page } }) {
        const { found, total } = await accounts.list({ isActive, discordId }, page);
        return { status: 200, body: { users: found.map(userView), total, ...page } };
      },
    }),
    operation({
      method: 'get',
      path: one,
      id: 'getUser',
      tag,
      summary: 'An account and its Discord users',
      description: 'Also for operators.',
      who: 'self',
      problems: ['user_not_found'],
      params: z.object({ user_id: uuid }),
      answers: { 200: user },
      async authorize({ caller, params }) {
        if (caller.isOperator || caller.accountId === params.user_id) return;
        throw new AppError('user_not_found', 'There is no such account, or it is not yours.');
      },
      handle: async ({ params }) => ({ status: 200, body: userView(await accounts.find(params.user_id)) }),
    }),
    operation({
      method: 'delete',
      path: `${one}/sessions`,
      id: 'endSessions',
      tag,
      summary: 'End all sessions of an account',
      description:
        'Every login of it in a browser or as a Bearer is over. Who comes with a token of the host application is let in by that: end it there.',
      who: 'operator',
      problems: ['forbidden', 'user_not_found'],
      params: z.object({ user_id: uuid }),
      answers: { 204: null },
      authorize: async ({ caller }) => access.operator(caller),
      async handle({ params }) {
        await accounts.endSessions(params.user_id, null);
        return { status: 204 };
      },
    }),
  ];
}
