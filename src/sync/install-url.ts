import { PERMISSIONS, type Permission } from '../core/permissions.ts';

/** What every guild needs: 268455040. */
const ALWAYS: readonly Permission[] = ['manageRoles', 'viewAuditLog', 'viewChannel', 'sendMessages', 'embedLinks'];

/** Discord's page where an admin invites the bot into that guild, with the least permissions for what is switched on. */
export function installUrl(
  { authorizeUrl, clientId }: { authorizeUrl: string; clientId: string },
  guildId: string,
  { nicknameTemplate, autoJoin }: { nicknameTemplate: string; autoJoin: boolean },
): string {
  const needed: readonly Permission[] = [
    ...ALWAYS,
    ...(nicknameTemplate.trim() === '' ? [] : (['manageNicknames'] as const)),
    ...(autoJoin ? (['createInstantInvite'] as const) : []),
  ];
  const url = new URL(authorizeUrl);
  url.search = new URLSearchParams({
    client_id: clientId,
    scope: 'bot applications.commands',
    permissions: String(needed.reduce((sum, permission) => sum | PERMISSIONS[permission], 0n)),
    guild_id: guildId,
    disable_guild_select: 'true',
  }).toString();
  return url.href;
}
