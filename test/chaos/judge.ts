import { wrongInTheEnd, wrongLedger, wrongRecords } from './end-invariants.ts';
import { gather } from './evidence.ts';
import type { Played } from './play.ts';
import {
  endlessFights,
  needlessWrites,
  stubbornWrites,
  unboundedWork,
  uninvitedWrites,
  unreasonableWrites,
} from './write-invariants.ts';

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
    ...unboundedWork(evidence),
    ...stubbornWrites(evidence),
    ...uninvitedWrites(evidence),
    ...endlessFights(evidence),
  ];
}
