import {
  ApplicationCommandOptionType as OptionType,
  ApplicationCommandType,
  ChannelType,
  ComponentType,
  type APIApplicationCommandOption,
  type APISelectMenuComponent,
} from 'discord.js';
import type { Command } from '../../src/discord/command.ts';
import type { Guild } from '../../src/core/guild.ts';
import { AT } from './fake-app.ts';

/** Where people type. */
export const CHANNEL_ID = '300000000000000003';
export const AUDIT_CHANNEL_ID = '300000000000000004';

/** The `data` of a command interaction, from what the command's own definition says of its options. */
export function commandData(
  commands: readonly Command[],
  typed: string,
  values: Record<string, string | number | boolean>,
  focused?: string,
) {
  const [name = '', sub] = typed.split(' ');
  const found = commands.find((command) => command.data.name === name);
  const defined = found && 'execute' in found ? (found.data.toJSON().options ?? []) : [];
  const inSub = defined.find((option) => option.type === OptionType.Subcommand && option.name === sub);
  const known: readonly APIApplicationCommandOption[] = inSub && 'options' in inSub ? (inSub.options ?? []) : defined;
  const options = Object.entries(values).map(([option, value]): Record<string, unknown> => {
    const type = known.find((one) => one.name === option)?.type ?? OptionType.String;
    return { name: option, type, value, focused: option === focused };
  });
  const ids = (type: OptionType) => options.filter((option) => option.type === type).map(({ value }) => String(value));
  return {
    id: '800000000000000008',
    name,
    type: ApplicationCommandType.ChatInput,
    options: sub ? [{ name: sub, type: OptionType.Subcommand, options }] : options,
    resolved: {
      users: Object.fromEntries(ids(OptionType.User).map((id) => [id, userPayload(id)])),
      roles: Object.fromEntries(
        ids(OptionType.Role).map((id) => [id, rolePayload({ id, name: 'role', position: 1, permissions: 0n })]),
      ),
      channels: Object.fromEntries(ids(OptionType.Channel).map((id) => [id, channelPayload(id)])),
      attachments: Object.fromEntries(ids(OptionType.Attachment).map((id) => [id, attachmentPayload(id)])),
    },
  };
}

/** The `data` of an entry picked from the menu on a user. */
export function menuData(name: string, targetId: string) {
  const resolved = { users: { [targetId]: userPayload(targetId) } };
  return { id: '800000000000000008', name, type: ApplicationCommandType.User, target_id: targetId, resolved };
}

/** The `data` of a choice in a list. */
export function selectData({ type, custom_id: customId }: APISelectMenuComponent, values: readonly string[]) {
  const roles = values.map((id) => [id, rolePayload({ id, name: 'role', position: 1, permissions: 0n })]);
  const channels = values.map((id) => [id, channelPayload(id)]);
  const resolved = {
    ...(type === ComponentType.RoleSelect && { roles: Object.fromEntries(roles) }),
    ...(type === ComponentType.ChannelSelect && { channels: Object.fromEntries(channels) }),
  };
  return { component_type: type, custom_id: customId, values, resolved };
}

function channelPayload(id: string) {
  const name = id === AUDIT_CHANNEL_ID ? 'audit' : 'general';
  return { id, name, type: ChannelType.GuildText, position: 0, permission_overwrites: [] };
}

/** The file itself is in `FakeWorld.files`, by the same id. */
function attachmentPayload(id: string) {
  const url = `https://cdn.discordapp.com/attachments/300000000000000003/${id}/rows`;
  return { id, filename: 'rows', size: 1, url, proxy_url: url };
}

function userPayload(id: string) {
  return { id, username: `user-${id}`, discriminator: '0', global_name: null, avatar: null, bot: id.endsWith('0b') };
}

export function memberPayload({
  discordId,
  roleIds,
  permissions,
}: {
  discordId: string;
  roleIds: string[];
  permissions: bigint;
}) {
  const base = { nick: null, avatar: null, joined_at: AT.toISOString(), deaf: false, mute: false, flags: 0 };
  return { ...base, user: userPayload(discordId), roles: roleIds, permissions: permissions.toString() };
}

function rolePayload({
  id,
  name,
  position,
  permissions,
}: {
  id: string;
  name: string;
  position: number;
  permissions: bigint;
}) {
  const look = { color: 0, colors: { primary_color: 0 }, hoist: false, managed: false, mentionable: false, flags: 0 };
  return Object.assign(look, { id, name, position, permissions: permissions.toString() });
}

export function guildPayload({ id, name, ownerId, roles }: Guild) {
  const rolePayloads = [...roles.values()].map(rolePayload);
  return {
    id,
    name,
    owner_id: ownerId,
    unavailable: false,
    roles: rolePayloads,
    members: [],
    channels: [CHANNEL_ID, AUDIT_CHANNEL_ID].map(channelPayload),
    features: [],
    member_count: 1,
  };
}
