import type { Agreement } from '../core/agreement.ts';
import { explainRole, type Explanation } from '../core/explain.ts';
import type { Mapping } from '../core/mapping.ts';
import { AppError } from '../errors.ts';
import type { Decide } from './decide.ts';
import { TARGET } from './member-sync.ts';
import { planGuild, type PlanGuildParts } from './plan-guild.ts';
import { notSynced, UNREACHABLE, type GuildPreview, type MemberResult } from './results.ts';
import type { LoadRules } from './rules.ts';
import { createUrgency } from './urgency.ts';

/** What a sync would do, and why; nothing is written. From the same plan that a sync follows. */
export interface Previews {
  /** @param asked as if an admin asked for it, whose word covers that: nothing of it is left as it is because somebody changed it */
  previewMember(guildId: string, discordId: string, asked?: Agreement): Promise<MemberResult>;
  /** @param would what the guild's mappings would be, and whose roles would be released; without it, what is */
  previewGuild(
    guildId: string,
    would?: { mappings: readonly Mapping[]; released?: ReadonlySet<string> },
  ): Promise<GuildPreview>;
  /** Throws AppError member_not_found, bot_not_in_guild. */
  explain(guildId: string, discordId: string, roleId: string): Promise<Explanation>;
}

export function createPreviews(
  parts: PlanGuildParts & { loadRules: LoadRules; look: Decide['look']; signal: AbortSignal },
): Previews {
  const { loadRules } = parts;
  const lookAt = (guildId: string, discordId: string, asked?: Agreement) =>
    parts.look(
      guildId,
      () => loadRules(guildId),
      { ...TARGET, discordId, isAsked: asked !== undefined, beyondAsker: asked?.exceptRoleIds ?? [] },
      { urgency: createUrgency('interactive'), factsMaxAgeMs: 0, signal: parts.signal },
    );

  return {
    async previewMember(guildId, discordId, asked) {
      const decision = await lookAt(guildId, discordId, asked);
      if (typeof decision === 'string') return notSynced(guildId, discordId, decision);
      const { rules, plan } = decision;
      return { ...notSynced(guildId, discordId, 'synced', rules.guild.name), plan };
    },

    async previewGuild(guildId, would) {
      const loaded = await loadRules(guildId, would?.mappings);
      if (!loaded) throw unreachable();
      const sums: GuildPreview = { usersTotal: 0, members: [], rolesAdded: 0, rolesRemoved: 0, blocked: 0 };
      for await (const page of planGuild(parts, loaded.rules, would?.released)) {
        sums.usersTotal += page.length;
        for (const { member, plan } of page) {
          const { changes, blocked, kept } = plan;
          if (changes.length + blocked.length + kept.length > 0 || plan.nick !== null)
            sums.members.push({ discordId: member.discordId, plan });
          sums.rolesAdded += changes.filter(({ action }) => action === 'add').length;
          sums.rolesRemoved += changes.filter(({ action }) => action === 'remove').length;
          sums.blocked += blocked.length;
        }
      }
      return sums;
    },

    async explain(guildId, discordId, roleId) {
      const decision = await lookAt(guildId, discordId);
      if (decision === 'guild_unavailable') throw unreachable();
      if (decision === 'not_in_guild') {
        throw new AppError('member_not_found', 'That person is not a member of this server.');
      }
      return explainRole(decision.rules, decision.view, roleId, parts.now());
    },
  };
}

function unreachable(): AppError {
  return new AppError('bot_not_in_guild', UNREACHABLE);
}
