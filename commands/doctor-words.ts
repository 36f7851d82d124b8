import { plain, role } from '../src/markup.ts';
import type { DoctorEntry } from '../src/sync/guild-doctor.ts';

/** Everything that is wrong, with its mend, a line each; errors first. */
export function doctorLines(doctor: readonly DoctorEntry[]): string[] {
  const rank = { error: 0, warning: 1 } as const;
  return doctor.toSorted((a, b) => rank[a.severity] - rank[b.severity]).map(doctorLine);
}

/** One of them: `❌ Drag Rolewright's role above ...`. */
function doctorLine({ severity, mend, roleId }: DoctorEntry): string {
  const of = roleId === null ? '' : `${role(roleId)}: `;
  return `${severity === 'error' ? '❌' : '⚠️'} ${of}${plain(mend, 300)}`;
}
