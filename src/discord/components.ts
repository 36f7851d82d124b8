import { MessageFlags } from 'discord.js';
import type { App } from '../app.ts';
import {
  parseCustomId,
  type Command,
  type CommandButton,
  type CommandForm,
  type CommandSelect,
  type ComponentAddress,
  type FormText,
} from './command.ts';
import { createPressGuard } from './press-guard.ts';
import { missingPermission, refuse, UNKNOWN_BUTTON } from './refusals.ts';

type Component = CommandButton | CommandSelect | CommandForm;

/** Brings what is pressed, chosen and filled in to its command, for who may use it; the others are told why not. */
export function createComponents(commands: readonly Command[], app: App) {
  const takeOnce = createPressGuard();
  const byName = new Map(commands.map((command) => [command.data.name, command]));

  /** What this component does and where it stands; null: he may not use it, and has been told. */
  async function admit<T>(
    interaction: Component,
    find: (command: Command, action: string) => T | undefined,
  ): Promise<{ act: T; address: ComponentAddress } | null> {
    const address = parseCustomId(interaction.customId);
    const command = address ? byName.get(address.command) : undefined;
    const act = address && command ? find(command, address.action) : undefined;
    if (!address || !command || act === undefined) {
      await refuse(interaction, UNKNOWN_BUTTON);
      return null;
    }
    const refusal = notHis(address, interaction.user.id, command) ?? missingPermission(command, interaction);
    if (refusal) await refuse(interaction, refusal);
    return refusal ? null : { act, address };
  }

  return {
    async press(interaction: CommandButton): Promise<void> {
      const admitted = await admit(interaction, buttonOf);
      if (!admitted) return;
      const { act, address } = admitted;
      if (act.kind === 'form') {
        await openForm(interaction, address, await act.form.open(interaction, app, address.arg));
      } else if (act.kind === 'answer') {
        const isTaken = await takeOnce(interaction, async () => {
          await interaction.deferReply({ flags: MessageFlags.Ephemeral });
          await act.handle(interaction, app, address.arg);
        });
        if (!isTaken) await interaction.deferUpdate();
      } else {
        await interaction.deferUpdate();
        await takeOnce(interaction, () => act.handle(interaction, app, address.arg));
      }
    },

    async choose(interaction: CommandSelect): Promise<void> {
      const admitted = await admit(interaction, ({ selects }, action) => ofAction(selects, action));
      if (!admitted) return;
      await interaction.deferUpdate();
      const { message, user, customId, values } = interaction;
      const choice = { message, user, customId: `${customId}:${values.join(':')}` };
      await takeOnce(choice, () => admitted.act(interaction, app, admitted.address.arg));
    },

    async submit(interaction: CommandForm): Promise<void> {
      const admitted = await admit(interaction, ({ forms }, action) => ofAction(forms, action));
      if (!admitted) return;
      await interaction.deferUpdate();
      await admitted.act.submit(interaction, app, admitted.address.arg);
    },
  };
}

/** What a press does, by the kind of its button. */
function buttonOf({ buttons, answers, forms }: Command, action: string) {
  const form = ofAction(forms, action);
  if (form) return { kind: 'form', form } as const;
  const answer = ofAction(answers, action);
  if (answer) return { kind: 'answer', handle: answer } as const;
  const button = ofAction(buttons, action);
  return button && ({ kind: 'button', handle: button } as const);
}

function ofAction<T>(all: Readonly<Record<string, T>> | undefined, action: string): T | undefined {
  return all && Object.hasOwn(all, action) ? all[action] : undefined;
}

/** The form comes back under the address of the button that asked for it. */
async function openForm(interaction: CommandButton, address: ComponentAddress, text: FormText): Promise<void> {
  const { command, action, arg } = address;
  await interaction.showModal({ ...text, custom_id: `${command}:${action}:${interaction.user.id}:${arg}` });
}

function notHis({ owner }: ComponentAddress, presser: string, command: Command): string | null {
  if (owner === '*' || owner === presser) return null;
  return `Only the person who ran the command can use its buttons. ${'execute' in command ? `Run /${command.data.name}` : `Choose “${command.data.name}”`} yourself.`;
}
