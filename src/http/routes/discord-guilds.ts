import { z } from 'zod';
import type { App } from '../../app.ts';
import type { Access } from '../../identity/access.ts';
import { confirmed, rolesGiven } from '../ending.ts';
import { listed, pageOf, paging, snowflake } from '../fields.ts';
import { asField, checkGuildId, guildBody, guildEdit, guildView, newGuild, patchOf } from '../guild-body.ts';
import { operation, type Operation } from '../operation.ts';
import { etagOf, unchangedSince } from '../preconditions.ts';

const tag = 'Guild configuration';
const all = '/api/discord/guilds';
const one = '/api/discord/guilds/{guild_id}';
const params = z.object({ guild_id: snowflake });

/** The configurations of guilds: GET, POST; one of them: GET, PUT, DELETE. */
export function discordGuildOperations(parts: { guildConfigs: App['guildConfigs']; access: Access }): Operation[] {
  const { guildConfigs, access } = parts;

  return [
    operation({
      method: 'get',
      path: all,
      id: 'listGuildConfigurations',
      tag,
      summary: 'Configurations of the guilds that you administer',
      who: 'session',
      problems: ['discord_unavailable'],
      query: z.strictObject(paging),
      answers: { 200: z.object({ guilds: z.array(guildBody), ...listed }) },
      async handle({ caller, query }) {
        const ids = (await access.adminGuilds(caller)).map(({ id }) => id);
        const { entries, ...page } = pageOf(await guildConfigs.list(ids), query);
        return { status: 200, body: { guilds: entries.map(guildView), ...page } };
      },
    }),
    operation({
      method: 'post',
      path: all,
      id: 'createGuildConfiguration',
      tag,
      summary: 'Configure a guild that the bot is in',
      description:
        'A guild that the bot joins is configured by itself; this is for one whose configuration was removed.',
      who: 'guild_admin',
      problems: ['forbidden', 'discord_unavailable', 'bot_not_in_guild', 'guild_exists', 'bot_token_refused'],
      body: newGuild,
      answers: { 201: guildBody },
      async handle({ caller, body: { guild_id: guildId, ...body } }) {
        const author = await access.guildAdmin(caller, guildId);
        const created = await guildConfigs.create(guildId, author, patchOf(body)).catch(asField);
        const headers = { Location: one.replace('{guild_id}', guildId), ETag: etagOf(created.guild) };
        return { status: 201, headers, body: guildView(created) };
      },
    }),
    operation({
      method: 'get',
      path: one,
      id: 'getGuildConfiguration',
      tag,
      summary: 'The configuration of a guild, and how it does',
      who: 'guild_admin',
      problems: ['forbidden', 'discord_unavailable', 'guild_not_found'],
      params,
      answers: { 200: guildBody },
      authorize: ({ caller, params: { guild_id: guildId } }) => access.guildAdmin(caller, guildId),
      async handle({ params: { guild_id: guildId } }) {
        const found = await guildConfigs.find(guildId);
        return { status: 200, headers: { ETag: etagOf(found.guild) }, body: guildView(found) };
      },
    }),
    operation({
      method: 'put',
      path: one,
      id: 'updateGuildConfiguration',
      tag,
      summary: 'Change the configuration of a guild',
      description: 'Fields that are left out stay as they are. Members are synced in the background where it matters.',
      who: 'guild_admin',
      problems: [
        'forbidden',
        'discord_unavailable',
        'guild_not_found',
        'bot_not_in_guild',
        'changed_meanwhile',
        'bot_token_refused',
      ],
      params,
      body: guildEdit,
      answers: { 200: guildBody },
      authorize: ({ caller, params: { guild_id: guildId } }) => access.guildAdmin(caller, guildId),
      async handle({
        params: { guild_id: guildId },
        body: { guild_id: same, updated_at: read, ...body },
        req,
        allowed,
      }) {
        checkGuildId(same, guildId);
        const options = { unchangedSince: unchangedSince(req, read) };
        const saved = await guildConfigs.update(guildId, allowed, patchOf(body), options).catch(asField);
        return { status: 200, headers: { ETag: etagOf(saved.guild) }, body: guildView(saved) };
      },
    }),
    operation({
      method: 'delete',
      path: one,
      id: 'deleteGuildConfiguration',
      tag,
      summary: 'Remove the configuration of a guild',
      description: 'With its mappings, its groups and the token of its own bot. Rolewright stays in the guild.',
      who: 'guild_admin',
      problems: ['forbidden', 'discord_unavailable', 'guild_not_found', 'bot_not_in_guild', 'changed_meanwhile'],
      params,
      query: z.strictObject({ roles: rolesGiven, confirm: confirmed }),
      answers: { 204: null },
      authorize: ({ caller, params: { guild_id: guildId } }) => access.guildAdmin(caller, guildId),
      async handle({ params: { guild_id: guildId }, query, req, allowed }) {
        const options = { roles: query.roles, isConfirmed: query.confirm, unchangedSince: unchangedSince(req) };
        await guildConfigs.remove(guildId, allowed, options);
        return { status: 204 };
      },
    }),
  ];
}
