import { MessageFlags, type Interaction, type PermissionsString } from 'discord.js';
import type {
  Command,
  CommandAutocomplete,
  CommandButton,
  CommandForm,
  CommandInteraction,
  CommandSelect,
  UserMenuInteraction,
} from './command.ts';

export const UNKNOWN_COMMAND = 'Rolewright does not know this command any more. Reload Discord (Ctrl+R) and try again.';
export const UNKNOWN_BUTTON = 'This button belongs to another version of Rolewright. Run the command again.';

/** Says why not, to this person alone. */
export async function refuse(interaction: Interaction, content: string): Promise<void> {
  if (interaction.isRepliable()) await interaction.reply({ content, flags: MessageFlags.Ephemeral });
}

/**
 * Admins can open a command to others in Discord's own settings, so what it needs is checked here as well. It must be
 * held in the whole guild: a channel's overwrites can hand out "Manage Permissions", which is the bit of Manage Roles.
 */
export function missingPermission(
  command: Command,
  interaction:
    CommandInteraction | UserMenuInteraction | CommandButton | CommandSelect | CommandForm | CommandAutocomplete,
): string | null {
  const required = command.data.toJSON().default_member_permissions;
  if (!required) return null;
  const missing = interaction.member.permissions.missing(BigInt(required));
  const missingHere = interaction.memberPermissions.missing(BigInt(required));
  const names = [...new Set([...missing, ...missingHere])].map(permissionName).join(' and ');
  const called = calledBy(interaction) ?? ('execute' in command ? `/${command.data.name}` : `“${command.data.name}”`);
  return names ? `You need the ${names} permission to use ${called}. Ask an admin of this server.` : null;
}

/** What somebody uses who typed nothing; null: it is a command. */
function calledBy(interaction: Interaction): string | null {
  if (interaction.isButton()) return 'this button';
  if (interaction.isAnySelectMenu()) return 'this list';
  return interaction.isModalSubmit() ? 'this form' : null;
}

function permissionName(permission: PermissionsString): string {
  return permission === 'ManageGuild' ? 'Manage Server' : permission.replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
}
