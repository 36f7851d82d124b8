import type { Grant } from './grant.ts';
import type { MemberPlan, MemberView } from './plan.ts';

/** What the ledger has to store about one member around the write of a plan. */
export interface LedgerSteps {
  /**
   * Before the call: what needs none, and what is about to be given. A role is ours from the moment when we set out to
   * give it, so that whoever ends its mapping or its link meanwhile decides about it too.
   */
  before: { save: Grant[]; forget: string[] };
  /** Once Discord confirmed. `renew` touches only grants that still stand, and leaves a release as it is. */
  ifApplied: { renew: Grant[]; forget: string[] };
  /** When Discord did not take it: what was never given after all. */
  ifRefused: { forget: string[] };
}

export function ledgerSteps(
  guildId: string,
  view: MemberView,
  plan: MemberPlan,
  runId: string,
  now: Date,
): LedgerSteps {
  const { discordId, joinedAt } = view.member;
  // No grant is older than the membership, however far Discord's clock is ahead of ours.
  const grantedNow = joinedAt && joinedAt > now ? joinedAt : now;
  const steps: LedgerSteps = {
    before: { save: [], forget: [] },
    ifApplied: { renew: [], forget: [] },
    ifRefused: { forget: [] },
  };
  const given = new Set(plan.changes.filter(({ action }) => action === 'add').map(({ roleId }) => roleId));
  const graces = new Map<string, Date | null>();
  for (const edit of plan.ledger) {
    if (edit.edit === 'forget') {
      steps.before.forget.push(edit.roleId);
      continue;
    }
    const { roleId, mappingIds, undesiredSince } = edit;
    graces.set(roleId, undesiredSince);
    if (given.has(roleId)) continue;
    const standing = edit.why === 'adopted' ? undefined : view.grants.get(roleId);
    const { grantedAt, runId: by } = standing ?? { grantedAt: grantedNow, runId: null };
    const grant = { guildId, discordId, roleId, mappingIds, grantedAt, runId: by, undesiredSince, isReleased: false };
    steps.before.save.push({ ...grant, isConfirmed: true });
  }
  for (const { action, roleId, mappingIds, reason } of plan.changes) {
    // Not ours to give: only back where it was.
    if (reason === 'put_back') continue;
    if (action === 'remove') {
      steps.ifApplied.forget.push(roleId);
      continue;
    }
    const undesiredSince = graces.get(roleId) ?? null;
    const grant = {
      guildId,
      discordId,
      roleId,
      mappingIds,
      grantedAt: grantedNow,
      runId,
      undesiredSince,
      isReleased: false,
    };
    steps.ifApplied.renew.push({ ...grant, isConfirmed: true });
    const present = view.grants.get(roleId);
    // A confirmed one from before he left is none, if the role is given to him as to a newcomer.
    const hasEnded = present?.isConfirmed && reason === 'mapping_true';
    const isNew = !present || present.isReleased || hasEnded;
    if (isNew) steps.before.save.push({ ...grant, isConfirmed: false });
    if (isNew || !present.isConfirmed) steps.ifRefused.forget.push(roleId);
  }
  return steps;
}
