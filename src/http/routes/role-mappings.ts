import { z } from 'zod';
import type { App } from '../../app.ts';
import { AppError } from '../../errors.ts';
import type { Access } from '../../identity/access.ts';
import type { Caller } from '../../identity/callers.ts';
import { editOf } from '../../mapping-form.ts';
import type { Author } from '../../sync/mapping-checks.ts';
import { listed, pageOf, paging, snowflake, uuid } from '../fields.ts';
import { draftOf, mappingBody, mappingView, mappingEdit, newMapping } from '../mapping-body.ts';
import { operation, type Operation } from '../operation.ts';
import { etagOf, unchangedSince } from '../preconditions.ts';
import { confirmed, rolesGiven } from '../ending.ts';

const tag = 'Role mappings';
const ofGuild = '/api/discord/guilds/{guild_id}/role-mappings';
const one = '/api/discord/role-mappings/{mapping_id}';

/** The mappings of a guild: GET, POST; one of them: GET, PUT, DELETE. */
export function roleMappingOperations(parts: Pick<App, 'mappings' | 'guildConfigs'> & { access: Access }): Operation[] {
  const { mappings, guildConfigs, access } = parts;

  /** Whoever may not see a mapping learns as much as of one that is not there. */
  async function authorOf(caller: Caller, mappingId: string): Promise<{ guildId: string; author: Author }> {
    const guildId = await mappings.guildOf(mappingId);
    const author = guildId === null ? null : await access.findGuildAdmin(caller, guildId);
    if (guildId === null || !author) throw new AppError('mapping_not_found', 'There is no such mapping.');
    return { guildId, author };
  }

  return [
    operation({
      method: 'get',
      path: ofGuild,
      id: 'listRoleMappings',
      tag,
      summary: 'The mappings of a guild',
      who: 'guild_admin',
      isShared: true,
      problems: ['forbidden', 'discord_unavailable', 'guild_not_found'],
      params: z.object({ guild_id: snowflake }),
      query: z.strictObject(paging),
      answers: { 200: z.object({ role_mappings: z.array(mappingBody), ...listed }) },
      authorize: ({ caller, params }) => access.guildAdmin(caller, params.guild_id),
      async handle({ params, query }) {
        await guildConfigs.insist(params.guild_id);
        const { entries, ...page } = pageOf(await mappings.list(params.guild_id), query);
        return { status: 200, body: { role_mappings: entries.map(mappingView), ...page } };
      },
    }),
    operation({
      method: 'post',
      path: ofGuild,
      id: 'createRoleMapping',
      tag,
      summary: 'Map groups to a role',
      description: 'Members are synced in the background.',
      who: 'guild_admin',
      problems: [
        'forbidden',
        'discord_unavailable',
        'bot_not_in_guild',
        'dangerous_role',
        'group_not_found',
        'mapping_exists',
        'role_not_mappable',
      ],
      params: z.object({ guild_id: snowflake }),
      body: newMapping,
      answers: { 201: mappingBody },
      authorize: ({ caller, params }) => access.guildAdmin(caller, params.guild_id),
      async handle({ params, body, allowed: author }) {
        const options = { confirmDangerous: body.confirm_dangerous, isConfirmed: body.confirm };
        const { id } = await mappings.create(params.guild_id, author, draftOf(body), options);
        const created = await mappings.find(params.guild_id, id);
        const headers = { Location: one.replace('{mapping_id}', id), ETag: etagOf(created.mapping) };
        return { status: 201, headers, body: mappingView(created) };
      },
    }),
    operation({
      method: 'get',
      path: one,
      id: 'getRoleMapping',
      tag,
      summary: 'A mapping, and how it is',
      who: 'guild_admin',
      problems: ['mapping_not_found', 'discord_unavailable'],
      params: z.object({ mapping_id: uuid }),
      answers: { 200: mappingBody },
      authorize: ({ caller, params }) => authorOf(caller, params.mapping_id),
      async handle({ params, allowed: { guildId } }) {
        const found = await mappings.find(guildId, params.mapping_id);
        return { status: 200, headers: { ETag: etagOf(found.mapping) }, body: mappingView(found) };
      },
    }),
    operation({
      method: 'put',
      path: one,
      id: 'updateRoleMapping',
      tag,
      summary: 'Change a mapping',
      description:
        'Fields that are left out stay as they are. `roles` says what becomes of what it gave when the mapping is switched off, or gives another role from now on.',
      who: 'guild_admin',
      problems: [
        'mapping_not_found',
        'discord_unavailable',
        'forbidden',
        'bot_not_in_guild',
        'changed_meanwhile',
        'dangerous_role',
        'group_not_found',
        'mapping_exists',
        'role_not_mappable',
      ],
      params: z.object({ mapping_id: uuid }),
      query: z.strictObject({ roles: rolesGiven }),
      body: mappingEdit,
      answers: { 200: mappingBody },
      authorize: ({ caller, params }) => authorOf(caller, params.mapping_id),
      async handle({ params, query, body, req, allowed: { guildId, author } }) {
        await mappings.edit(guildId, author, params.mapping_id, editOf(body), {
          confirmDangerous: body.confirm_dangerous,
          isConfirmed: body.confirm,
          roles: query.roles,
          unchangedSince: unchangedSince(req, body.updated_at),
        });
        const saved = await mappings.find(guildId, params.mapping_id);
        return { status: 200, headers: { ETag: etagOf(saved.mapping) }, body: mappingView(saved) };
      },
    }),
    operation({
      method: 'delete',
      path: one,
      id: 'deleteRoleMapping',
      tag,
      summary: 'Remove a mapping',
      who: 'guild_admin',
      problems: ['mapping_not_found', 'discord_unavailable', 'forbidden', 'bot_not_in_guild', 'changed_meanwhile'],
      params: z.object({ mapping_id: uuid }),
      query: z.strictObject({ roles: rolesGiven, confirm: confirmed }),
      answers: { 204: null },
      authorize: ({ caller, params }) => authorOf(caller, params.mapping_id),
      async handle({ params, query, req, allowed: { guildId, author } }) {
        const options = { roles: query.roles, isConfirmed: query.confirm, unchangedSince: unchangedSince(req) };
        await mappings.remove(guildId, author, [params.mapping_id], options);
        return { status: 204 };
      },
    }),
  ];
}
