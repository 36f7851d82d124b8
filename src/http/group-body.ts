import { z } from 'zod';
import { LONGEST_GROUP_NAME, tidyGroupName, validateGroupName } from '../core/group-name.ts';
import type { GroupMember } from '../groups/group-members.ts';
import type { CountedGroup } from '../groups/local-groups.ts';
import { instant, moment, snowflake, text, uuid } from './fields.ts';
import { readAt } from './preconditions.ts';

const name = z
  .string()
  .min(1, { abort: true })
  .max(LONGEST_GROUP_NAME, { abort: true })
  .superRefine((typed, { addIssue }) => {
    const complaint = validateGroupName(tidyGroupName(typed));
    if (complaint !== null) addIssue({ code: 'custom', message: complaint });
  })
  .meta({
    description:
      'Unlike that of any other group of the guild, whatever its case. No comma, no invisible characters, not "none", and not http:…',
    example: 'Pilots',
  });
const description = text(500).nullable().meta({ description: 'For people; null: none.' });

export const newGroup = z
  .strictObject({
    name,
    description: description.optional(),
    guild_id: snowflake.optional().meta({ description: 'Whose it is. Left out: a global one, which operators make.' }),
  })
  .meta({ id: 'NewGroup' });

export const groupEdit = z
  .strictObject({ name: name.optional(), description: description.optional(), updated_at: readAt })
  .meta({ id: 'GroupEdit' });

export const groupBody = z
  .object({
    id: uuid,
    guild_id: snowflake.nullable().meta({ description: 'null: global.' }),
    name: z.string(),
    description: z.string().nullable(),
    member_count: z.int(),
    mapping_count: z.int().meta({ description: 'Mappings that name it, in the guilds that you administer.' }),
    created_by: z.string().nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Group' });

export function groupView(group: CountedGroup): z.input<typeof groupBody> {
  return {
    id: group.id,
    guild_id: group.guildId,
    name: group.name,
    description: group.description,
    member_count: group.memberCount,
    mapping_count: group.mappingCount,
    created_by: group.createdBy,
    created_at: group.createdAt,
    updated_at: group.updatedAt,
  };
}

export const memberBody = z
  .object({
    user_id: uuid.nullable().meta({ description: 'The account; null: the Discord user is not linked.' }),
    discord_id: snowflake.nullable().meta({ description: 'The Discord user, where he was added as such.' }),
    is_linked: z
      .boolean()
      .nullable()
      .meta({
        description:
          'false: the membership waits for the link. null: it was added as an account, and only operators learn whether ' +
          'an account is linked.',
      }),
    expires_at: instant.nullable(),
    added_at: instant,
  })
  .meta({ id: 'GroupMember' });

export function memberView(member: GroupMember): z.input<typeof memberBody> {
  return {
    user_id: member.accountId,
    discord_id: member.discordId,
    is_linked: member.isLinked,
    expires_at: member.expiresAt,
    added_at: member.addedAt,
  };
}

export const memberEdit = z
  .strictObject({
    expires_at: moment
      .nullable()
      .optional()
      .meta({ description: 'When the membership ends; null: never. Left out: as it is.' }),
  })
  .optional()
  .meta({ id: 'GroupMemberEdit' });

const MOST = 10_000;

export const wholeSet = z
  .strictObject({
    user_ids: z.array(uuid).max(MOST).meta({ description: 'Accounts.' }),
    discord_ids: z.array(snowflake).max(MOST).optional().meta({
      description: 'Discord users, linked or not: a membership counts once he is linked. Left out: none.',
    }),
    confirm: z
      .boolean()
      .default(false)
      .meta({
        description:
          'true: you know what it does, so that the blast-radius guard does not bound it: for roles that you could take ' +
          'by hand, and for operators.',
      }),
  })
  .meta({ id: 'GroupMembers', description: 'Everybody who is in the group; together at most 10,000.' });
