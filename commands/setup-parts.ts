import {
  ChannelType,
  ComponentType,
  SelectMenuDefaultValueType,
  TextInputStyle,
  type APIChannelSelectComponent,
} from 'discord.js';
import type { GuildSettings } from '../src/db/guild-store.ts';
import type { FormText } from '../src/discord/command.ts';
import { customId, type ButtonText } from './message.ts';

const PLACEHOLDERS = {
  audit_channel: 'Audit channel: what Rolewright changed, and why',
  notification_channel: 'Notification channel: what you must act on',
} as const;

/** A list of the channels to choose one, or none, from. */
export function channelList(
  { user }: { user: { id: string } },
  setting: keyof typeof PLACEHOLDERS,
  chosen: string | null,
): APIChannelSelectComponent {
  return {
    type: ComponentType.ChannelSelect,
    custom_id: customId('setup', setting, user.id),
    channel_types: [ChannelType.GuildText, ChannelType.GuildAnnouncement],
    placeholder: PLACEHOLDERS[setting],
    min_values: 0,
    max_values: 1,
    ...(chosen !== null && { default_values: [{ id: chosen, type: SelectMenuDefaultValueType.Channel }] }),
  };
}

/** Each switches one setting. */
export function settingButtons({ autoSync, syncOnJoin, removeRolesOnLeave, onUnlink }: GuildSettings): ButtonText[] {
  return [
    {
      label: `Sync by itself: ${word(autoSync)}`,
      action: 'switch',
      arg: `auto_sync:${other(autoSync)}`,
      style: style(autoSync),
    },
    {
      label: `On joining: ${syncOnJoin ? 'at once' : 'not at once'}`,
      action: 'switch',
      arg: `sync_on_join:${other(syncOnJoin)}`,
      style: style(syncOnJoin),
    },
    {
      label: `On leaving: ${removeRolesOnLeave ? 'forget the roles' : 'remember the roles'}`,
      action: 'switch',
      arg: `remove_roles_on_leave:${other(removeRolesOnLeave)}`,
    },
    {
      label: `On unlinking: ${onUnlink} the roles`,
      action: 'switch',
      arg: `on_unlink:${onUnlink === 'remove' ? 'keep' : 'remove'}`,
    },
  ];
}

const word = (isOn: boolean) => (isOn ? 'on' : 'off');
const other = (isOn: boolean) => word(!isOn);
const style = (isOn: boolean) => (isOn ? 'primary' : 'secondary');

/** How much unattended work may change at once. */
export function limitsForm({ maxRoleChangesPerSync, maxRemovalsPercent }: GuildSettings): FormText {
  return {
    title: 'What may happen unattended in 10 minutes',
    components: [
      {
        type: ComponentType.Label,
        label: 'Role changes, at most',
        description: 'Beyond that, removals wait for you.',
        component: {
          type: ComponentType.TextInput,
          style: TextInputStyle.Short,
          custom_id: 'max_role_changes_per_sync',
          value: String(maxRoleChangesPerSync),
          max_length: 9,
        },
      },
      {
        type: ComponentType.Label,
        label: 'Percent of a role’s holders who may lose it',
        description: 'Five members may lose it in any case.',
        component: {
          type: ComponentType.TextInput,
          style: TextInputStyle.Short,
          custom_id: 'max_removals_percent',
          value: String(maxRemovalsPercent),
          max_length: 9,
        },
      },
    ],
  };
}
