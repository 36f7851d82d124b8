import type { MemberPlan } from '../core/plan.ts';
import type { Outcome, WriteAnswer } from './ports.ts';

export const LOST = 'Discord said yes to the change, and it never showed. Rolewright tries again at the next sync.';

/** What became of the changes of a write. */
export function outcomeOf(answer: WriteAnswer, isSeen: boolean): Outcome {
  if (answer.outcome === 'applied') return isSeen ? 'applied' : 'lost';
  return answer.outcome === 'unauthorized' ? 'failed' : answer.outcome;
}

/** Whether the write was surely not done. One whose answer was lost may have been: its grant stands until the next look. */
export function isRefused(answer: WriteAnswer): boolean {
  return answer.outcome === 'failed' ? !answer.isPassing : answer.outcome !== 'applied';
}

/** What Discord's refusal means, and what to do about it. */
export function refusalWords({ outcome, detail }: Exclude<WriteAnswer, { outcome: 'applied' }>): string {
  const said = `Discord did not take the change (${detail}).`;
  return outcome === 'failed'
    ? `${said} Rolewright tries again at the next sync.`
    : `${said} The doctor tells how to mend that.`;
}

/** For the guild's audit log: at most 512 characters. */
export function auditReason({ changes, nick }: MemberPlan, runId: string): string {
  const reasons = new Set(changes.map(({ reason }) => reason.replaceAll('_', ' ')));
  if (nick !== null) reasons.add('nickname');
  return `Rolewright run ${runId}: ${[...reasons].join(', ')}`;
}
