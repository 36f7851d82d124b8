import {
  InteractionContextType,
  ApplicationIntegrationType,
  PermissionFlagsBits,
  SlashCommandBuilder,
  type SlashCommandStringOption,
  type SlashCommandSubcommandBuilder,
} from 'discord.js';
import type { App } from '../src/app.ts';
import type { Conditions, Mapping } from '../src/core/mapping.ts';
import type { CommandInteraction } from '../src/discord/command.ts';
import { AppError } from '../src/errors.ts';
import type { MappingEdit } from '../src/sync/mapping-drafts.ts';
import { parseDuration } from './duration.ts';
import { resolveGroupIds } from './group-option.ts';

const mappingOption = (option: SlashCommandStringOption) =>
  option
    .setName('mapping')
    .setDescription('The mapping, by its group or role')
    .setRequired(true)
    .setAutocomplete(true)
    .setMaxLength(100);

const rolesOption = (option: SlashCommandStringOption) =>
  option
    .setName('roles')
    .setDescription('What happens to roles that only this mapping gave (default: remove)')
    .addChoices({ name: 'Remove them', value: 'remove' }, { name: 'Keep them', value: 'keep' });

export const mapDefinition = new SlashCommandBuilder()
  .setName('map')
  .setDescription('Manage which group gives which role')
  .setDefaultMemberPermissions(PermissionFlagsBits.ManageRoles)
  .setContexts(InteractionContextType.Guild)
  .setIntegrationTypes(ApplicationIntegrationType.GuildInstall)
  .addSubcommand((sub) =>
    withSettings(
      sub
        .setName('add')
        .setDescription('Give a role to the members of a group')
        .addStringOption((option) =>
          option.setName('group').setDescription('The group').setRequired(true).setAutocomplete(true).setMaxLength(100),
        )
        .addRoleOption((option) => option.setName('role').setDescription('The role to give').setRequired(true)),
    ),
  )
  .addSubcommand((sub) =>
    withSettings(
      sub
        .setName('edit')
        .setDescription('Change a mapping; what you leave out stays as it is')
        .addStringOption(mappingOption)
        .addStringOption((option) =>
          option.setName('group').setDescription('Another group').setAutocomplete(true).setMaxLength(100),
        )
        .addBooleanOption((option) => option.setName('active').setDescription('Switch the mapping on or off')),
    ).addStringOption(rolesOption),
  )
  .addSubcommand((sub) =>
    sub
      .setName('remove')
      .setDescription('Remove a mapping')
      .addStringOption(mappingOption)
      .addStringOption(rolesOption),
  )
  .addSubcommand((sub) => sub.setName('list').setDescription('List the mappings of this server and their health'))
  .addSubcommand((sub) => sub.setName('export').setDescription('Get all mappings of this server as a file'))
  .addSubcommand((sub) =>
    sub
      .setName('import')
      .setDescription('Add and change mappings from such a file; shows what it does first')
      .addAttachmentOption((option) =>
        option.setName('file').setDescription('A JSON file, as /map export makes it').setRequired(true),
      ),
  );

function withSettings(sub: SlashCommandSubcommandBuilder): SlashCommandSubcommandBuilder {
  return sub
    .addIntegerOption((option) =>
      option
        .setName('priority')
        .setDescription('The higher one wins within an exclusive set (default: 0)')
        .setMinValue(-1000)
        .setMaxValue(1000),
    )
    .addStringOption((option) =>
      option
        .setName('exclusive_set')
        .setDescription('Of the mappings in one set only the strongest counts; "none" for no set')
        .setMaxLength(50),
    )
    .addStringOption((option) =>
      option
        .setName('on_foreign')
        .setDescription('What happens to the role on members who got it from somebody else (default: keep)')
        .addChoices({ name: 'Keep it', value: 'keep' }, { name: 'Remove it', value: 'remove' }),
    )
    .addStringOption((option) =>
      option
        .setName('on_drift')
        .setDescription('What happens when somebody takes the role away by hand (default: give it back)')
        .addChoices(
          { name: 'Give it back', value: 'revert' },
          { name: 'Leave it off', value: 'respect' },
          { name: 'Leave it off and tell the audit channel', value: 'alert' },
        ),
    )
    .addStringOption((option) =>
      groupList(option, 'also_groups', 'More groups that count, separated by commas; "none" for none'),
    )
    .addBooleanOption((option) =>
      option.setName('require_all').setDescription('Ask for all of the groups instead of any of them'),
    )
    .addStringOption((option) =>
      groupList(option, 'excluded_groups', 'Groups that rule the role out, separated by commas; "none" for none'),
    )
    .addIntegerOption((option) =>
      option
        .setName('min_characters')
        .setDescription("Game characters that the group's source reports, at least; 0 for no limit")
        .setMinValue(0)
        .setMaxValue(100_000),
    )
    .addIntegerOption((option) =>
      option
        .setName('max_characters')
        .setDescription("Game characters that the group's source reports, at most; -1 for no limit")
        .setMinValue(-1)
        .setMaxValue(100_000),
    )
    .addStringOption((option) =>
      option
        .setName('permission')
        .setDescription('Permissions that the source of the group must report, separated by commas; "none" for none')
        .setMaxLength(200),
    )
    .addBooleanOption((option) =>
      option.setName('add_only').setDescription('Give the role, and never take it away again'),
    )
    .addStringOption((option) =>
      option
        .setName('grace')
        .setDescription('How long the role stays when it is no longer earned, such as 12h or 7d; 0m for not at all')
        .setMaxLength(20),
    );
}

