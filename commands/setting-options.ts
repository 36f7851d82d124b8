import {
  ApplicationIntegrationType,
  ChannelType,
  InteractionContextType,
  PermissionFlagsBits,
  SlashCommandBuilder,
  type SlashCommandChannelOption,
} from 'discord.js';
import type { GuildSettings } from '../src/db/guild-store.ts';
import type { CommandInteraction } from '../src/discord/command.ts';
import { AppError } from '../src/errors.ts';
import { BOUNDS, SettingRefused } from '../src/sync/guild-settings.ts';
import { parseDuration } from './duration.ts';

const channelOption = (option: SlashCommandChannelOption) =>
  option.addChannelTypes(ChannelType.GuildText, ChannelType.GuildAnnouncement);

export const settingsDefinition = new SlashCommandBuilder()
  .setName('settings')
  .setDescription('See and change how Rolewright works in this server')
  .setDefaultMemberPermissions(PermissionFlagsBits.ManageGuild)
  .setContexts(InteractionContextType.Guild)
  .setIntegrationTypes(ApplicationIntegrationType.GuildInstall)
  .addSubcommand((sub) => sub.setName('show').setDescription('Show the settings of this server'))
  .addSubcommand((sub) =>
    sub
      .setName('set')
      .setDescription('Change settings; what you leave out stays as it is')
      .addChannelOption((option) =>
        channelOption(option)
          .setName('audit_channel')
          .setDescription('Where Rolewright tells what it changed, and why'),
      )
      .addChannelOption((option) =>
        channelOption(option)
          .setName('notification_channel')
          .setDescription('Where it tells what you must act on (default: in the audit channel)'),
      )
      .addBooleanOption((option) =>
        option.setName('auto_sync').setDescription('Sync by itself; off: only when a person asks'),
      )
      .addStringOption((option) =>
        option
          .setName('sync_interval')
          .setDescription('How often to look at everybody, such as 15m or 2h')
          .setMaxLength(20),
      )
      .addBooleanOption((option) =>
        option.setName('sync_on_join').setDescription('Give roles as soon as somebody joins'),
      )
      .addBooleanOption((option) =>
        option
          .setName('remove_roles_on_leave')
          .setDescription('Off: who leaves and comes back gets back what Rolewright gave'),
      )
      .addBooleanOption((option) =>
        option
          .setName('sync_pending_members')
          .setDescription("Sync members before they have passed the server's membership screening"),
      )
      .addStringOption((option) =>
        option
          .setName('on_unlink')
          .setDescription('What happens to roles that Rolewright gave when somebody unlinks')
          .addChoices({ name: 'Remove them', value: 'remove' }, { name: 'Keep them', value: 'keep' }),
      )
      .addRoleOption((option) => option.setName('bypass_role').setDescription('Members with this role are left alone'))
      .addIntegerOption((option) =>
        option
          .setName('max_role_changes_per_sync')
          .setDescription('Unattended work changes at most so many roles in 10 minutes; more removals wait for you')
          .setMinValue(BOUNDS.maxRoleChangesPerSync.least)
          .setMaxValue(BOUNDS.maxRoleChangesPerSync.most),
      )
      .addIntegerOption((option) =>
        option
          .setName('max_removals_percent')
          .setDescription('It takes a role from at most so many percent of its holders; more waits for you')
          .setMinValue(BOUNDS.maxRemovalsPercent.least)
          .setMaxValue(BOUNDS.maxRemovalsPercent.most),
      )
      .addStringOption((option) =>
        option
          .setName('nickname_template')
          .setDescription('Nicknames to set, such as [{ticker}] {name}')
          .setMaxLength(100),
      )
      .addBooleanOption((option) => option.setName('auto_join').setDescription('Bring whoever links into this server'))
      .addBooleanOption((option) =>
        option.setName('is_enabled').setDescription('Off: Rolewright changes nothing in this server'),
      )
      .addStringOption((option) =>
        option
          .setName('reset')
          .setDescription('Set one of these back to its default')
          .addChoices(
            { name: 'audit_channel (none)', value: 'auditChannelId' },
            { name: 'notification_channel (the audit channel)', value: 'notificationChannelId' },
            { name: 'bypass_role (none)', value: 'bypassRoleId' },
            { name: 'sync_interval (as the operator chose)', value: 'syncIntervalSeconds' },
            { name: 'nickname_template (off)', value: 'nicknameTemplate' },
          ),
      ),
  );

/** What the options change; what is left out is absent. SettingRefused, AppError where one makes no sense. */
export function readSettings({ options }: Pick<CommandInteraction, 'options'>): Partial<GuildSettings> {
  const interval = options.getString('sync_interval');
  const onUnlink = options.getString('on_unlink');
  const said: Partial<GuildSettings> = {
    ...given('auditChannelId', options.getChannel('audit_channel')?.id),
    ...given('notificationChannelId', options.getChannel('notification_channel')?.id),
    ...given('autoSync', options.getBoolean('auto_sync')),
    ...given('syncIntervalSeconds', interval === null ? null : secondsOf(interval)),
    ...given('syncOnJoin', options.getBoolean('sync_on_join')),
    ...given('removeRolesOnLeave', options.getBoolean('remove_roles_on_leave')),
    ...given('syncPendingMembers', options.getBoolean('sync_pending_members')),
    ...given('onUnlink', onUnlink === 'remove' || onUnlink === 'keep' ? onUnlink : null),
    ...given('bypassRoleId', options.getRole('bypass_role')?.id),
    ...given('maxRoleChangesPerSync', options.getInteger('max_role_changes_per_sync')),
    ...given('maxRemovalsPercent', options.getInteger('max_removals_percent')),
    ...given('nicknameTemplate', options.getString('nickname_template')),
    ...given('autoJoin', options.getBoolean('auto_join')),
    ...given('isEnabled', options.getBoolean('is_enabled')),
  };
  return { ...said, ...resetOf(options.getString('reset'), said) };
}

/** What `reset` sets each of these to. */
const RESETTABLE: Pick<
  GuildSettings,
  'auditChannelId' | 'notificationChannelId' | 'bypassRoleId' | 'syncIntervalSeconds' | 'nicknameTemplate'
> = {
  auditChannelId: null,
  notificationChannelId: null,
  bypassRoleId: null,
  syncIntervalSeconds: null,
  nicknameTemplate: '',
};

function resetOf(choice: string | null, said: Partial<GuildSettings>): Partial<GuildSettings> {
  if (choice !== null && Object.hasOwn(said, choice))
    throw new AppError('invalid_input', 'You set and reset the same setting. Choose one.');
  return Object.fromEntries(Object.entries(RESETTABLE).filter(([name]) => name === choice));
}

function secondsOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new SettingRefused('syncIntervalSeconds', 'must be a time such as 15m, 2h or 1d');
  return ms / 1000;
}

function given<K extends keyof GuildSettings>(
  key: K,
  value: GuildSettings[K] | null | undefined,
): Partial<Pick<GuildSettings, K>> {
  const one: Partial<Pick<GuildSettings, K>> = {};
  if (value !== null && value !== undefined) one[key] = value;
  return one;
}
