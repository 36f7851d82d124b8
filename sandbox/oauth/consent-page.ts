import { html, type Html } from '../html.ts';
import type { User } from '../records.ts';
import type { World } from '../world.ts';
import type { Asked, AuthorizeRequest } from './authorize-request.ts';

/** People in the list; a guild of 100,000 would make a page nobody can open. */
const listed = 200;

const words: Record<string, string> = {
  identify: 'Know your name, your id and your picture',
  email: 'Know your email address',
  guilds: 'Know which servers you are in',
  'guilds.join': 'Join servers for you',
  'guilds.members.read': 'Read your nickname and roles in your servers',
  connections: 'Know your connections to other services',
  'role_connections.write': 'Update your connection and its details',
};

/** "Who are you, and is this all right?" */
export function consentPage(
  world: World,
  { application, redirectUri }: AuthorizeRequest,
  { scopes }: Asked,
  user: User | null,
): string {
  const people = [...world.users.values()].filter(({ bot, id }) => !bot && id !== user?.id).slice(0, listed);
  const choices = user && !user.bot ? [user, ...people] : people;
  return layout(
    `Authorize ${application.name}`,
    html`<h1>${application.name}</h1>
      <p>wants to reach your account.</p>
      <form method="post">
        <label for="user_id">Who are you?</label>
        <select id="user_id" name="user_id" autofocus>
          ${choices.map((each) => html`<option value="${each.id}">${each.globalName ?? each.username}</option>`)}
        </select>
        <p>It will be able to</p>
        <ul>
          ${scopes.map((scope) => html`<li>${words[scope] ?? scope}</li>`)}
        </ul>
        <div class="decide">
          <button name="decision" value="deny">Cancel</button>
          <button name="decision" value="authorize" class="yes">Authorize</button>
        </div>
      </form>
      <p class="small">Afterwards you go to ${new URL(redirectUri).origin}</p>`,
  );
}

/** What is wrong with the address itself. */
export function problemPage(message: string): string {
  return layout(
    'This does not work',
    html`<h1>This does not work</h1>
      <p>${message}</p>`,
  );
}

function layout(title: string, content: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width" />
      <title>${title}</title>
      <style>
        body {
          margin: 0;
          min-height: 100vh;
          display: grid;
          place-items: center;
          background: #23252b;
          color: #1f2126;
          font:
            16px/1.5 system-ui,
            sans-serif;
        }
        main {
          width: min(24rem, calc(100vw - 4rem));
          padding: 1.75rem;
          border-radius: 0.75rem;
          background: #fff;
        }
        h1 {
          margin: 0;
          font-size: 1.35rem;
        }
        p {
          margin: 0.25rem 0 1rem;
        }
        label,
        select {
          display: block;
          width: 100%;
          box-sizing: border-box;
        }
        label {
          font-weight: 600;
          margin-bottom: 0.25rem;
        }
        select,
        button {
          font: inherit;
          padding: 0.5rem 0.75rem;
          border: 1px solid #b9bcc6;
          border-radius: 0.4rem;
          background: #fff;
        }
        select {
          margin-bottom: 1rem;
        }
        ul {
          margin: -0.5rem 0 1.25rem;
          padding-left: 1.25rem;
        }
        .decide {
          display: flex;
          justify-content: flex-end;
          gap: 0.5rem;
        }
        button {
          cursor: pointer;
        }
        .yes {
          background: #3f51d8;
          border-color: #3f51d8;
          color: #fff;
        }
        .small {
          margin: 1.25rem 0 0;
          font-size: 0.8rem;
          color: #666b78;
        }
      </style>
      <main>
        <p class="small" style="margin:0 0 1rem">Local Discord</p>
        ${content}
      </main>
    </html>`.toString();
}
