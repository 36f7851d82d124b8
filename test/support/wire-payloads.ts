import {
  ApplicationCommandOptionType as OptionType,
  ApplicationCommandType,
  type APIApplicationCommandOption,
} from 'discord.js';
import type { Command } from '../../src/discord/command.ts';
import type { Guild } from '../../src/core/guild.ts';
import { AT } from './fake-app.ts';

/** The `data` of a command interaction, from what the command's own definition says of its options. */
export function commandData(
  commands: readonly Command[],
  typed: string,
  values: Record<string, string | number | boolean>,
  focused?: string,
) {
  const [name = '', sub] = typed.split(' ');
  const defined = commands.find((command) => command.data.name === name)?.data.toJSON().options ?? [];
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
      attachments: Object.fromEntries(ids(OptionType.Attachment).map((id) => [id, attachmentPayload(id)])),
    },
  };
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
    channels: [],
    features: [],
    member_count: 1,
  };
}
