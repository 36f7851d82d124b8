import type { App } from '../src/app.ts';
import type { CommandInteraction } from '../src/discord/command.ts';
import { count } from '../src/markup.ts';
import { message } from './message.ts';
import { writeMappingFile } from './mapping-file.ts';

/** `/map export` */
export async function exportMappings(interaction: CommandInteraction, app: App): Promise<void> {
  const { guildId } = interaction;
  const [mappings, groups] = await Promise.all([app.mappings.list(guildId), app.groups.list(guildId)]);
  if (mappings.length === 0) {
    await interaction.editReply(message({ head: ['There are no mappings yet. Make one with `/map add`.'] }));
    return;
  }
  const file = writeMappingFile(
    mappings.map(({ mapping }) => mapping),
    groups,
  );
  const head = [
    `**${count(mappings.length, 'mapping')}**. \`/map import\` takes this file, here or in another server.`,
  ];
  const files = [{ attachment: Buffer.from(file), name: `mappings-${guildId}.json` }];
  await interaction.editReply({ ...message({ head }), files });
}
