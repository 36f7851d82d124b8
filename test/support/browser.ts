import type { LocalGuild } from './local-discord.ts';

/** What a person's browser keeps and does: cookies, redirects, Discord's consent page. */
export function createBrowser({ url, local }: { url: string; local: LocalGuild }) {
  const cookies = new Map<string, string>();

  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    const { pathname, search } = new URL(path, url);
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { accept: 'text/html', origin: 'http://localhost:3000', cookie };
    const answer = await fetch(`${url}${pathname}${search}`, {
      redirect: 'manual',
      ...init,
      headers: { ...headers, ...Object.fromEntries(new Headers(init.headers)) },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /Expires=Thu, 01 Jan 1970/.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  }

  return {
    cookies,
    send,

    /** Answers Discord's consent page as this Discord user; where Discord sends the browser then. */
    async consent(authorizeUrl: string, userId: string, decision: 'authorize' | 'deny' = 'authorize'): Promise<string> {
      const redirectUri = new URL(authorizeUrl).searchParams.get('redirect_uri') ?? '';
      if (!local.application.redirectUris.includes(redirectUri)) local.application.redirectUris.push(redirectUri);
      const body = new URLSearchParams({ decision, user_id: userId });
      const answer = await fetch(authorizeUrl, { method: 'POST', redirect: 'manual', body });
      return answer.headers.get('location') ?? '';
    },

    /** Where an answer sends the browser. */
    location: (answer: Response) => answer.headers.get('location') ?? '',

    /** Logs in from beginning to end. */
    async logIn(userId: string, query = ''): Promise<Response> {
      const started = await send(`/api/auth/discord/login${query}`);
      return send(await this.consent(this.location(started), userId));
    },
  };
}

export type Browser = ReturnType<typeof createBrowser>;
