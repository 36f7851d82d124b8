import {
  ApplicationIntegrationType,
  InteractionContextType,
  PermissionFlagsBits,
  SlashCommandBuilder,
} from 'discord.js';
import { hasPermission } from '../src/core/permissions.ts';
import type { Guild } from '../src/core/guild.ts';
import type { Command } from '../src/discord/command.ts';
import { AppError } from '../src/errors.ts';
import type { MappingWithHealth } from '../src/sync/mappings.ts';
import { count } from '../src/markup.ts';
import { groupNames, type GroupNames } from './group-option.ts';
import { mappingLine } from './mapping-words.ts';
import { message } from './message.ts';
import { findingLine } from './wording.ts';

export const doctor = {
  data: new SlashCommandBuilder()
    .setName('doctor')
    .setDescription('Check that every mapping can work, and learn how to mend what cannot')
    .setDefaultMemberPermissions(PermissionFlagsBits.ManageGuild)
    .setContexts(InteractionContextType.Guild)
    .setIntegrationTypes(ApplicationIntegrationType.GuildInstall),

  async execute(interaction, app) {
    const guild = app.guilds.guild(interaction.guildId);
    if (!guild)
      throw new AppError('bot_not_in_guild', 'Rolewright cannot see this server right now. Try again in a minute.');
    const [mappings, nameOf] = await Promise.all([app.mappings.list(guild.id), groupNames(app, guild.id)]);
    await interaction.editReply(message(describe(guild, mappings, nameOf)));
  },
} satisfies Command;

function describe(guild: Guild, mappings: readonly MappingWithHealth[], nameOf: GroupNames) {
  const rights = permissionLines(guild);
  const sick = mappings.filter(({ findings }) => findings.length > 0).sort((a, b) => errors(b) - errors(a));
  const list = sick.map(({ mapping, findings }) =>
    [mappingLine(mapping, nameOf), ...findings.map(findingLine)].join('\n'),
  );
  if (mappings.length === 0) return { head: [...rights, 'There are no mappings yet. Make one with `/map add`.'] };
  if (sick.length === 0 && rights.length === 0)
    return { head: [`✅ All fine: ${count(mappings.length, 'mapping')} can work.`] };
  const working = mappings.filter((entry) => errors(entry) === 0).length;
  return { head: [...rights, `${working} of ${count(mappings.length, 'mapping')} can work.`], list };
}

function errors({ findings }: MappingWithHealth): number {
  return findings.filter(({ severity }) => severity === 'error').length;
}

function permissionLines({ bot }: Guild): string[] {
  const lines: string[] = [];
  if (!hasPermission(bot.permissions, 'manageRoles')) {
    lines.push(
      '❌ Rolewright cannot give any role. Give its role the Manage Roles permission in Server Settings > Roles.',
    );
  }
  if (!hasPermission(bot.permissions, 'viewAuditLog')) {
    lines.push(
      '⚠️ Rolewright cannot see who changed a role. Give its role the View Audit Log permission in Server Settings > Roles.',
    );
  }
  return lines;
}
