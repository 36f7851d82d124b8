import { describe, expect, it } from 'vitest';
import { planUndo, type MadeChange, type UndoView } from '../../src/core/undo.ts';
import { DISCORD_ID } from '../support/core-worlds.ts';

/** `1+p 2-q`: the change with id 1 gave Pilot, the one with id 2 took q. */
function changesOf(words: string): MadeChange[] {
  return words.split(' ').map((word) => ({
    id: Number.parseInt(word, 10),
    discordId: DISCORD_ID,
    roleId: word.slice(-1),
    action: word.includes('+') ? 'add' : 'remove',
  }));
}

function stepsOf(changes: readonly MadeChange[], view: UndoView): string[] {
  return planUndo(changes, view).map((one) =>
    one.step === 'skip' ? one.why : `${one.action === 'add' ? '+' : '-'}${one.change.roleId}`,
  );
}

interface Situation {
  name: string;
  changes: string;
  /** null: he left. */
  roles: string[] | null;
  later?: Record<string, number[]>;
  steps: string[];
}

describe('planUndo', () => {
  it.each<Situation>([
    { name: 'takes what the run gave', changes: '1+p', roles: ['p', 'x'], steps: ['-p'] },
    { name: 'gives what the run took', changes: '1-p', roles: ['x'], steps: ['+p'] },
    { name: 'undoes each role by itself, in order', changes: '1+p 2-q', roles: ['p'], steps: ['-p', '+q'] },
    { name: 'cannot undo anything for somebody who left', changes: '1+p', roles: null, steps: ['member_left'] },
    { name: 'has nothing to take when somebody took it', changes: '1+p', roles: [], steps: ['already_so'] },
    { name: 'has nothing to give when somebody gave it', changes: '1-p', roles: ['p'], steps: ['already_so'] },
    {
      name: 'leaves a role that a later run changed',
      changes: '1+p 2+q',
      roles: ['p', 'q'],
      later: { p: [3, 4] },
      steps: ['changed_since', '-q'],
    },
    { name: 'does not mind earlier runs', changes: '7+p', roles: ['p'], later: { p: [3] }, steps: ['-p'] },
    {
      name: 'does not take the run itself for a later one',
      changes: '1+p',
      roles: ['p'],
      later: { p: [1] },
      steps: ['-p'],
    },
    {
      name: 'undoes a role that the run gave twice, once',
      changes: '1+p 2+p',
      roles: ['p'],
      later: { p: [1, 2] },
      steps: ['already_so', '-p'],
    },
    {
      name: 'leaves a role that the run gave and took',
      changes: '1+p 2-p',
      roles: [],
      steps: ['already_so', 'already_so'],
    },
    {
      name: 'goes back to before the first change when the run ended elsewhere',
      changes: '1+p 2-p 3+p',
      roles: ['p'],
      steps: ['already_so', 'already_so', '-p'],
    },
    {
      name: 'goes back no further than another run in between',
      changes: '1+p 3-p',
      roles: [],
      later: { p: [2] },
      steps: ['changed_since', '+p'],
    },
  ])('$name', ({ changes, roles, later = {}, steps }) => {
    const view = { roleIds: roles && new Set(roles), later: new Map(Object.entries(later)) };
    expect(stepsOf(changesOf(changes), view)).toEqual(steps);
  });

  it('carries the whole recorded change, so that the caller knows which one it reverses', () => {
    const changes = changesOf('1+p').map((change) => Object.assign(change, { reason: 'mapping_true' }));
    const [step] = planUndo(changes, { roleIds: new Set(['p']), later: new Map() });
    expect(step).toEqual({ step: 'reverse', change: changes[0], action: 'remove' });
  });
});

/** Who turns the role over, one after the other: the run, another run, or somebody by hand. */
type Hand = 'run' | 'other' | 'person';
const HANDS: readonly Hand[] = ['run', 'other', 'person'];

function everyStory(length: number): Hand[][] {
  return length === 0 ? [[]] : everyStory(length - 1).flatMap((story) => HANDS.map((hand) => story.concat(hand)));
}

interface Told {
  before: boolean;
  now: boolean;
  own: MadeChange[];
  others: number[];
}

/** What the records and Discord show after the story: each hand turns the role over. */
function tell(story: readonly Hand[], before: boolean): Told {
  const told: Told = { before, now: before, own: [], others: [] };
  for (const [index, hand] of story.entries()) {
    told.now = !told.now;
    const change: MadeChange = {
      id: index + 1,
      discordId: DISCORD_ID,
      roleId: 'p',
      action: told.now ? 'add' : 'remove',
    };
    if (hand === 'run') told.own.push(change);
    if (hand === 'other') told.others.push(change.id);
  }
  return told;
}

function undone({ now, own, others }: Told): { steps: ReturnType<typeof planUndo>; present: boolean } {
  const steps = planUndo(own, { roleIds: new Set(now ? ['p'] : []), later: new Map([['p', others]]) });
  const reversals = steps.filter(({ step }) => step === 'reverse');
  return { steps, present: reversals.length > 0 ? !now : now };
}

describe('the laws of planUndo, for every story of up to five turns of one role', () => {
  const stories = [0, 1, 2, 3, 4, 5]
    .flatMap(everyStory)
    .flatMap((story) => [true, false].map((before) => ({ story, told: tell(story, before) })));

  it('restores what was before the run where nobody else turned the role', () => {
    for (const { story, told } of stories) {
      if (story.every((hand) => hand === 'run')) expect(undone(told).present).toBe(told.before);
    }
  });

  it('leaves the role as it is where another run came last', () => {
    for (const { story, told } of stories) {
      if (story.findLast((hand) => hand !== 'person') === 'other') expect(undone(told).present).toBe(told.now);
    }
  });

  it('reverses a role at most once, and has nothing more to do afterwards', () => {
    for (const { told } of stories) {
      const { steps, present } = undone(told);
      expect(steps).toHaveLength(told.own.length);
      expect(steps.filter(({ step }) => step === 'reverse').length).toBeLessThanOrEqual(1);
      const again = undone({ ...told, now: present });
      expect(again.steps.some(({ step }) => step === 'reverse')).toBe(false);
    }
  });
});
