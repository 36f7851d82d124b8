import { z } from 'zod';
import type { LocalGroups } from '../../groups/local-groups.ts';
import type { Access } from '../../identity/access.ts';
import { listed, paging, uuid } from '../fields.ts';
import { memberBody, memberEdit, memberView, wholeSet } from '../group-body.ts';
import { createGroupRights } from '../group-rights.ts';
import { operation, type Operation } from '../operation.ts';

const tag = 'Groups';
const members = '/api/groups/{group_id}/members';
const member = '/api/groups/{group_id}/members/{user_id}';
const params = z.object({ group_id: uuid });
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
      summary: 'Add an account, or change until when it is in',
      who: 'guild_admin',
      problems: [...notChanged, 'user_not_found'],
      params: params.extend({ user_id: uuid }),
      body: memberEdit,
      answers: {
        200: z.object({
          user_id: uuid,
          is_new: z.boolean(),
          is_linked: memberBody.shape.is_linked,
          expires_at: memberBody.shape.expires_at,
        }),
      },
      authorize: ({ caller, params: { group_id: groupId } }) => rights.change(caller, groupId),
      async handle({ params: { user_id: accountId }, body, allowed: { group, author } }) {
        const end = body?.expires_at === undefined ? {} : { expiresAt: body.expires_at };
        const added = await groups.addAccount(group, accountId, { ...end, editor: author });
        const { isNew, isLinked, expiresAt } = added;
        return {
          status: 200,
          body: { user_id: accountId, is_new: isNew, is_linked: isLinked, expires_at: expiresAt },
        };
      },
    }),
    operation({
      method: 'delete',
      path: member,
      id: 'removeGroupMember',
      tag,
      summary: 'Take an account out, with each of its Discord users',
      description: 'One that is not in it stays out: that is no error.',
      who: 'guild_admin',
      problems: [...notChanged, 'user_not_found'],
      params: params.extend({ user_id: uuid }),
      answers: { 204: null },
      authorize: ({ caller, params: { group_id: groupId } }) => rights.change(caller, groupId),
      async handle({ params: { user_id: accountId }, allowed: { group, author } }) {
        await groups.removeAccount(group, accountId, author);
        return { status: 204 };
      },
    }),
  ];
}