function groupList(option: SlashCommandStringOption, name: string, description: string): SlashCommandStringOption {
  return option.setName(name).setDescription(description).setAutocomplete(true).setMaxLength(500);
}

/** What the options say of a mapping (the one that is there, if any); what is left out is absent. AppError where an option makes no sense. */
export async function readSettings(
  { options, guildId }: CommandInteraction,
  app: Pick<App, 'groups'>,
  present?: Mapping,
): Promise<MappingEdit> {
  const [groupId] = await resolveGroupIds(app, guildId, listOf(options.getString('group')));
  const exclusiveSet = options.getString('exclusive_set')?.trim();
  const onForeign = options.getString('on_foreign');
  const onDrift = options.getString('on_drift');
  const grace = options.getString('grace');
  const said = await readConditions({ options, guildId }, app);
  const conditions = withoutDouble(groupId ?? present?.groupId, said, present?.conditions.groups);
  return {
    ...given('groupId', groupId),
    ...given('isActive', options.getBoolean('active')),
    ...given('priority', options.getInteger('priority')),
    ...(exclusiveSet === undefined ? {} : { exclusiveSet: isNone(exclusiveSet) ? null : exclusiveSet }),
    ...(onForeign === 'keep' || onForeign === 'remove' ? { onForeign } : {}),
    ...(onDrift === 'revert' || onDrift === 'respect' || onDrift === 'alert' ? { onDrift } : {}),
    ...given('addOnly', options.getBoolean('add_only')),
    ...(grace === null ? {} : { graceSeconds: graceSeconds(grace) }),
    ...(Object.keys(conditions).length > 0 ? { conditions } : {}),
  };
}

async function readConditions(
  { options, guildId }: Pick<CommandInteraction, 'options' | 'guildId'>,
  app: Pick<App, 'groups'>,
): Promise<Partial<Conditions>> {
  const groups = options.getString('also_groups');
  const excluded = options.getString('excluded_groups');
  const min = options.getInteger('min_characters');
  const max = options.getInteger('max_characters');
  const permissions = options.getString('permission');
  return {
    ...given('requireAll', options.getBoolean('require_all')),
    ...(groups === null ? {} : { groups: await resolveGroupIds(app, guildId, parseList(groups)) }),
    ...(excluded === null ? {} : { excludedGroups: await resolveGroupIds(app, guildId, parseList(excluded)) }),
    ...(min === null ? {} : { characterCountMin: min === 0 ? null : min }),
    ...(max === null ? {} : { characterCountMax: max === -1 ? null : max }),
    ...(permissions === null ? {} : { requiredPermissions: parseList(permissions) }),
  };
}

/** The mapping's own group counts anyway: it need not stand among the groups that count as well. */
function withoutDouble(
  groupId: string | undefined,
  said: Partial<Conditions>,
  groupsBefore: readonly string[] = [],
): Partial<Conditions> {
  const groups = said.groups ?? groupsBefore;
  const others = groups.filter((id) => id !== groupId);
  return said.groups || others.length < groups.length ? { ...said, groups: others } : said;
}

function given<K extends string, V>(key: K, value: V | null | undefined): Partial<Record<K, V>> {
  const one: Partial<Record<K, V>> = {};
  if (value !== null && value !== undefined) one[key] = value;
  return one;
}

function listOf(text: string | null): string[] {
  return text === null ? [] : [text];
}

function isNone(text: string): boolean {
  return text === '' || text.toLowerCase() === 'none';
}

function parseList(text: string): string[] {
  if (isNone(text.trim())) return [];
  return [...new Set(text.split(',').map((part) => part.trim()))].filter((part) => part !== '');
}

function graceSeconds(text: string): number {
  const ms = parseDuration(text);
  if (ms === null || ms > 365 * 86_400_000) {
    throw new AppError('invalid_input', 'Say the grace as a time such as 30m, 12h or 7d, a year at most.');
  }
  return ms / 1000;
}
