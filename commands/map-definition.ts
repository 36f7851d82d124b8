import {
  ApplicationIntegrationType,
  InteractionContextType,
  PermissionFlagsBits,
  SlashCommandBuilder,
  type SlashCommandStringOption,
  type SlashCommandSubcommandBuilder,
} from 'discord.js';

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
