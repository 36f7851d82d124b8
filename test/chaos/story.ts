import type { Draft, Op, Schedule } from './schedule.ts';
import { CALM } from './weather.ts';

const PLAIN: Draft = {
  role: 'A',
  group: 'http:p',
  more: [],
  excluded: [],
  requireAll: false,
  priority: 0,
  exclusiveSet: null,
  onForeign: 'keep',
  onDrift: 'revert',
  addOnly: false,
  graceSeconds: 0,
};

const PEOPLE = 7;

/** What happens in the story, one after the other, each with time to be dealt with. */
const HAPPENINGS: readonly Op[] = [
  { do: 'give', who: 0, role: 'X' },
  { do: 'group_add', who: 0, group: 'g1', endsInMs: null },
  { do: 'group_add', who: 1, group: 'g1', endsInMs: 45_000 },
  { do: 'join', who: 6, isPending: true },
  { do: 'screen', who: 6 },
  { do: 'take', who: 0, role: 'A' },
  { do: 'group_add', who: 2, group: 'g2', endsInMs: null },
  { do: 'take', who: 2, role: 'C' },
  { do: 'unlink', who: 3 },
  { do: 'link', who: 3 },
  { do: 'leave', who: 4 },
  { do: 'join', who: 4, isPending: false },
  { do: 'map', draft: { ...PLAIN, role: 'D', group: 'http:q' } },
  { do: 'source_fact', who: 5, group: 'http:q', isIn: true },
  { do: 'ask_guild' },
  { do: 'undo' },
  { do: 'ask_member', who: 5, isConfirmed: true },
  { do: 'map_edit', which: 1, edit: { more: ['g3'] } },
  { do: 'group_add', who: 5, group: 'g3', endsInMs: null },
  { do: 'map_switch', which: 2, isActive: false, roles: 'keep' },
  { do: 'give', who: 3, role: 'B' },
  { do: 'bot_role', isHigh: false },
  { do: 'group_remove', who: 0, group: 'g1' },
  { do: 'bot_role', isHigh: true },
  { do: 'source_mood', mood: 'silent' },
  { do: 'ask_guild' },
  { do: 'source_mood', mood: 'empty' },
  { do: 'ask_guild' },
  { do: 'decide', isApproved: true },
  { do: 'source_mood', mood: 'up' },
  { do: 'ask_guild' },
  { do: 'map_remove', which: 1, roles: 'remove' },
  { do: 'take', who: 0, role: 'X' },
];

/** One story with every kind of change in it, in a world where nothing goes wrong by itself. */
export const STORY: Schedule = {
  people: PEOPLE,
  start: Array.from({ length: PEOPLE }, (_, who) => ({
    isMember: who !== 6,
    isLinked: true,
    groups: ['http:p'],
    roles: who === 1 ? ['B'] : [],
    account: who,
  })),
  mappings: [PLAIN, { ...PLAIN, role: 'B', group: 'g1' }, { ...PLAIN, role: 'C', group: 'g2', onDrift: 'respect' }],
  hasBypass: false,
  climate: CALM,
  ops: HAPPENINGS.map((op) => ({ afterMs: 20_000, op })),
  rounds: 3,
};
