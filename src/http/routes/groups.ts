import { z } from 'zod';
import type { App } from '../../app.ts';
import type { LocalGroups } from '../../groups/local-groups.ts';
import type { Access } from '../../identity/access.ts';
import { confirmed } from '../ending.ts';
import { listed, pageOf, paging, snowflake, uuid } from '../fields.ts';
import { groupBody, groupEdit, groupView, newGroup } from '../group-body.ts';
import { createGroupRights } from '../group-rights.ts';
import { operation, type Operation } from '../operation.ts';
import { etagOf, unchangedSince } from '../preconditions.ts';

const tag = 'Groups';
const all = '/api/groups';
const one = '/api/groups/{group_id}';
const params = z.object({ group_id: uuid });
const notSeen = ['group_not_found', 'discord_unavailable'] as const;
const notChanged = [...notSeen, 'forbidden'] as const;

/** Local groups: GET, POST; one of them: GET, PUT, DELETE. */
export function groupOperations(
  parts: Pick<App, 'guildConfigs'> & { groups: LocalGroups; access: Access },
): Operation[] {
  const { groups, guildConfigs, access } = parts;
  const rights = createGroupRights(parts);

  return [
    operation({
      method: 'get',
      path: all,
      id: 'listGroups',
      tag,
      summary: 'The groups of the guilds that you administer, and the global ones',
      who: 'guild_admin',
      problems: ['forbidden', 'discord_unavailable'],
      query: z.strictObject({
        ...paging,
        guild_id: snowflake.optional().meta({ description: 'Those that mappings of this guild may name.' }),
      }),
      answers: { 200: z.object({ groups: z.array(groupBody), ...listed }) },
      async authorize({ caller, query: { guild_id: guildId } }) {
        if (guildId === undefined) return (await access.adminGuilds(caller)).map(({ id }) => id);
        if (!caller.isOperator) await access.guildAdmin(caller, guildId);
        return [guildId];
      },
      async handle({ caller, query, allowed: guildIds }) {
        const isAdmin = guildIds.length > 0 || caller.isOperator;
        const { entries, ...page } = pageOf(isAdmin ? await groups.listOf(guildIds) : [], query);
        return { status: 200, body: { groups: entries.map(groupView), ...page } };
      },
    }),
    operation({
      method: 'post',
      path: all,
      id: 'createGroup',
      tag,
      summary: 'Make a group',
      who: 'guild_admin',
      problems: ['forbidden', 'discord_unavailable', 'group_exists', 'guild_not_found', 'bot_not_in_guild'],
      body: newGroup,
      answers: { 201: groupBody },
      async handle({ caller, body: { name, description = null, guild_id: guildId = null } }) {
        const { discordId: createdBy } = await rights.make(caller, guildId);
        if (guildId !== null) await guildConfigs.insist(guildId);
        const group = await groups.create({ guildId, name, description, createdBy });
        const headers = { Location: one.replace('{group_id}', group.id), ETag: etagOf(group) };
        return { status: 201, headers, body: groupView({ ...group, memberCount: 0, mappingCount: 0 }) };
      },
    }),
    operation({
      method: 'get',
      path: one,
      id: 'getGroup',
      tag,
      summary: 'A group',
      who: 'guild_admin',
      problems: notSeen,
      params,
      answers: { 200: groupBody },
      authorize: ({ caller, params: { group_id: groupId } }) => rights.see(caller, groupId),
      async handle({ allowed: { group, guildIds } }) {
        const counted = await groups.count(group, guildIds);
        return { status: 200, headers: { ETag: etagOf(group) }, body: groupView(counted) };
      },
    }),
    operation({
      method: 'put',
      path: one,
      id: 'updateGroup',
      tag,
      summary: 'Rename or describe a group',
      description: 'Fields that are left out stay as they are.',
      who: 'guild_admin',
      problems: [...notChanged, 'group_exists', 'changed_meanwhile'],
      params,
      body: groupEdit,
      answers: { 200: groupBody },
      authorize: ({ caller, params: { group_id: groupId } }) => rights.change(caller, groupId),
      async handle({ body: { name, description, updated_at: updatedAt }, req, allowed }) {
        const { group, author, guildIds } = allowed;
        const patch = { ...(name !== undefined && { name }), ...(description !== undefined && { description }) };
        const saved = await groups.update(group, patch, {
          actor: author.discordId,
          unchangedSince: unchangedSince(req, updatedAt),
        });
        const counted = await groups.count(saved, guildIds);
        return { status: 200, headers: { ETag: etagOf(saved) }, body: groupView(counted) };
      },
    }),
    operation({
      method: 'delete',
      path: one,
      id: 'deleteGroup',
      tag,
      summary: 'Remove a group',
      description: 'Without `roles` it is refused while mappings name it; with it those mappings go too.',
      who: 'guild_admin',
      problems: [...notChanged, 'group_in_use', 'changed_meanwhile', 'bot_not_in_guild'],
      params,
      query: z.strictObject({
        roles: z
          .enum(['remove', 'keep'])
          .optional()
          .meta({ description: 'What becomes of roles that only its mappings gave.' }),
        confirm: confirmed,
      }),
      answers: { 204: null },
      authorize: ({ caller, params: { group_id: groupId } }) => rights.change(caller, groupId),
      async handle({ caller, query: { roles, confirm }, req, allowed: { group, author } }) {
        await groups.remove(group, {
          mappings: roles ?? 'refuse',
          author,
          authorIn: rights.endingAs(caller),
          isConfirmed: confirm,
          unchangedSince: unchangedSince(req),
        });
        return { status: 204 };
      },
    }),
  ];
}
