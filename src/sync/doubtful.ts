import type { Change, Run, RunStore } from '../db/run-store.ts';
import { changeKey } from './open-run.ts';

/** Of what a run had not told the end of: what it may have done itself. What another run has done since is that one's. */
export async function doubtfulOf(
  runs: Pick<RunStore, 'appliedSince'>,
  { id, guildId }: Pick<Run, 'id'> & { guildId: string },
  open: readonly Change[],
): Promise<Change[]> {
  const first = open[0];
  if (!first) return [];
  const since = open.reduce((earliest, { at }) => (at < earliest ? at : earliest), first.at);
  const others = (await runs.appliedSince(guildId, since)).filter(({ runId }) => runId !== id);
  const doneAt = new Map(others.map((change) => [changeKey(change), change.at]));
  return open.filter((change) => (doneAt.get(changeKey(change)) ?? NEVER) < change.at);
}

const NEVER = new Date(0);
