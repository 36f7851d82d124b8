import type { Run, RunStore } from '../db/run-store.ts';
import type { GuildSync } from './guild-sync.ts';
import { TARGET, type MemberSync } from './member-sync.ts';
import { changeKey, reopenRun, type OpenRun } from './open-run.ts';
import type { RunControl } from './run-control.ts';
import type { Cause } from './results.ts';

export interface ResumeParts {
  runs: RunStore;
  memberIn: MemberSync['memberIn'];
  guild: GuildSync['guild'];
  goOn: RunControl['goOn'];
  now: () => Date;
  inBackground(work: Promise<unknown>): void;
}

/**
 * Goes on with what a crash or a stop cut short, guild by guild as they come into sight; each once. Tells whether that
 * was a sync of all the guild's members.
 */
export function createResume(parts: ResumeParts) {
  const { runs, inBackground } = parts;
  /** Read before anything new begins. */
  let cutShort: Promise<Run[]> | null = null;
  const taken = new Set<string>();

  /** A run that could not go on, because its guild is switched off meanwhile. */
  async function close(run: OpenRun, hasRun: boolean): Promise<void> {
    if (hasRun) return;
    await runs.settleOpen(run.id, null, 'cancelled', parts.now());
    await runs.update(run.id, { status: 'cancelled', completedAt: parts.now() }, 'running');
  }

  return async function resume(guildId: string): Promise<boolean> {
    cutShort ??= runs.unfinished();
    if (taken.has(guildId)) return false;
    taken.add(guildId);
    let isWhole = false;
    for (const stored of await cutShort) {
      if (stored.guildId !== guildId) continue;
      const { trigger, initiatedBy: actor, isBounded, type, targetId, agreement } = stored;
      const cause: Cause = { trigger, actor, isConfirmed: !isBounded, ...(agreement && { agreement }) };
      if (stored.undoOf !== null || stored.decidedBy !== null) {
        inBackground(parts.goOn({ ...stored, guildId }));
        continue;
      }
      const open = await runs.openOf(stored.id);
      const run = reopenRun(parts, { ...stored, guildId }, { open, wasCutShort: true });
      if (type === 'user' && targetId !== null) {
        const keys = new Set(open.map(changeKey));
        const member = parts.memberIn(run, guildId, { ...TARGET, discordId: targetId }, cause, (change) =>
          keys.has(changeKey(change)),
        );
        inBackground(member.then(({ state }) => close(run, state === 'synced' || state === 'not_in_guild')));
      } else {
        isWhole = true;
        inBackground(parts.guild(guildId, cause, undefined, run).then(({ runId }) => close(run, runId === run.id)));
      }
    }
    return isWhole;
  };
}
