import { z } from 'zod';
import type { App } from '../../app.ts';
import { roleBlock } from '../../core/doctor.ts';
import { compareRoles } from '../../core/guild.ts';
import { dangerousPermissions, permissionWords } from '../../core/permissions.ts';
import type { Access } from '../../identity/access.ts';
import { listed, pageOf, paging, snowflake } from '../fields.ts';
import { notThere } from '../guild-body.ts';
import { blockCode } from '../known-words.ts';
import { operation, type Operation } from '../operation.ts';

const tag = 'Guilds';
const params = z.object({ guild_id: snowflake });

const adminGuild = z
  .object({
    id: snowflake,
    name: z.string(),
    bot_installed: z.boolean().meta({ description: 'false: see its bot-install-url.' }),
  })
  .meta({ id: 'Guild' });

const channelBody = z
  .object({
    id: snowflake,
    name: z.string(),
    type: z.union([z.literal(0), z.literal(5)]).meta({ description: '0: text, 5: announcements.' }),
    position: z.int(),
    parent_id: snowflake.nullable().meta({ description: 'Its category.' }),
  })
  .meta({ id: 'Channel' });

const roleBody = z
  .object({
    id: snowflake,
    name: z.string(),
    position: z.int(),
    color: z.int().meta({ description: '0xRRGGBB; 0: none.' }),
    managed: z.boolean(),
    assignable: z.boolean().meta({ description: 'The bot can give and take it.' }),
    reason: blockCode.nullable(),
    dangerous_permissions: z.array(z.string()).meta({
      description: 'Powers for which a mapping of the role asks `confirm_dangerous`; empty: none.',
      example: ['Ban Members'],
    }),
  })
  .meta({ id: 'Role' });

/** Guilds as Discord shows them: those of the caller; the channels, roles and invitation of one. */
export function guildOperations(parts: Pick<App, 'guilds' | 'guildConfigs'> & { access: Access }): Operation[] {
  const { guilds, guildConfigs, access } = parts;

  const rolesAt = (path: string, id: string) =>
    operation({
      method: 'get',
      path,
      id,
      tag,
      summary: 'The roles of a guild, the highest first',
      who: 'guild_admin',
      problems: ['forbidden', 'discord_unavailable', 'bot_not_in_guild'],
      params,
      query: z.strictObject(paging),
      answers: { 200: z.object({ roles: z.array(roleBody), ...listed }) },
      authorize: ({ caller, params: { guild_id: guildId } }) => access.guildAdmin(caller, guildId),
      async handle({ params: { guild_id: guildId }, query }) {
        const guild = guilds.guild(guildId);
        if (!guild) throw notThere();
        const colors = guilds.roleColors(guildId);
        const sorted = [...guild.roles.values()].toSorted((a, b) => compareRoles(b, a));
        const { entries, ...page } = pageOf(sorted, query);
        const roles = entries.map(({ id: roleId, name, position, permissions, isManaged, isLinked }) => {
          const reason = roleBlock(guild, roleId);
          const color = colors.get(roleId) ?? 0;
          const managed = isManaged || isLinked;
          const dangerous = dangerousPermissions(permissions).map(permissionWords);
          return {
            id: roleId,
            name,
            position,
            color,
            managed,
            assignable: reason === null,
            reason,
            dangerous_permissions: dangerous,
          };
        });
        return { status: 200, body: { roles, ...page } };
      },
    });

  return [
    operation({
      method: 'get',
      path: '/api/guilds',
      id: 'listGuilds',
      tag,
      summary: 'The guilds that you administer',
      who: 'self',
      problems: ['discord_unavailable'],
      query: z.strictObject(paging),
      answers: { 200: z.object({ guilds: z.array(adminGuild), ...listed }) },
      async handle({ caller, query }) {
        const { entries, ...page } = pageOf(await access.adminGuilds(caller), query);
        const own = entries.map(({ id, name, isBotInstalled }) => ({ id, name, bot_installed: isBotInstalled }));
        return { status: 200, body: { guilds: own, ...page } };
      },
    }),
    operation({
      method: 'get',
      path: '/api/guilds/{guild_id}/channels',
      id: 'listGuildChannels',
      tag,
      summary: 'The text and announcement channels of a guild',
      who: 'guild_admin',
      problems: ['forbidden', 'discord_unavailable', 'bot_not_in_guild'],
      params,
      query: z.strictObject(paging),
      answers: { 200: z.object({ channels: z.array(channelBody), ...listed }) },
      authorize: ({ caller, params: { guild_id: guildId } }) => access.guildAdmin(caller, guildId),
      async handle({ params: { guild_id: guildId }, query }) {
        if (!guilds.guild(guildId)) throw notThere();
        const { entries, ...page } = pageOf(guilds.channels(guildId), query);
        const channels = entries.map(({ id, name, type, position, parentId }) => {
          return { id, name, type, position, parent_id: parentId };
        });
        return { status: 200, body: { channels, ...page } };
      },
    }),
    rolesAt('/api/guilds/{guild_id}/roles', 'listGuildRoles'),
    rolesAt('/api/discord/guilds/{guild_id}/roles', 'listDiscordGuildRoles'),
    operation({
      method: 'get',
      path: '/api/guilds/{guild_id}/bot-install-url',
      id: 'getBotInstallUrl',
      tag,
      summary: 'Where to invite the bot into a guild',
      description: 'With the least permissions for what is switched on. It works where the bot is not yet.',
      who: 'guild_admin',
      problems: ['forbidden', 'discord_unavailable'],
      params,
      answers: { 200: z.object({ url: z.url() }) },
      authorize: ({ caller, params: { guild_id: guildId } }) => access.guildAdmin(caller, guildId),
      async handle({ params: { guild_id: guildId } }) {
        return { status: 200, body: { url: await guildConfigs.installUrl(guildId) } };
      },
    }),
  ];
}
