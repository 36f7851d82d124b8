import { gather, needlessWrites, unreasonableWrites, wrongInTheEnd, wrongLedger, wrongRecords } from './invariants.ts';
import type { Played } from './play.ts';

/** Everything that is wrong with how a schedule went; empty: it went as it must. */
export function judge(played: Played): string[] {
  const evidence = gather(played);
  return [
    ...played.history.broken,
    ...unreasonableWrites(evidence),
    ...wrongInTheEnd(evidence),
    ...wrongLedger(evidence),
    ...wrongRecords(evidence),
    ...needlessWrites(evidence),
  ];
}
