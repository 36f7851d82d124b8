import type { Outcome } from '../src/sync/ports.ts';

/** What can be asked for by name; of all others a page tells as well. */
const NAMES: Readonly<Partial<Record<Outcome | 'planned', string>>> = {
  applied: 'Done',
  held: 'Waits for approval',
  planned: 'Not done yet',
  undone: 'Done, and undone since',
  failed: 'Failed',
  forbidden: 'Forbidden by Discord',
  lost: 'Lost by Discord',
  deferred: 'Put off to a later sync',
  cancelled: 'Called off',
  member_left: 'The member had left',
  role_gone: 'The role was gone',
  'blocked:role_above_bot': "Not below Rolewright's role",
  'blocked:missing_manage_roles': 'Manage Roles was missing',
};

export const OUTCOME_CHOICES = Object.entries(NAMES).map(([value, name]) => ({ name, value }));

/** As it is asked for. */
export function nameOfOutcome(outcome: Outcome | 'planned'): string {
  return NAMES[outcome] ?? outcome;
}

/** null: any, or none of ours. */
export function readOutcome(text: string | null): Outcome | 'planned' | null {
  return text !== null && isNamed(text) ? text : null;
}

function isNamed(text: string): text is keyof typeof NAMES {
  return Object.hasOwn(NAMES, text);
}
