import type { Grant } from './grant.ts';
import type { MemberPlan, MemberView } from './plan.ts';

/** What the ledger has to store about one member. */
export interface LedgerUpdate {
  save: Grant[];
  forget: string[];
}

/**
 * The ledger after a plan was followed. It takes down what Discord confirmed, never what was hoped.
 * @param run the run that made the plan's changes, when Discord confirmed them; null when it did not, or none were made
 */
export function ledgerAfter(
  guildId: string,
  view: MemberView,
  plan: MemberPlan,
  run: { id: string } | null,
  now: Date,
): LedgerUpdate {
  const { discordId } = view.member;
  const grants = new Map<string, Grant>();
  const forget = new Set<string>();
  for (const edit of plan.ledger) {
    if (edit.edit === 'forget') {
      forget.add(edit.roleId);
      continue;
    }
    const { roleId, mappingIds, undesiredSince } = edit;
    const { grantedAt, runId } = view.grants.get(roleId) ?? { grantedAt: now, runId: null };
    grants.set(roleId, { guildId, discordId, roleId, mappingIds, grantedAt, runId, undesiredSince, isReleased: false });
  }
  if (run) {
    for (const { action, roleId, mappingIds } of plan.changes) {
      if (action === 'remove') {
        forget.add(roleId);
        continue;
      }
      const undesiredSince = grants.get(roleId)?.undesiredSince ?? null;
      grants.set(roleId, {
        guildId,
        discordId,
        roleId,
        mappingIds,
        grantedAt: now,
        runId: run.id,
        undesiredSince,
        isReleased: false,
      });
    }
  }
  return { save: [...grants.values()], forget: [...forget] };
}
