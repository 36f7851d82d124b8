import type { App } from '../src/app.ts';
import type { Command, CommandInteraction } from '../src/discord/command.ts';
import { AppError } from '../src/errors.ts';
import { authorOf } from './author.ts';
import { message } from './message.ts';
import { readSettings, settingsDefinition } from './setting-options.ts';
import { changedSettingLines, changing, settingLines } from './setting-words.ts';

export const settings = {
  data: settingsDefinition,

  async execute(interaction, app) {
    await (interaction.options.getSubcommand() === 'show' ? show : set)(interaction, app);
  },
} satisfies Command;

async function show(interaction: CommandInteraction, app: App): Promise<void> {
  const { guild } = await app.guildConfigs.find(interaction.guildId);
  const own = guild.botUserId === null ? [] : [`A bot of this server's own writes its roles: <@${guild.botUserId}>.`];
  const tail = [...own, 'Change them with `/settings set`.'];
  await interaction.editReply(message({ head: ['**Settings of this server**'], list: settingLines(guild), tail }));
}

async function set(interaction: CommandInteraction, app: App): Promise<void> {
  const patch = await changing(async () => readSettings(interaction));
  if (Object.keys(patch).length === 0)
    throw new AppError('invalid_input', 'Say what to change: choose at least one option. /settings show shows them.');
  const { guildId } = interaction;
  const before = await presentConfig(app, guildId);
  const after = await changing(() => app.guildConfigs.update(guildId, authorOf(interaction), patch));
  const lines = before ? changedSettingLines(before.guild, after.guild) : settingLines(after.guild);
  const head = lines.length > 0 ? ['✅ Saved:'] : ['Nothing changed: the settings are like this already.'];
  await interaction.editReply(message({ head, list: lines }));
}

/** null: an admin had removed the configuration. */
export async function presentConfig({ guildConfigs }: Pick<App, 'guildConfigs'>, guildId: string) {
  try {
    return await guildConfigs.find(guildId);
  } catch (err) {
    if (err instanceof AppError && err.code === 'guild_not_found') return null;
    throw err;
  }
}
