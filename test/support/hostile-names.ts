import { z } from 'zod';
import { at, until } from './local-discord.ts';
import type { Attempt, Attempts, HostileWorld } from './hostile-world.ts';

/** What somebody might call himself, a group, a role or a server. */
export const HOSTILE_NAMES = [
  '@everyone',
  '@here @everyone',
  '<@&111111111111111111>',
  '<@111111111111111111>',
  '<@!111111111111111111>',
  '<#111111111111111111>',
  '<id:customize>',
  '</sync:111111111111111111>',
  '<:x:111111111111111111>',
  '[Free Nitro](https://evil.example)',
  '[https://discord.com](https://evil.example)',
  '<https://evil.example>',
  'https://evil.example',
  '\u202eslotliP',
  '\u2066Pilots\u2069',
  'Pi\u200blots',
  'Pilots\n# Approved\n',
  '**Pilots** __x__ ~~y~~ ||z||',
  '`[x](https://evil.example)`',
  '```js\nx',
  '`',
  '\\[x](https://evil.example)',
  '\\',
  '> quoted',
  '-# small',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'-alert(1)-'",
  '&lt;b&gt;',
  '${7*7} {{7*7}} {name}',
];

const said = z.looseObject({
  content: z.string().nullish(),
  embeds: z.array(z.looseObject({})).nullish(),
  components: z.array(z.unknown()).nullish(),
  allowed_mentions: z.unknown().optional(),
});

