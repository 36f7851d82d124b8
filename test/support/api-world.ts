import { z } from 'zod';
import type { Overrides } from '../../src/app/base.ts';
import type { Link } from '../../src/identity/links.ts';
import { startGuild, until, type LocalGuild } from './local-discord.ts';
import { startBot, type RunningBot } from './running-bot.ts';

/** How a request is sent. */
export interface Sent {
  /** A session's token, as Bearer. */
  as?: string | undefined;
  /** The same as a cookie, from a page of our own unless `headers` say otherwise. */
  cookie?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Answered {
  status: number;
  headers: Headers;
  /** The parsed body; undefined: there was none. */
  body: unknown;
  text: string;
}

type Environment = Record<string, string>;
const MANY = { RATE_LIMIT_PER_SESSION: '1000000', RATE_LIMIT_AUTH: '1000000' };

/** The whole bot with its API on a port of its own, before a local Discord; both end with the test. */
export async function startApi({
  env = {},
  ...overrides
}: { env?: Environment | ((local: LocalGuild) => Environment) } & Overrides = {}) {
  const local = await startGuild({ profile: 'gentle', rateLimits: false });
  const variables = { ...MANY, ...(typeof env === 'function' ? env(local) : env) };
  const bot = await startBot(local, { env: variables, ...overrides });
  await until(() => bot.app.guilds.guild(local.guild.id) !== null);
  await until(() => bot.log.some((line) => line.includes('guild looked at')));
  const url = `http://127.0.0.1:${bot.port}`;

  async function send(line: string, { as, cookie, body, headers = {} }: Sent = {}): Promise<Answered> {
    const [method = 'GET', path = '/'] = line.split(' ');
    const isText = typeof body === 'string';
    const answer = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(as !== undefined && { authorization: `Bearer ${as}` }),
        ...(cookie !== undefined && { cookie: `session=${cookie}`, origin: 'http://localhost:3000' }),
        ...headers,
      },
      ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') ?? false;
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : undefined, text };
  }

  /** Links the Discord user, if he is not. */
  async function linkOf(discordId: string): Promise<Link> {
    if (!(await bot.app.links.find(discordId))) await linkThroughPages(bot, local, discordId);
    const linked = await bot.app.links.find(discordId);
    if (!linked) throw new Error('the link did not come about');
    return linked;
  }

  const link = async (discordId: string) => (await linkOf(discordId)).accountId;

  return {
    local,
    bot,
    url,
    send,
    /** The guild that the bot is in. */
    guildId: local.guild.id,
    ownerId: local.owner.id,

    /** Links the Discord user, if he is not: the id of his account. */
    link,

    /** Links the Discord user, if he is not, and logs his account in. */
    async login(discordId: string): Promise<string> {
      return (await bot.sessions.start(await linkOf(discordId))).token;
    },
  };
}

export type ApiWorld = Awaited<ReturnType<typeof startApi>>;

/** Links a person as a browser would, through the pages. */
export async function linkThroughPages(bot: RunningBot, local: LocalGuild, userId: string): Promise<Response> {
  const { url } = await bot.app.links.startFromDiscord(userId);
  const here = `http://127.0.0.1:${bot.port}`;
  const opened = await fetch(url.replace(/^https?:\/\/[^/]+/, here), { redirect: 'manual' });
  const cookie = cookiesOf(opened);
  const authorize = new URL(opened.headers.get('location') ?? '');
  const back = await consent(local, authorize, userId);
  return fetch(`${here}${back.pathname}${back.search}`, { redirect: 'manual', headers: { cookie } });
}

/** Says yes on Discord's page, and tells where Discord sends the browser. */
export async function consent(local: LocalGuild, authorize: URL, userId: string): Promise<URL> {
  local.application.redirectUris.push(authorize.searchParams.get('redirect_uri') ?? '');
  const consented = await fetch(authorize, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: `sandbox_user=${userId}` },
    body: new URLSearchParams({ decision: 'authorize' }),
  });
  return new URL(consented.headers.get('location') ?? '');
}

/** What a browser would send back of the cookies that it got. */
export function cookiesOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
}

const problem = z.object({ status: z.number(), code: z.string(), detail: z.string(), request_id: z.string() });

/** The problem's code of an answer. */
export function codeOf({ body }: Answered): string {
  return problem.parse(body).code;
}
