import { createDice, type Dice } from './dice.ts';
import { MAPPED, OTHERS, type RoleName } from './scene.ts';
import type { SourceMood } from './source.ts';
import { CALM, type Climate } from './weather.ts';

/** What can happen. People are numbers; what makes no sense when its time comes is left out. */
export type Op =
  | { do: 'join'; who: number; isPending: boolean }
  | { do: 'leave' | 'screen'; who: number }
  | { do: 'link' | 'unlink'; who: number }
  | { do: 'ask_member'; who: number; isConfirmed: boolean }
  | { do: 'give' | 'take'; who: number; role: RoleName }
  | { do: 'group_add'; who: number; group: string; endsInMs: number | null }
  | { do: 'group_remove'; who: number; group: string }
  | { do: 'source_fact'; who: number; group: string; isIn: boolean }
  | { do: 'source_mood'; mood: SourceMood }
  | { do: 'map'; draft: Draft }
  | { do: 'map_edit'; which: number; edit: Edit }
  | { do: 'map_switch'; which: number; isActive: boolean; roles: 'remove' | 'keep' }
  | { do: 'map_remove'; which: number; roles: 'remove' | 'keep' }
  | { do: 'settings'; patch: Settings }
  | { do: 'bot_role'; isHigh: boolean }
  | { do: 'reconnect' }
  | { do: 'kill'; atEffect: number; when: 'before' | 'after'; downMs: number }
  | { do: 'ask_guild' }
  | { do: 'decide'; isApproved: boolean }
  | { do: 'undo' }
  | { do: 'weather'; climate: Climate };

export interface Draft {
  role: RoleName;
  group: string;
  more: string[];
  excluded: string[];
  requireAll: boolean;
  priority: number;
  exclusiveSet: string | null;
  onForeign: 'keep' | 'remove';
  onDrift: 'revert' | 'respect' | 'alert';
  addOnly: boolean;
  graceSeconds: number;
}

/** The role of a mapping is for good. */
export type Edit = Partial<Omit<Draft, 'role'>>;

export interface Settings {
  removeRolesOnLeave?: boolean;
  syncPendingMembers?: boolean;
  onUnlink?: 'remove' | 'keep';
  hasBypass?: boolean;
  autoSync?: boolean;
  autoJoin?: boolean;
  maxRoleChangesPerSync?: number;
}

export interface Schedule {
  people: number;
  /** Who is a member, is linked and is in which groups before anything happens. */
  start: { isMember: boolean; isLinked: boolean; groups: string[]; roles: RoleName[]; account: number }[];
  mappings: Draft[];
  hasBypass: boolean;
  climate: Climate;
  ops: { afterMs: number; op: Op }[];
  /** Scheduled syncs after the last event. */
  rounds?: number;
}

export const LOCAL_GROUPS = ['g1', 'g2', 'g3'] as const;
export const SOURCE_GROUPS = ['http:p', 'http:q'] as const;
const GROUPS: readonly string[] = [...LOCAL_GROUPS, ...SOURCE_GROUPS];