/** What in a message could ping, lead elsewhere, or look like something else; null: nothing. */
export function harmIn(body: unknown): string | null {
  const outer = z.looseObject({ type: z.number().optional(), data: z.unknown().optional() }).safeParse(body).data;
  const parsed = said.safeParse(outer?.type === undefined ? body : outer.data).data;
  if (!parsed) return null;
  const { content, embeds, components, allowed_mentions: allowed } = parsed;
  if (content === undefined && embeds === undefined && components === undefined) return null;
  if (JSON.stringify(allowed) !== '{"parse":[]}' && JSON.stringify(allowed) !== '{"parse":[],"replied_user":false}') {
    return `it may mention: ${JSON.stringify(allowed)}`;
  }
  // What stands in backticks is shown as it is.
  const text = [content ?? '', ...textsIn(embeds ?? [])].join('\n').replaceAll(/(?<!\\)`[^`\n]+`/g, '');
  for (const pattern of ACTIVE) {
    const found = pattern.exec(text);
    if (found) return `${found[0]} in ${text.slice(Math.max(0, found.index - 40), found.index + 60)}`;
  }
  return null;
}

const ACTIVE = [
  /@(?:everyone|here)/i,
  /(?<!\\)<(?:@[!&]?|#|:x:|\/sync:)111111111111111111/,
  /(?<!\\)<id:/,
  /(?<!\\)\[[^\]]*(?<!\\)\]\(https:\/\/evil/,
  /[\u202a-\u202e\u2066-\u2069]/,
  /(?<!\\)(?:\*\*Pilots\*\*|__x__|~~y~~|\|\|z\|\|)/,
  /^# Approved/m,
];

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const made = z.object({ id: z.string() });

/** Names that would like to be more than names: in every message of the bot they are only that. */
export async function* hostileNames(world: HostileWorld): Attempts {
  const { local, send, guildId, ownerId, people } = world;
  const as = await world.login(ownerId);
  const { discord } = local;
  const roleId = at(local.roles, 1).id;
  await until(() => local.application.commands.size > 0);

  async function say(command: string, options: Record<string, string> = {}): Promise<void> {
    await discord.interactions.slash({ userId: ownerId, guildId, command, options }).text();
  }

  /** Every message that the bot sends meanwhile is harmless. */
  const told = (name: string, happens: () => Promise<void>): Attempt => ({
    name,
    async harm() {
      const before = discord.requests.all.length;
      await happens();
      const bodies = discord.requests.all.slice(before).flatMap(({ method, body }) => (method === 'GET' ? [] : [body]));
      if (bodies.length === 0) return 'nothing was said';
      return bodies.map(harmIn).find((harm) => harm !== null) ?? null;
    },
  });

  for (const name of HOSTILE_NAMES) {
    const shown = JSON.stringify(name);
    yield told(`a group called ${shown}`, async () => {
      const { body } = await send('POST /api/groups', { as, body: { name, guild_id: guildId } });
      await say('group list');
      const { id } = made.safeParse(body).data ?? {};
      if (id === undefined) return;
      const draft = { group_id: id, discord_role_id: roleId, exclusive_set: name.slice(0, 50) };
      await send(`POST /api/discord/guilds/${guildId}/role-mappings`, { as, body: draft });
      for (const command of ['map list', 'doctor', 'audit']) await say(command);
      await say('why', { user: people.ada, role: roleId });
      await say('group show', { group: id });
      await send(`DELETE /api/groups/${id}?mappings=remove`, { as });
    });
    yield told(`a group described as ${shown}`, async () => {
      const { body } = await send('POST /api/groups', {
        as,
        body: { name: 'P', description: name, guild_id: guildId },
      });
      const { id } = made.safeParse(body).data ?? {};
      await say('group list');
      if (id === undefined) return;
      await say('group show', { group: id });
      await send(`DELETE /api/groups/${id}`, { as });
    });
    yield told(`nicknames after ${shown}`, async () => {
      await send(`PUT /api/discord/guilds/${guildId}`, { as, body: { nickname_template: name } });
      for (const command of ['settings show', 'setup', 'audit']) await say(command);
      await send(`PUT /api/discord/guilds/${guildId}`, { as, body: { nickname_template: '' } });
    });
    yield told(`somebody called ${shown}`, async () => {
      const user = discord.world.users.get(people.ada);
      if (user) Object.assign(user, { username: name, globalName: name });
      await world.login(people.ada);
      await discord.interactions.slash({ userId: people.ada, guildId, command: 'me' }).text();
    });
    yield told(`a group typed as ${shown}`, () => say('group show', { group: name.slice(0, 100) }));
  }
}

/** The same names on pages: nothing of them becomes markup. For a world without a front end of its own. */
export async function* hostilePages(world: HostileWorld): Attempts {
  const { local, send, callback } = world;
  const { world: discord } = local.discord;
  for (const name of HOSTILE_NAMES) {
    const person = discord.addUser({ username: name, globalName: name });
    discord.join(local.guild.id, person.id);
    yield {
      name: `a page for ${JSON.stringify(name)}`,
      async harm() {
        const flow = await world.begin('link_from_discord', person.id);
        const code = await world.codeFor(flow, person.id);
        const query = new URLSearchParams({ code, state: flow.state }).toString();
        const linked = await callback('/api/discord/auth/callback', query, flow.cookie, { accept: 'text/html' });
        const dashboard = await send('GET /dashboard', { cookie: await world.login(person.id) });
        if (linked.status !== 200 || dashboard.status !== 200) return 'there is no page';
        return [linked, dashboard].every(({ text }) => isEscaped(name, text)) ? null : 'it is in the page as it is';
      },
    };
    yield {
      name: `a page about the error ${JSON.stringify(name)}`,
      async harm() {
        const headers = { accept: 'text/html' };
        const flow = await world.begin('login');
        const query = new URLSearchParams({ error: name, error_description: name, state: flow.state }).toString();
        const pages = await Promise.all([
          callback('/api/discord/auth/callback', query, flow.cookie, headers),
          send(`GET /link/${encodeURIComponent(name)}`, { headers }),
          send(`GET /${encodeURIComponent(name)}`, { headers }),
          send(`GET /api/auth/discord/login?redirect_url=${encodeURIComponent(name)}`, { headers }),
        ]);
        const isSafe = pages.every(({ text, headers: sent }) => isEscaped(name, text) && hasPolicy(sent));
        return isSafe ? null : 'it is in the page as it is';
      },
    };
  }
}

function isEscaped(name: string, text: string): boolean {
  return !/[<>"']/.test(name) || !text.includes(name);
}

function hasPolicy(headers: Headers): boolean {
  const policy = headers.get('content-security-policy') ?? '';
  return policy.startsWith("default-src 'none'") && !policy.includes('unsafe') && !policy.includes('script-src');
}
