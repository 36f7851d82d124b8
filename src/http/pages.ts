import type { FinishedLink, Link } from '../identity/links.ts';
import { type Html, html } from './html.ts';
import { page } from './page-shell.ts';
import type { Problem } from './problem.ts';
import type { ServerSummary } from './server-summary.ts';

/** The link stands. `servers` null: the sync has not finished yet. */
export function linkedPage(
  { link, isNew }: Pick<FinishedLink, 'link' | 'isNew'>,
  servers: ServerSummary[] | null,
): string {
  const name = link.globalName ?? link.username;
  const again = isNew ? null : html`<p>You were linked already; Discord's permission for it is fresh now.</p>`;
  return page({
    title: `You're linked as ${name}`,
    tone: 'good',
    body: html`<p>
        Your Discord user <strong><bdi>@${link.username}</bdi></strong> is linked.
      </p>
      ${again} ${rolesSection(servers)}
      <p class="soft">
        You can close this page and go back to Discord. There, /me shows your roles and /unlink ends the link.
      </p>`,
  });
}

function rolesSection(servers: ServerSummary[] | null): Html {
  if (!servers) return html`<p>Your roles are on their way: they show up in Discord within a few minutes.</p>`;
  if (servers.length === 0) {
    return html`<p>
      You aren't in a server yet where roles are kept up to date. They come by themselves when you join one.
    </p>`;
  }
  return html`<ul>
    ${servers.map(serverItem)}
  </ul>`;
}

function serverItem({ name, given, taken, held, missing, note }: ServerSummary): Html {
  return html`<li>
    <h2><bdi>${name}</bdi></h2>
    ${rolesLine('You got', given)} ${rolesLine('You have', held)} ${rolesLine('Taken away', taken)}
    ${missing.map(({ role, why }) => html`<p>Missing: ${roleName(role)}. ${why}</p>`)}
    ${note === null ? null : html`<p>${note}</p>`}
  </li>`;
}

function rolesLine(label: string, roles: readonly string[]): Html | null {
  if (roles.length === 0) return null;
  return html`<p>${label}: ${roles.map((role, index) => html`${index > 0 ? ', ' : ''}${roleName(role)}`)}</p>`;
}

function roleName(role: string): Html {
  return html`<strong><bdi>@${role}</bdi></strong>`;
}

/** @param links of the account that is logged in; null: nobody is */
export function dashboardPage(links: readonly Link[] | null): string {
  if (!links) {
    return page({
      title: "You're not logged in",
      tone: 'bad',
      body: html`<p><a href="/api/auth/discord/login">Log in with Discord</a></p>
        <p class="soft">To link your Discord user, type /link in Discord. There, /me shows whether it is linked.</p>`,
    });
  }
  const name = links[0]?.globalName ?? links[0]?.username;
  return page({
    title: name === undefined ? "You're logged in" : `You're logged in as ${name}`,
    tone: 'good',
    body: html`${links.length === 0 ? html`<p>No Discord user is linked to your account yet.</p>` : linksList(links)}
      <p class="soft">
        In Discord, /me shows your groups and roles. What else can be done here stands in
        <a href="/api/docs">the API's documentation</a>.
      </p>`,
  });
}

function linksList(links: readonly Link[]): Html {
  return html`<ul>
    ${links.map(
      ({ username, needsRelink }) =>
        html`<li>
          <strong><bdi>@${username}</bdi></strong>
          ${needsRelink ? html`<p>Discord's permission for it has ended: type /link in Discord to renew it.</p>` : null}
        </li>`,
    )}
  </ul>`;
}

const headings: Partial<Record<Problem['code'], string>> = {
  account_conflict: 'Linked elsewhere already',
  discord_unavailable: "Discord isn't answering",
  internal_error: 'Something went wrong',
  link_denied: 'Nothing was linked',
  link_expired: 'This link no longer works',
  link_other_account: 'Another account is logged in',
  link_other_browser: 'Opened in another browser',
  link_other_user: 'This link is for somebody else',
  login_denied: 'You are not logged in',
  not_found: 'Nothing here',
  redirect_not_allowed: 'That address is not allowed',
};

/** What went wrong, what to do next, and the number to give to whoever runs Rolewright. */
export function problemPage({ code, detail }: Problem, requestId: string): string {
  return page({
    title: headings[code] ?? 'That did not work',
    tone: 'bad',
    body: html`<p>${detail}</p>
      <p class="soft">Request ${requestId}</p>`,
  });
}
