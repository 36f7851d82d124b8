import type { Accounts } from '../../identity/accounts.ts';
import { operation, type Operation } from '../operation.ts';
import { dashboardPage } from '../pages.ts';

/** GET /dashboard - where a browser ends up after a login, as long as there is no front end of one's own. */
export function dashboardOperations({ accounts }: { accounts: Pick<Accounts, 'find'> }): Operation[] {
  return [
    operation({
      method: 'get',
      path: '/dashboard',
      id: 'showDashboard',
      tag: 'Accounts',
      summary: 'Who is logged in, as a page',
      who: 'all',
      isPage: true,
      problems: ['user_not_found'],
      answers: { 200: null },
      async handle({ caller }) {
        const found = caller && (await accounts.find(caller.accountId));
        return { status: 200, html: dashboardPage(found && found.links) };
      },
    }),
  ];
}
