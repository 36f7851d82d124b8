import type { ImportSums } from '../src/groups/group-imports.ts';
import type { ImportFile } from '../src/groups/import-rows.ts';
import { count, join, plain } from '../src/markup.ts';
import type { Lines } from './message.ts';

/** So many of the groups that are missing are named. */
const NAMED = 10;

/** What an import would do, before anybody says yes. */
export function importQuestion(fileName: string, file: ImportFile, sums: ImportSums): Lines {
  const { added, changed, unchanged, newGroups, mappings } = sums;
  const what = join([
    ...(added > 0 ? [`${count(added, 'member')} added`] : []),
    ...(changed > 0 ? [`${count(changed, 'membership')} with another end`] : []),
    ...(unchanged > 0 ? [`${unchanged.toLocaleString('en')} unchanged`] : []),
  ]);
  const head = isEmpty(sums)
    ? [
        `**${plain(fileName)}** changes nothing${unchanged > 0 ? ': all of its members are in their groups already' : ''}.`,
      ]
    : [`Import **${plain(fileName)}**? ${what}. Nobody is taken out of a group.`];
  return {
    head: [...head, ...newGroupLines(newGroups), ...(added > 0 && mappings > 0 ? [followWords(mappings)] : [])],
    list: badLines(file, sums),
  };
}

/** What came of it. */
export function importedLines(file: ImportFile, sums: ImportSums): Lines {
  const { added, changed, newGroups, mappings } = sums;
  const done = join([
    ...(newGroups.length > 0 ? [`${count(newGroups.length, 'group')} created`] : []),
    `${count(added, 'member')} added`,
    ...(changed > 0 ? [`${count(changed, 'membership')} with another end`] : []),
  ]);
  const next = mappings > 0 ? 'Roles that follow from it are on their way.' : NOT_MAPPED;
  return { head: [`✅ Imported: ${done}.${added > 0 ? ` ${next}` : ''}`], list: badLines(file, sums) };
}

export function isEmpty({ added, changed }: ImportSums): boolean {
  return added + changed === 0;
}

const NOT_MAPPED = 'No mapping uses these groups yet: make one with `/map add`.';

function followWords(mappings: number): string {
  return `${count(mappings, 'mapping uses', 'mappings use')} these groups, so roles follow.`;
}

function newGroupLines(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const named = names.slice(0, NAMED).map((name) => `**${plain(name)}**`);
  const rest = names.length - named.length;
  return [`New groups: ${join([...named, ...(rest > 0 ? [`${rest} more`] : [])])}.`];
}

/** Every row that cannot be used, in order, and why. */
function badLines({ places, bad }: ImportFile, sums: ImportSums): string[] {
  const all = [...bad, ...sums.bad].toSorted((a, b) => a.place - b.place);
  if (all.length === 0) return [];
  const place = places === 'line' ? 'Line' : 'Entry';
  return [
    `⚠️ ${count(all.length, 'row')} cannot be used and ${all.length === 1 ? 'is' : 'are'} left out:`,
    ...all.map((row) => `${place} ${row.place}: ${plain(row.why, 200)}.`),
  ];
}
