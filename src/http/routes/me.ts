import type { Response } from 'express';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { Accounts, PersonalPart } from '../../identity/accounts.ts';
import { discordUser, discordUserView } from '../account-body.ts';
import type { Credentials } from '../credentials.ts';
import { instant, uuid } from '../fields.ts';
import { operation, type Operation } from '../operation.ts';

const tag = 'Accounts';
const NOT_KEPT = { 'Cache-Control': 'no-store' };

const me = z.object({
  id: uuid.meta({ description: 'The same as user_id.' }),
  user_id: uuid,
  external_id: z.string().nullable(),
  is_operator: z.boolean(),
  discord_users: z.array(discordUser),
  created_at: instant,
});

const rows = z.array(z.record(z.string(), z.unknown()));

/** Oneself: GET, DELETE; GET /api/me/export - everything that is stored; DELETE /api/me/sessions - all other logins. */
export function meOperations(parts: {
  accounts: Pick<Accounts, 'find' | 'export' | 'remove' | 'endSessions'>;
  credentials: Pick<Credentials, 'clearSession'>;
}): Operation[] {
  const { accounts, credentials } = parts;
  const exporting = new Set<string>();

  /** Until the answer has gone out, or nobody waits for it any more. */
  function beginExport(accountId: string, res: Response): void {
    if (exporting.has(accountId)) {
      const words = 'An export is under way. Wait until it has ended, then ask again.';
      throw new AppError('rate_limited', words, { retryAfterSeconds: EXPORT_TAKES_SECONDS });
    }
    if (res.closed) return;
    exporting.add(accountId);
    res.once('close', () => exporting.delete(accountId));
  }

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
          id: account.id,
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
      description:
        'By table, as it is stored, without tokens; where it tells of somebody else, it says `someone_else`. With the Discord users that were linked to this account last and are linked to none since. It is sent while it is read: only JSON that is whole is all of it. One at a time.',
      who: 'self',
      isAuth: true,
      problems: ['user_not_found'],
      answers: { 200: z.record(z.string(), rows) },
      async handle({ caller, res }) {
        beginExport(caller.accountId, res);
        const stored = await accounts.export(caller.accountId);
        const headers = { ...NOT_KEPT, 'Content-Disposition': 'attachment; filename="rolewright.json"' };
        return { status: 200, headers, chunks: written(stored) };
      },
    }),
    operation({
      method: 'delete',
      path: '/api/me/sessions',
      id: 'endMySessions',
      tag,
      summary: 'End all my other sessions',
      description:
        'Every session of my account but the one that asks, and the links that were begun in them. With a token of the host application: every session; such tokens are the host application’s to end.',
      who: 'self',
      isAuth: true,
      problems: ['user_not_found'],
      answers: { 204: null },
      async handle({ caller }) {
        await accounts.endSessions(caller.accountId, caller.session?.jti ?? null);
        return { status: 204 };
      },
    }),
    operation({
      method: 'delete',
      path: '/api/me',
      id: 'deleteMe',
      tag,
      summary: 'Delete my account and everything that is stored about me',
      description:
        'Ends all sessions and links, and forgets the Discord users that were linked to it last as well. Roles follow `on_unlink` of each guild. What Discord lets go only later is recorded then, and goes with the history after RETENTION_DAYS.',
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

const EXPORT_TAKES_SECONDS = 5;

/** One object, with a list for each table. */
async function* written(parts: AsyncIterable<PersonalPart>): AsyncGenerator<string> {
  let table: string | null = null;
  let isFirst = true;
  for await (const part of parts) {
    if (part.table !== table) {
      yield `${table === null ? '{' : '],'}${JSON.stringify(part.table)}:[`;
      isFirst = true;
    }
    table = part.table;
    const text = part.rows.map((row) => JSON.stringify(wire(row))).join(',');
    if (text === '') continue;
    yield isFirst ? text : `,${text}`;
    isFirst = false;
  }
  yield table === null ? '{}' : ']}';
}

/** A stored row in the API's names. */
function wire(row: Record<string, unknown>): Record<string, unknown> {
  const fields = Object.entries(row).map(([name, value]) => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value instanceof Date ? value.toISOString() : value,
  ]);
  return Object.fromEntries(fields);
}
