import type { Command } from './records.ts';

/** A command as Discord writes it. */
export function commandPayload(command: Command): object {
  return {
    id: command.id,
    application_id: command.applicationId,
    version: command.version,
    default_member_permissions: command.defaultMemberPermissions?.toString() ?? null,
    type: command.type,
    name: command.name,
    name_localizations: command.nameLocalizations,
    description: command.description,
    description_localizations: command.descriptionLocalizations,
    dm_permission: command.contexts === null || command.contexts.includes(1),
    contexts: command.contexts,
    integration_types: command.integrationTypes ?? [0],
    nsfw: command.nsfw,
    ...(command.guildId !== null && { guild_id: command.guildId }),
    ...(command.options.length > 0 && { options: command.options }),
  };
}
