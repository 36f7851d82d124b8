import { z } from 'zod';
import type { LocalGroups } from '../../groups/local-groups.ts';
import type { Access } from '../../identity/access.ts';
import { listed, paging, snowflake, uuid } from '../fields.ts';
import { memberBody, memberEdit, memberView, wholeSet } from '../group-body.ts';
import { createGroupRights } from '../group-rights.ts';
import { operation, type Operation } from '../operation.ts';

const tag = 'Groups';
const members = '/api/groups/{group_id}/members';
const member = '/api/groups/{group_id}/members/{user_id}';
const params = z.object({ group_id: uuid });
const somebody = params.extend({
  user_id: z
    .union([uuid.transform((accountId) => ({ accountId })), snowflake.transform((discordId) => ({ discordId }))])
    .meta({ description: 'An account, or a Discord user by his Discord id, linked or not.' }),
});
const notChanged = ['group_not_found', 'discord_unavailable', 'forbidden'] as const;

/** Who is in a local group: GET, PUT; one of them: PUT, DELETE. */
export function groupMemberOperations(parts: { groups: LocalGroups; access: Access }): Operation[] {
  const { groups } = parts;
  const rights = createGroupRights(parts);

  return [
    operation({
      method: 'get',
      path: members,
      id: 'listGroupMembers',
      tag,
      summary: 'Who is in a group, in the order they were added',
      description: 'Of a global group only operators learn that.',
      who: 'guild_admin',
      problems: notChanged,
      params,
      query: z.strictObject(paging),
      answers: { 200: z.object({ members: z.array(memberBody), ...listed }) },
      authorize: ({ caller, params: { group_id: groupId } }) => rights.change(caller, groupId),
      async handle({ query, allowed: { group, author } }) {
        const page = await groups.memberPage(group.id, query, author);
        return { status: 200, body: { ...query, total: page.total, members: page.members.map(memberView) } };
      },
    }),
    operation({
      method: 'put',
      path: members,
      id: 'replaceGroupMembers',
      tag,
      summary: 'Replace everybody who is in a group',
      description:
        'Who stays keeps the end of his membership. Only those who came or went are synced, and without `confirm` no ' +
        'further than the blast-radius guard lets them: what is beyond it waits for an admin. Where a role with dangerous ' +
        'permissions follows from the group, only who could give it by hand changes who is in it, here and one by one.',
      who: 'guild_admin',
      problems: [...notChanged, 'user_not_found'],
      params,
      body: wholeSet,
      answers: { 200: z.object({ added: z.int(), removed: z.int(), unchanged: z.int() }) },
      authorize: ({ caller, params: { group_id: groupId } }) => rights.change(caller, groupId),
      async handle({ body, allowed: { group, author } }) {
        const wanted = { accountIds: body.user_ids, discordIds: body.discord_ids ?? [] };
        const options = { editor: author, isConfirmed: body.confirm };
        return { status: 200, body: await groups.replaceMembers(group, wanted, options) };
      },
    }),
    operation({
      method: 'put',
      path: member,
      id: 'addGroupMember',
      tag,
      summary: 'Add an account or a Discord user, or change until when he is in',
      description: 'Who is not linked waits for the link.',
      who: 'guild_admin',
      problems: [...notChanged, 'user_not_found'],
      params: somebody,
      body: memberEdit,
      answers: {
        200: z.object({
          user_id: uuid.nullable().meta({ description: 'The account, where he was named by it.' }),
          discord_id: snowflake.nullable().meta({ description: 'The Discord user, where he was named by it.' }),
          is_new: z.boolean(),
          is_linked: memberBody.shape.is_linked,
          expires_at: memberBody.shape.expires_at,
        }),
      },
      authorize: ({ caller, params: { group_id: groupId } }) => rights.change(caller, groupId),
      async handle({ params: { user_id: whom }, body, allowed: { group, author } }) {
        const end = body?.expires_at === undefined ? {} : { expiresAt: body.expires_at };
        const options = { ...end, editor: author };
        const { isNew, isLinked, expiresAt } =
          'accountId' in whom
            ? await groups.addAccount(group, whom.accountId, options)
            : await groups.addDiscordUser(group, whom.discordId, options);
        const named = {
          user_id: 'accountId' in whom ? whom.accountId : null,
          discord_id: 'discordId' in whom ? whom.discordId : null,
        };
        return { status: 200, body: { ...named, is_new: isNew, is_linked: isLinked, expires_at: expiresAt } };
      },
    }),
    operation({
      method: 'delete',
      path: member,
      id: 'removeGroupMember',
      tag,
      summary: 'Take somebody out, whichever way he is in',
      description: 'An account, or a Discord user and his account. Who is not in it stays out: that is no error.',
      who: 'guild_admin',
      problems: [...notChanged, 'user_not_found'],
      params: somebody,
      answers: { 204: null },
      authorize: ({ caller, params: { group_id: groupId } }) => rights.change(caller, groupId),
      async handle({ params: { user_id: whom }, allowed: { group, author } }) {
        if ('accountId' in whom) await groups.removeAccount(group, whom.accountId, author);
        else await groups.removeDiscordUser(group, whom.discordId, author);
        return { status: 204 };
      },
    }),
  ];
}
