import type { Grant } from '../core/grant.ts';
import type { Member } from '../core/guild.ts';
import { planMember, type GuildRules, type MemberPlan } from '../core/plan.ts';
import type { Suppression } from '../core/suppression.ts';
import type { GrantStore } from '../db/grant-store.ts';
import type { LinkStore } from '../db/link-store.ts';
import type { SuppressionStore } from '../db/suppression-store.ts';
import type { FactLoader, GuildReader } from './ports.ts';

export interface PlanGuildParts {
  guilds: Pick<GuildReader, 'listMembers'>;
  facts: FactLoader;
  links: Pick<LinkStore, 'accountsOf'>;
  grants: Pick<GrantStore, 'ofGuild'>;
  suppressions: Pick<SuppressionStore, 'ofGuild'>;
  now: () => Date;
}

/** A member as a page showed him, with his plan. */
export interface PlannedMember {
  member: Member;
  plan: MemberPlan;
  /** When the page was asked for. */
  at: Date;
}

const NO_GRANTS: ReadonlyMap<string, Grant> = new Map();
const NO_SUPPRESSIONS: ReadonlyMap<string, Suppression> = new Map();

/**
 * Reads all members page by page and plans each of them. Grants are loaded once, links and facts once a page: there is
 * no query and no request per member.
 * @param released roles whose grants count as released, for a preview of what would follow
 * @returns (when the walk ends) the Discord users who hold grants and are no members any more
 */
export async function* planGuild(
  parts: PlanGuildParts,
  rules: GuildRules,
  released: ReadonlySet<string> = new Set(),
): AsyncGenerator<PlannedMember[], string[]> {
  const guildId = rules.guild.id;
  const grants = await parts.grants.ofGuild(guildId);
  const suppressions = await parts.suppressions.ofGuild(guildId);
  let at = parts.now();
  for await (const page of parts.guilds.listMembers(guildId)) {
    const accounts = await parts.links.accountsOf(page.map(({ discordId }) => discordId));
    const facts = await parts.facts.factsOf([...new Set(accounts.values())], parts.now(), { maxAgeMs: 0 });
    const now = parts.now();
    const asked = at;
    yield page.map((member) => {
      const standing = grants.get(member.discordId);
      if (standing) grants.delete(member.discordId);
      const accountId = accounts.get(member.discordId);
      const view = {
        member,
        facts: accountId === undefined ? null : (facts.get(accountId) ?? new Map()),
        grants: withReleased(standing ?? NO_GRANTS, released),
        suppressed: suppressions.get(member.discordId) ?? NO_SUPPRESSIONS,
      };
      return { member, plan: planMember(rules, view, now), at: asked };
    });
    at = parts.now();
  }
  // Whoever is still among them was on no page.
  return [...grants.keys()];
}

/** Whether a sync has anything to do or to note for this member. */
export function needsWork({ changes, ledger, restrain, lift, nick }: MemberPlan): boolean {
  return changes.length + ledger.length + restrain.length + lift.length > 0 || nick !== null;
}

function withReleased(grants: ReadonlyMap<string, Grant>, released: ReadonlySet<string>): ReadonlyMap<string, Grant> {
  if (released.size === 0) return grants;
  return new Map(
    [...grants].map(([roleId, grant]) => [roleId, { ...grant, isReleased: grant.isReleased || released.has(roleId) }]),
  );
}
