import { createHash } from 'node:crypto';
import { Html, html } from './html.ts';

const style = `
:root { color-scheme: light dark; --ground: #f3f4f8; --card: #fff; --ink: #1d2130; --soft: #585e70; --line: #dfe2ea; --good: #1a7f4b; --bad: #b3372f; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14161d; --card: #1e212b; --ink: #eceef5; --soft: #a6acbe; --line: #333845; --good: #52c78a; --bad: #f08a80; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem 1rem; background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
main { width: 100%; max-width: 34rem; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-top: 4px solid var(--tone); border-radius: .75rem; overflow-wrap: anywhere; }
.good { --tone: var(--good); }
.bad { --tone: var(--bad); }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 0; font-size: 1.05rem; }
p { margin: .5rem 0 0; }
ul { margin: 1.25rem 0 0; padding: 0; list-style: none; }
li { padding: .75rem 0; border-top: 1px solid var(--line); }
a { color: inherit; }
.soft { margin-top: 1.25rem; color: var(--soft); font-size: .9rem; }
`;

/** The one style that the pages' Content-Security-Policy lets through. */
export const styleSource = `'sha256-${createHash('sha256').update(style).digest('base64')}'`;

const styleElement = new Html(`<style>${style}</style>`);

/** A whole page: one card, no script, nothing from elsewhere. */
export function page({ title, tone, body }: { title: string; tone: 'good' | 'bad'; body: Html }): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title} - Rolewright</title>
        ${styleElement}
      </head>
      <body>
        <main class="${tone}">
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.markup;
}
