import type { REST } from '@discordjs/rest';
import { Routes } from 'discord-api-types/v10';
import { z } from 'zod';

const memberSchema = z.object({ roles: z.array(z.string()) });

/** What a member should and should not carry, of the roles that are managed. */
export interface PlainTarget {
  discordId: string;
  wanted: ReadonlySet<string>;
}

/**
 * What many role bots do, and the measure that Rolewright is compared with: for every linked member one GET, then one
 * call per role, and a fixed pause after each of them so as not to be limited.
 */
export async function plainSync(
  rest: REST,
  guildId: string,
  managed: ReadonlySet<string>,
  targets: readonly PlainTarget[],
  pause: () => Promise<void>,
): Promise<void> {
  for (const { discordId, wanted } of targets) {
    const member = memberSchema.parse(await rest.get(Routes.guildMember(guildId, discordId)));
    const held = new Set(member.roles);
    for (const roleId of managed) {
      if (wanted.has(roleId) === held.has(roleId)) continue;
      const route = Routes.guildMemberRole(guildId, discordId, roleId);
      if (wanted.has(roleId)) await rest.put(route);
      else await rest.delete(route);
      await pause();
    }
  }
}