/** Everything that will happen under this seed. */
export function rollSchedule(seed: number): Schedule {
  const dice = createDice(seed);
  const isCrowd = dice.chance(0.3);
  const crowded = dice.pick(['http:p', 'g1']);
  const people = isCrowd ? 13 : dice.between(3, 8);
  const start = Array.from({ length: people }, (_, index) => ({
    isMember: dice.chance(0.8),
    isLinked: dice.chance(isCrowd ? 0.95 : 0.75),
    groups: GROUPS.filter((group) => dice.chance(isCrowd && group === crowded ? 0.9 : 0.3)),
    roles: [...MAPPED, ...OTHERS, 'Z' as const, 'P' as const].filter(() => dice.chance(0.12)),
    // Some people have two Discord users.
    account: index > 0 && dice.chance(0.15) ? index - 1 : index,
  }));
  const mappings = Array.from({ length: dice.between(1, 4) }, () => rollDraft(dice));
  if (isCrowd)
    mappings.push({ ...rollDraft(dice), role: 'A', group: 'http:p', more: [], excluded: [], addOnly: false });
  const climate = dice.chance(0.4) ? CALM : rollClimate(dice);
  const count = dice.between(8, 36);
  const ops = Array.from({ length: count }, () => {
    const first = { afterMs: rollGap(dice), op: rollOp(dice, people) };
    if (dice.chance(0.03)) return [first, ...rollTug(dice, people)];
    if (isCrowd && crowded === 'g1' && dice.chance(0.08)) return [first, ...rollExodus(dice, people)];
    // What was heard of a source is forgotten with the process.
    const isSilence = first.op.do === 'source_mood' && first.op.mood !== 'up';
    return isSilence && dice.chance(0.3) ? [first, { afterMs: rollGap(dice), op: rollKill(dice) }] : [first];
  }).flat();
  return { people, start, mappings, hasBypass: dice.chance(0.3), climate, ops };
}

/** One after the other is taken out of a group; the process may die on the way. */
function rollExodus(dice: Dice, people: number): Schedule['ops'] {
  const leavers = Array.from({ length: people }, (_, who): Op => ({ do: 'group_remove', who, group: 'g1' }));
  const ops = leavers.flatMap((op): Op[] => (dice.chance(0.15) ? [op, rollKill(dice)] : [op]));
  return ops.map((op) => ({ afterMs: dice.between(3000, 25_000), op }));
}

function rollKill(dice: Dice): Op {
  const when = dice.pick(['before', 'after'] as const);
  return { do: 'kill', atEffect: dice.between(1, 40), when, downMs: dice.between(500, 20_000) };
}

/** Somebody takes a role away again and again. */
function rollTug(dice: Dice, people: number): Schedule['ops'] {
  const op: Op = { do: 'take', who: dice.between(0, people - 1), role: dice.pick(MAPPED) };
  return Array.from({ length: 6 }, () => ({ afterMs: dice.between(10_000, 40_000), op }));
}

function rollGap(dice: Dice): number {
  const roll = dice.roll();
  if (roll < 0.5) return dice.between(0, 300);
  if (roll < 0.75) return dice.between(1000, 20_000);
  if (roll < 0.92) return dice.between(60_000, 300_000);
  return dice.between(600_000, 1_500_000);
}

function rollClimate(dice: Dice): Climate {
  return {
    rest: dice.pick([0, 0.05, 0.2]),
    events: dice.pick([0, 0.1, 0.5]),
    lost: dice.pick([0, 0.02, 0.1]),
    stale: dice.pick([0, 0, 0.05]),
    meddling: dice.pick([0, 0.1, 0.3]),
  };
}

function rollDraft(dice: Dice): Draft {
  const isPlain = dice.chance(0.5);
  return {
    role: dice.chance(0.05) ? 'H' : dice.pick(MAPPED),
    group: dice.pick(GROUPS),
    more: dice.chance(0.25) ? [dice.pick(GROUPS)] : [],
    excluded: dice.chance(0.15) ? [dice.pick(GROUPS)] : [],
    requireAll: dice.chance(0.3),
    priority: dice.between(0, 2),
    exclusiveSet: !isPlain && dice.chance(0.6) ? 'set' : null,
    onForeign: dice.chance(0.2) ? 'remove' : 'keep',
    onDrift: isPlain ? 'revert' : dice.pick(['revert', 'respect', 'alert']),
    addOnly: !isPlain && dice.chance(0.15),
    graceSeconds: !isPlain && dice.chance(0.2) ? dice.pick([30, 1200]) : 0,
  };
}

type Roll = (dice: Dice, who: number) => Op;

