import { isOfWhatWasShown, partByAgreement } from '../core/agreement.ts';
import type { GuardedChange } from '../core/guard.ts';
import { isBounded } from '../core/occasion.ts';
import type { RunStore } from '../db/run-store.ts';
import type { Guard } from './guard.ts';
import type { GuildRunRequest } from './guild-run.ts';
import type { Holds } from './holds.ts';
import { changeKey, type Intended, type OpenRun } from './open-run.ts';
import type { PlannedMember } from './plan-guild.ts';

/** What a look at all members found. */
export interface Reading {
  /** Those for whom there is anything to do or to note. */
  work: PlannedMember[];
  /** Member and role, where nobody can say whether he should have it. */
  undecided: ReadonlySet<string>;
  /** Discord users with grants whom Discord did not list. */
  absent: string[];
}

/** Brings what a run over a guild wants to change through the blast-radius guard. */
export function createAdmission(parts: {
  runs: Pick<RunStore, 'record'>;
  guard: Guard;
  holds: Holds;
  now: () => Date;
}) {
  async function recordDeferred(guildId: string, run: OpenRun, deferred: readonly Intended[]): Promise<void> {
    const at = parts.now();
    const row = ({ discordId, roleId, action, reason, mappingIds }: Intended) =>
      ({ guildId, discordId, roleId, action, reason, mappingIds, outcome: 'deferred', changedBy: null, at }) as const;
    await parts.runs.record(run.id, deferred.map(row));
  }

  /** What may not go now is held, or left to a later sync. What takes a place of the guard's is added to `reserved`. */
  return async function admit(request: GuildRunRequest, { work, undecided }: Reading, reserved: Map<string, Intended>) {
    const { loaded, run, cause } = request;
    const guildId = loaded.rules.guild.id;
    const planned = work.flatMap(({ member: { discordId }, plan }) =>
      plan.changes.map((change) => ({ ...change, discordId })),
    );
    const open = run.openMembers().flatMap((discordId) => run.open(discordId));
    const admitted = new Set(open.map(changeKey));
    if (isBounded(cause)) {
      await parts.guard.reserveAgain(guildId, open);
      for (const change of open) reserved.set(changeKey(change), change);
    }
    const fresh = planned.filter((change) => !admitted.has(changeKey(change)));
    const onHold = await parts.holds.onHold(guildId);
    // What a run finds that goes on, nobody has seen, but what its agreement tells; nor what waits already, if a mapping is
    // all that was shown.
    const isAgreed = !isBounded(cause) && (!run.isReopened || isOfWhatWasShown(cause.agreement ?? {}));
    const { agreed } = partByAgreement(isAgreed ? fresh : [], cause.agreement ?? {});
    const free = new Set(agreed.filter((change) => cause.trigger !== 'mapping' || !onHold(change)));
    const { maxRoleChangesPerSync: maxRoleChanges, maxRemovalsPercent } = loaded.settings;
    const limits = { maxRoleChanges, maxRemovalsPercent };
    const others = fresh.filter((change) => !free.has(change));
    const { go: bounded, held, deferred } = await parts.guard.admit(guildId, limits, others, onHold);
    for (const change of bounded) reserved.set(changeKey(change), change);
    const go = [...free, ...bounded];
    if (held.length > 0) await parts.holds.hold(guildId, held, cause);
    const isUndecided = ({ discordId, roleId }: GuardedChange) =>
      undecided.has(`${discordId}:${roleId}`) || request.only?.has(roleId) === false;
    await parts.holds.refresh(guildId, held, isUndecided);
    if (deferred.length > 0) await recordDeferred(guildId, run, deferred);
    for (const change of go) admitted.add(changeKey(change));
    await run.intend(go);
    return { admitted, held, deferred };
  };
}
