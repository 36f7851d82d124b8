import type { App } from '../src/app.ts';
import type { CommandInteraction, UserMenuInteraction } from '../src/discord/command.ts';
import { user } from '../src/markup.ts';
import { confirmedBy } from './author.ts';
import { buttonsOf, message, type ButtonText } from './message.ts';
import { changesAnything } from './preview-words.ts';
import { planLines, stateWords } from './wording.ts';

/** What a sync of this member would change, with an Apply unless it is a dry run. */
export async function showMemberSync(
  interaction: CommandInteraction | UserMenuInteraction,
  app: App,
  whom: { id: string; bot: boolean },
  { isDryRun }: { isDryRun: boolean },
): Promise<void> {
  const [result, link] = await Promise.all([
    app.sync.previewMember(interaction.guildId, whom.id, confirmedBy(interaction, app).agreement),
    app.links.find(whom.id),
  ]);
  const unlinked =
    link || whom.bot
      ? []
      : [
          `${user(whom.id)} has not linked yet, so no group counts. ${whom.id === interaction.user.id ? 'Run' : 'Ask them to run'} \`/link\`.`,
        ];
  const { plan } = result;
  if (!plan) {
    await interaction.editReply(message({ head: [stateWords(result) ?? NOTHING_KNOWN] }));
  } else if (!changesAnything(plan)) {
    const mark = plan.blocked.length > 0 ? '⚠️' : '✅';
    const first = plan.leftAlone ? [] : [`${mark} There is nothing to change for ${user(whom.id)}.`];
    await interaction.editReply(message({ head: [...first, ...unlinked], list: planLines(plan) }));
  } else {
    const lines = { head: [`The sync of ${user(whom.id)} would change:`], list: planLines(plan), tail: unlinked };
    const apply = { action: 'apply_user', arg: whom.id };
    await interaction.editReply(message(lines, isDryRun ? [] : applyButtons(interaction, apply)));
  }
}

/** Apply and Cancel under a preview of `/sync`. */
export function applyButtons(asker: { user: { id: string } }, apply: Pick<ButtonText, 'action' | 'arg'>) {
  const button = buttonsOf('sync', asker);
  return [button({ ...apply, label: 'Apply', style: 'primary' }), button({ label: 'Cancel', action: 'cancel' })];
}

const NOTHING_KNOWN = 'There is nothing to say about this member right now. Try again in a minute.';
