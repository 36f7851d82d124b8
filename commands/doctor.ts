import {
  ApplicationIntegrationType,
  InteractionContextType,
  PermissionFlagsBits,
  SlashCommandBuilder,
} from 'discord.js';
import type { Command } from '../src/discord/command.ts';
import type { MappingWithHealth } from '../src/sync/mapping-health.ts';
import { count } from '../src/markup.ts';
import { doctorLines } from './doctor-words.ts';
import { groupNames, type GroupNames } from './group-option.ts';
import { mappingLine } from './mapping-words.ts';
import { message, type Lines } from './message.ts';
import { findingLine } from './wording.ts';

export const doctor = {
  data: new SlashCommandBuilder()
    .setName('doctor')
    .setDescription('Check that every mapping can work, and learn how to mend what cannot')
    .setDefaultMemberPermissions(PermissionFlagsBits.ManageGuild)
    .setContexts(InteractionContextType.Guild)
    .setIntegrationTypes(ApplicationIntegrationType.GuildInstall),

  async execute(interaction, app) {
    const { guildId } = interaction;
    const [{ doctor: found }, mappings, nameOf] = await Promise.all([
      app.guildConfigs.find(guildId),
      app.mappings.list(guildId),
      groupNames(app, guildId),
    ]);
    const whole = found.filter(({ mappingId }) => mappingId === null);
    await interaction.editReply(message(describe(doctorLines(whole), mappings, nameOf)));
  },
} satisfies Command;

/** @param whole what concerns the server as a whole */
function describe(whole: readonly string[], mappings: readonly MappingWithHealth[], nameOf: GroupNames): Lines {
  const sick = mappings.filter(({ findings }) => findings.length > 0).sort((a, b) => errors(b) - errors(a));
  const list = sick.map(({ mapping, findings }) =>
    [mappingLine(mapping, nameOf), ...findings.map(findingLine)].join('\n'),
  );
  if (mappings.length === 0) return { head: [...whole, 'There are no mappings yet. Make one with `/map add`.'] };
  if (sick.length === 0 && whole.length === 0)
    return { head: [`✅ All fine: ${count(mappings.length, 'mapping')} can work.`] };
  const working = mappings.filter((entry) => errors(entry) === 0).length;
  const where = 'mend these first, then run `/doctor` again.';
  return { head: [...whole, `${working} of ${count(mappings.length, 'mapping')} can work.`], list, where };
}

function errors({ findings }: MappingWithHealth): number {
  return findings.filter(({ severity }) => severity === 'error').length;
}