/** What happens, and how often as compared with the rest. */
const ROLLS: readonly (readonly [number, Roll])[] = [
  [6, (dice, who) => ({ do: 'join', who, isPending: dice.chance(0.2) })],
  [4, (_, who) => ({ do: 'leave', who })],
  [2, (_, who) => ({ do: 'screen', who })],
  [9, (dice, who) => ({ do: 'give', who, role: rollRole(dice) })],
  [9, (dice, who) => ({ do: 'take', who, role: rollRole(dice) })],
  [
    8,
    (dice, who) => ({
      do: 'group_add',
      who,
      group: dice.pick(LOCAL_GROUPS),
      endsInMs: dice.chance(0.2) ? dice.between(1000, 900_000) : null,
    }),
  ],
  [7, (dice, who) => ({ do: 'group_remove', who, group: dice.pick(LOCAL_GROUPS) })],
  [6, (dice, who) => ({ do: 'source_fact', who, group: dice.pick(SOURCE_GROUPS), isIn: dice.chance(0.5) })],
  [5, (dice) => ({ do: 'source_mood', mood: dice.pick(['up', 'silent', 'empty', 'gone']) })],
  [3, (_, who) => ({ do: 'link', who })],
  [3, (_, who) => ({ do: 'unlink', who })],
  [2, (dice) => ({ do: 'map', draft: rollDraft(dice) })],
  [2, (dice) => ({ do: 'map_edit', which: dice.between(0, 3), edit: rollEdit(dice) })],
  [3, (dice) => ({ do: 'map_switch', which: dice.between(0, 3), isActive: dice.chance(0.5), roles: rollRoles(dice) })],
  [2, (dice) => ({ do: 'map_remove', which: dice.between(0, 3), roles: rollRoles(dice) })],
  [3, (dice) => ({ do: 'settings', patch: rollSettings(dice) })],
  [2, (dice) => ({ do: 'bot_role', isHigh: dice.chance(0.6) })],
  [2, () => ({ do: 'reconnect' })],
  [5, rollKill],
  [3, (dice, who) => ({ do: 'ask_member', who, isConfirmed: dice.chance(0.5) })],
  [2, () => ({ do: 'ask_guild' })],
  [3, (dice) => ({ do: 'decide', isApproved: dice.chance(0.6) })],
  [2, () => ({ do: 'undo' })],
  [4, (dice) => ({ do: 'weather', climate: dice.chance(0.4) ? CALM : rollClimate(dice) })],
];
const ALL = ROLLS.reduce((sum, [weight]) => sum + weight, 0);

function rollOp(dice: Dice, people: number): Op {
  let left = dice.between(1, ALL);
  const who = dice.between(0, people - 1);
  for (const [weight, roll] of ROLLS) {
    left -= weight;
    if (left <= 0) return roll(dice, who);
  }
  throw new Error('the weights do not add up');
}

function rollRole(dice: Dice): RoleName {
  return dice.chance(0.08) ? 'P' : dice.chance(0.6) ? dice.pick(MAPPED) : dice.pick(OTHERS);
}

function rollRoles(dice: Dice): 'remove' | 'keep' {
  return dice.chance(0.7) ? 'remove' : 'keep';
}

function rollEdit(dice: Dice): Edit {
  const draft = rollDraft(dice);
  const edits: Edit[] = [
    { group: draft.group },
    { more: draft.more },
    { excluded: draft.excluded, requireAll: draft.requireAll },
    { priority: draft.priority, exclusiveSet: draft.exclusiveSet },
    { onForeign: draft.onForeign },
    { onDrift: draft.onDrift },
    { addOnly: draft.addOnly, graceSeconds: draft.graceSeconds },
  ];
  return dice.pick(edits);
}

function rollSettings(dice: Dice): Settings {
  const patches: Settings[] = [
    { removeRolesOnLeave: dice.chance(0.5) },
    { syncPendingMembers: dice.chance(0.5) },
    { onUnlink: dice.chance(0.5) ? 'remove' : 'keep' },
    { hasBypass: dice.chance(0.7) },
    { autoSync: dice.chance(0.6) },
    { autoJoin: dice.chance(0.5) },
    { maxRoleChangesPerSync: dice.pick([3, 100]) },
  ];
  return dice.pick(patches);
}
