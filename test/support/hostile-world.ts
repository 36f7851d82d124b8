import { expect } from 'vitest';
import { z } from 'zod';
import { consent, cookiesOf, startApi, type Answered } from './api-world.ts';
import { at, type LocalGuild } from './local-discord.ts';
import { HOOK_SECRET } from './signed-webhook.ts';

/** One thing that somebody tries. */
export interface Attempt {
  name: string;
  /** What came of it that must not; null: nothing did. */
  harm(): Promise<string | null>;
  /** It is as it should be, and has to work: else the refusals beside it would mean nothing. */
  isRight?: true;
}

/** Attempts, in order; what stands between them prepares the next ones. */
export type Attempts = AsyncGenerator<Attempt, void, void>;

/** Keeps the names of what was tried. */
export function countAttempts() {
  const tried = new Set<string>();
  return {
    tried,
    async expectNoHarm(attempts: Attempts): Promise<void> {
      const harms: string[] = [];
      for await (const { name, harm, isRight } of attempts) {
        const what = tried.has(name) ? 'was tried before' : await harm();
        if (!isRight) tried.add(name);
        if (what !== null) harms.push(`${name}: ${what}`);
      }
      expect(harms).toEqual([]);
    },
  };
}

export const OWN_ORIGIN = 'http://localhost:3000';
export const FRONTEND = 'https://roles.example.org';
export const JWT_SECRET = 'a-secret-for-sessions-alone-which-is-long-enough';
export const HOST = {
  secret: 'a-secret-of-the-host-application-which-is-long-too',
  issuer: 'https://host.example.org/',
  audience: 'rolewright',
};
export const PURPOSES = ['login', 'link', 'link_from_discord'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** A way to Discord that somebody is on. */
export interface Flow {
  purpose: Purpose;
  authorizeUrl: string;
  state: string;
  /** The cookies of the browser that it belongs to. */
  cookie: string;
}

const begun = z.object({ auth_url: z.string(), state: z.string() });

/** The whole bot, with people who have accounts, and a clock that stands still until it is told. */
export async function startHostileWorld(
  env: Record<string, string> | ((local: LocalGuild) => Record<string, string>) = {},
) {
  const clock = { now: new Date('2026-11-20T12:00:00Z') };
  const api = await startApi({
    now: () => clock.now,
    env: (local) => ({
      JWT_SECRET,
      FRONTEND_URL: FRONTEND,
      OPERATOR_IDS: at(local.members, 2).id,
      GROUPS_HOOK_SECRET: HOOK_SECRET,
      ...(typeof env === 'function' ? env(local) : env),
    }),
  });
  const { local, bot, send } = api;
  const [ada, ben, cleo] = [at(local.members, 0).id, at(local.members, 1).id, at(local.members, 2).id];
  for (const id of [ada, ben, cleo]) await api.link(id);
  /** Nobody has linked her. */
  const zoe = local.discord.world.addUser({ username: 'zoe' }).id;
  local.discord.world.join(local.guild.id, zoe);

  /** Which of them is linked to which account. */
  async function links(): Promise<string> {
    const found = await Promise.all([ada, ben, cleo, zoe].map((id) => bot.app.links.find(id)));
    return found.map((link) => (link ? `${link.discordId}:${link.accountId}` : '')).join(' ');
  }
  const asTheyWere = await links();

  async function begin(purpose: Purpose, ownerId = zoe, starterId = ada): Promise<Flow> {
    if (purpose === 'link_from_discord') {
      const { url } = await bot.app.links.startFromDiscord(ownerId);
      const state = url.split('/').at(-1) ?? '';
      const opened = await fetch(`${api.url}/link/${state}`, { redirect: 'manual' });
      return { purpose, state, authorizeUrl: opened.headers.get('location') ?? '', cookie: cookiesOf(opened) };
    }
    const session = purpose === 'link' ? await api.login(starterId) : null;
    const answer = await (session === null
      ? send('GET /api/discord/auth/login')
      : send('POST /api/discord/auth/link', { as: session }));
    const { auth_url: authorizeUrl, state } = begun.parse(answer.body);
    const browser = answer.headers.getSetCookie().map((line) => line.split(';')[0]);
    const cookie = [...browser, ...(session === null ? [] : [`session=${session}`])].join('; ');
    return { purpose, authorizeUrl, state, cookie };
  }

  return {
    ...api,
    clock,
    people: { ada, ben, cleo, zoe },
    begin,

    /** Says yes on Discord's page; the code that Discord sends back. */
    async codeFor({ authorizeUrl }: Pick<Flow, 'authorizeUrl'>, userId = zoe): Promise<string> {
      return (await consent(local, new URL(authorizeUrl), userId)).searchParams.get('code') ?? '';
    },

    /** Somebody new of the guild. */
    newcomer(): string {
      const { id } = local.discord.world.addUser({ username: 'newcomer' });
      local.discord.world.join(local.guild.id, id);
      return id;
    },

    /** The attempt is refused: no yes, no session, no way elsewhere, and everybody is linked as before. */
    refused: (name: string, attempt: () => Promise<Answered>, mayBe: readonly number[] = []): Attempt => ({
      name,
      async harm() {
        const answer = await attempt();
        const { status, headers } = answer;
        if ((status < 400 || status > 499) && !mayBe.includes(status)) return `answered ${status}`;
        if (headers.getSetCookie().some((line) => /session=[^;]/.test(line))) return 'gave a session';
        if (headers.has('location')) return `sent the browser to ${headers.get('location')}`;
        return (await links()) === asTheyWere ? null : 'changed a link';
      },
    }),

    right: (name: string, attempt: () => Promise<Answered>, status: number): Attempt => ({
      name,
      isRight: true,
      async harm() {
        const answer = await attempt();
        return answer.status === status ? null : `answered ${answer.status}, not ${status}: ${answer.text}`;
      },
    }),

    /** Answers Discord's redirect, as a browser with these cookies. */
    callback: (path: string, query: string, cookie: string, headers: Record<string, string> = {}) =>
      send(`GET ${path}?${query}`, { headers: { ...(cookie !== '' && { cookie }), ...headers } }),
  };
}

export type HostileWorld = Awaited<ReturnType<typeof startHostileWorld>>;
