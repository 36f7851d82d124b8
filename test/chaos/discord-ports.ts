import { DiscordAPIError } from '@discordjs/rest';
import type { Guild } from '../../src/core/guild.ts';
import { readMember } from '../../src/discord/member.ts';
import { isPassing } from '../../src/discord/rest.ts';
import { createRoleWriter } from '../../src/discord/role-writer.ts';
import { AppError } from '../../src/errors.ts';
import type { GuildReader, RoleWriter } from '../../src/sync/ports.ts';
import { objectsOf } from '../../sandbox/json.ts';
import { guildPermissions } from '../../sandbox/permissions.ts';
import type { Clock } from './clock.ts';
import { mortal, type OpenLife } from './life.ts';
import type { RestClient } from './rest-client.ts';
import type { Scene } from './scene.ts';

/** Members in a page; small, so that a guild of a dozen has several. */
const PAGE = 5;
const RETRIES = 3;
const BASE_MS = 500;

/** The guild as the gateway shows it at this instant. */
export function guildNow({ world, guildId, application }: Scene): Guild | null {
  const guild = world.guilds.get(guildId);
  const bot = guild?.members.get(application.botId);
  if (!guild || !bot || guild.unavailable) return null;
  const roles = [...guild.roles.values()].map(({ id, name, position, permissions, managed, tags }) => ({
    id,
    name,
    position,
    permissions,
    isManaged: managed,
    isLinked: tags?.guild_connections === null,
  }));
  return {
    id: guildId,
    name: guild.name,
    ownerId: guild.ownerId,
    roles: new Map(roles.map((role) => [role.id, role])),
    bot: { permissions: guildPermissions(guild, bot, world.now()), roleIds: [...bot.roles] },
  };
}

/** Reads over the wire; a guild is what the session has told so far. */
export function createReader(parts: {
  clock: Clock;
  scene: Scene;
  rest: RestClient;
  life: OpenLife;
  seen: () => Guild | null;
}): GuildReader {
  const { clock, scene, rest, life, seen } = parts;

  async function readOnce(path: string, query?: URLSearchParams): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await rest.ask({ method: 'GET', path, ...(query && { query }) });
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (attempt > RETRIES) throw new AppError('discord_unavailable', 'Discord does not answer.', { cause: error });
        await clock.sleep(BASE_MS * 2 ** attempt);
      }
    }
  }
  const read = mortal(life, 'read', readOnce);

  return {
    guild: (guildId) => (guildId === scene.guildId ? seen() : null),
    guildIds: () => (seen() ? [scene.guildId] : []),
    async fetchMember(guildId, discordId) {
      try {
        return readMember(await read(`/guilds/${guildId}/members/${discordId}`));
      } catch (error) {
        if (error instanceof DiscordAPIError && (error.code === 10007 || error.code === 10013)) return null;
        throw error;
      }
    },
    async *listMembers(guildId) {
      let after = '0';
      for (;;) {
        const page = await read(`/guilds/${guildId}/members`, new URLSearchParams({ limit: String(PAGE), after }));
        const members = objectsOf(page).map(readMember);
        if (members.length > 0) yield members;
        const last = members.at(-1);
        if (members.length < PAGE || !last) return;
        after = last.discordId;
      }
    },
  };
}

type Send = (path: `/${string}`, options?: { body?: unknown; reason?: string }) => Promise<unknown>;

function createSend(rest: RestClient, life: OpenLife, method: 'PUT' | 'PATCH' | 'DELETE'): Send {
  return mortal(life, method, (path: `/${string}`, { body, reason }: { body?: unknown; reason?: string } = {}) =>
    rest.ask({ method, path, body, ...(reason !== undefined && { reason }) }),
  );
}

/** PUT alone; no answer's body is an empty buffer, as with @discordjs/rest. */
export function createPut(rest: RestClient, life: OpenLife): Send {
  const send = createSend(rest, life, 'PUT');
  return async (path, options) => (await send(path, options)) ?? new ArrayBuffer(0);
}

/** The real writer over the wire. */
export function createWriter(rest: RestClient, life: OpenLife): RoleWriter {
  return createRoleWriter({
    put: createSend(rest, life, 'PUT'),
    patch: createSend(rest, life, 'PATCH'),
    delete: createSend(rest, life, 'DELETE'),
  });
}
