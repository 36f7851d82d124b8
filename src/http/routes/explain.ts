import { z } from 'zod';
import type { App } from '../../app.ts';
import type { Access } from '../../identity/access.ts';
import type { Explanations } from '../../sync/explanations.ts';
import { explanationBody, explanationView } from '../explanation-body.ts';
import { snowflake } from '../fields.ts';
import { operation, type Operation } from '../operation.ts';

/** Why a member has, or lacks, a role. */
export function explainOperations(parts: {
  guilds: App['guilds'];
  explanations: Explanations;
  access: Access;
}): Operation[] {
  const { guilds, explanations, access } = parts;
  return [
    operation({
      method: 'get',
      path: '/api/discord/guilds/{guild_id}/explain',
      id: 'explainRole',
      tag: 'Syncs',
      summary: 'Why a member has, or lacks, a role',
      description: 'From the same plan that the next sync would follow. Everybody may ask about himself.',
      who: 'guild_admin',
      problems: ['forbidden', 'discord_unavailable', 'member_not_found', 'bot_not_in_guild'],
      params: z.object({ guild_id: snowflake }),
      query: z.strictObject({ discord_id: snowflake, role_id: snowflake }),
      answers: { 200: explanationBody },
      async authorize({ caller, params, query }) {
        if (!caller.discordIds.includes(query.discord_id)) await access.guildAdmin(caller, params.guild_id);
      },
      async handle({ caller, params: { guild_id: guildId }, query: { discord_id: discordId, role_id: roleId } }) {
        const whole = await explanations.of(guildId, discordId, roleId, caller);
        const name = guilds.guild(guildId)?.roles.get(roleId)?.name ?? null;
        return { status: 200, body: explanationView(guildId, whole, name) };
      },
    }),
  ];
}
