import type { Change, Run, RunStore } from '../db/run-store.ts';
import type { Gate } from './gate.ts';
import type { GuildSync } from './guild-sync.ts';
import { TARGET, type MemberSync } from './member-sync.ts';
import { changeKey, reopenRun, takeUpRun, type OpenRun } from './open-run.ts';
import type { RunControl } from './run-control.ts';
import { emptyProgress, type Cause } from './results.ts';

export interface ResumeParts {
  runs: RunStore;
  memberIn: MemberSync['memberIn'];
  part: MemberSync['part'];
  /** So many parts of greater runs go on at once. */
  partsGate: Gate;
  guild: GuildSync['guild'];
  goOn: RunControl['goOn'];
  now: () => Date;
  inBackground(work: Promise<unknown>): void;
}

type GuildRun = Run & { guildId: string };

/**
 * Goes on with what a crash or a stop cut short, guild by guild as they come into sight; each once. Tells whether that
 * was a sync of all the guild's members.
 */
export function createResume(parts: ResumeParts) {
  const { runs, inBackground } = parts;
  /** Read before anything new begins. */
  const cutShort = readCutShort();
  // Whoever asks for it hears of it.
  cutShort.catch(() => undefined);
  const taken = new Set<string>();

  async function readCutShort(): Promise<Run[]> {
    const unfinished = await runs.unfinished();
    await runs.settleWholes(parts.now());
    return unfinished;
  }

  /** A run that could not go on, because its guild is switched off meanwhile. */
  async function close(run: OpenRun, hasRun: boolean): Promise<void> {
    if (hasRun) return;
    await run.end('cancelled', emptyProgress());
    await runs.settleOpen(run.id, null, 'cancelled', parts.now());
    await runs.update(run.id, { status: 'cancelled', completedAt: parts.now() }, 'running');
  }

  async function resumeMember(stored: GuildRun, discordId: string, cause: Cause): Promise<void> {
    const { guildId } = stored;
    if (stored.status === 'pending') {
      const run = takeUpRun(parts, stored, cause);
      return parts.partsGate.through(() => parts.part(run, guildId, discordId, cause));
    }
    const open = await runs.openOf(stored.id);
    const run = reopenRun(parts, stored, { open, wasCutShort: true });
    const keys = new Set(open.map(changeKey));
    // A part that had not come to its plan yet begins anew: somebody asked for it.
    const isNew = stored.parentId !== null && (await runs.allOf(stored.id)).length === 0;
    const target = { ...TARGET, discordId, isAsked: isNew };
    const isAdmitted = isNew ? null : (change: Parameters<typeof changeKey>[0]) => keys.has(changeKey(change));
    const { state } = await parts.memberIn(run, guildId, target, cause, isAdmitted);
    await close(run, state === 'synced' || state === 'not_in_guild');
  }

  async function resumeGuild(stored: GuildRun, cause: Cause, open: readonly Change[]): Promise<void> {
    const { id, guildId, type, targetId } = stored;
    const isPending = stored.status === 'pending';
    const run = isPending ? takeUpRun(parts, stored, cause) : reopenRun(parts, stored, { open, wasCutShort: true });
    const mappingId = type === 'mapping' ? targetId : null;
    const { runId } = await parts.guild(guildId, cause, { run, mappingId });
    await close(run, runId === id);
  }

  return async function resume(guildId: string): Promise<boolean> {
    const all = await cutShort;
    if (taken.has(guildId)) return false;
    taken.add(guildId);
    let isWhole = false;
    for (const run of all) {
      if (run.guildId !== guildId) continue;
      const stored = { ...run, guildId };
      const { trigger, initiatedBy: actor, isBounded, type, targetId, agreement } = stored;
      const cause: Cause = { trigger, actor, isConfirmed: !isBounded, ...(agreement && { agreement }) };
      if (stored.undoOf !== null || stored.decidedBy !== null) inBackground(parts.goOn(stored));
      else if (type === 'user' && targetId !== null) inBackground(resumeMember(stored, targetId, cause));
      else {
        isWhole ||= type === 'guild';
        inBackground(resumeGuild(stored, cause, await runs.openOf(stored.id)));
      }
    }
    return isWhole;
  };
}
