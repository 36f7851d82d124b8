import { describe, expect, it } from 'vitest';
import { editsLost } from '../../src/core/put-back.ts';

/** A set of roles, a letter for each. */
const roles = (letters: string): Set<string> => new Set(letters);

interface Situation {
  name: string;
  seen: string[];
  restore?: string[];
  retake?: string[];
  skip?: string;
}

// He had k, r and m; our list gave a and took r.
const BASE = 'krm';
const WRITTEN = 'kam';

function lost({ seen, skip = '' }: Pick<Situation, 'seen' | 'skip'>) {
  return editsLost(roles(BASE), roles(WRITTEN), seen.map(roles), roles(skip));
}

describe('editsLost', () => {
  it.each<Situation>([
    { name: 'finds nothing where nobody told anything', seen: [] },
    { name: 'finds nothing in our own change', seen: ['kam'] },
    { name: 'finds nothing in a state as it was before', seen: ['krm', 'kam'] },
    { name: 'restores what somebody gave and our list wiped', seen: ['krmx', 'kam'], restore: ['x'] },
    { name: 'retakes what somebody took and our list gave again', seen: ['rm', 'kam'], retake: ['k'] },
    { name: 'does both at once', seen: ['rmx', 'kam'], restore: ['x'], retake: ['k'] },
    { name: 'does so without having seen our own change', seen: ['rmx'], restore: ['x'], retake: ['k'] },
    { name: 'does so when the word of it comes late', seen: ['kam', 'krmx'], restore: ['x'] },
    { name: 'follows the last word of before', seen: ['krmx', 'krmy', 'kam'], restore: ['y'] },
    { name: 'sees that somebody thought better of it', seen: ['krmx', 'krm', 'kam'] },
    { name: 'leaves what was given after our list', seen: ['kam', 'kamx'] },
    { name: 'leaves what was taken after our list', seen: ['kam', 'am'] },
    { name: 'leaves what somebody gave again himself', seen: ['krmx', 'kam', 'kamx', 'kam'] },
    { name: 'leaves what somebody took again himself', seen: ['rm', 'kam', 'am', 'kam'] },
    {
      name: 'knows before from after when somebody made one of our changes himself',
      seen: ['kram', 'kramx', 'kam'],
      restore: ['x'],
    },
    {
      name: 'knows after from before when somebody reverts one of our changes',
      seen: ['krmx', 'kam', 'km'],
      restore: ['x'],
    },
    { name: 'leaves our own changes to the plan', seen: ['km', 'krm', 'kam'] },
    { name: 'does not touch what nobody can write', seen: ['rx', 'kam'], skip: 'xm', retake: ['k'] },
  ])('$name', ({ restore = [], retake = [], ...situation }) => {
    expect(lost(situation)).toEqual({ restore, retake });
  });

  it('finds nothing when the list changed nothing', () => {
    expect(editsLost(roles('k'), roles('k'), [roles('kx'), roles('')])).toEqual({ restore: [], retake: [] });
  });

  it.each<Situation & { truth: string }>([
    {
      name: 'takes somebody who made all of our changes before us for ourselves',
      seen: ['krmx', 'kamx', 'kam'],
      truth: 'x was wiped, and stays so',
    },
    {
      name: 'takes somebody who reverted all of our changes for a word of before',
      seen: ['krmx', 'kam', 'km', 'krm'],
      truth: 'x was wiped, and stays so',
    },
    {
      name: 'takes the last of two words of before that come in the wrong order for the truth',
      seen: ['krm', 'krmx', 'kam'],
      truth: 'x was taken again before our list',
      restore: ['x'],
    },
    {
      name: 'takes a word that is older than the base for a newer one',
      seen: ['rm', 'kam'],
      truth: 'k was given before the base was read',
      retake: ['k'],
    },
  ])('cannot tell better: $name ($truth)', ({ restore = [], retake = [], seen }) => {
    expect(lost({ seen })).toEqual({ restore, retake });
  });
});

/** Others and our list change one member. */
interface Story {
  base: Set<string>;
  written: Set<string>;
  /** States in their true order: those of others before our list, our list, those of others after it. */
  before: Set<string>[];
  own: Set<string>[];
  after: Set<string>[];
  /** What stands at the end, and what would stand had our list only made our changes. */
  actual: Set<string>;
  ideal: Set<string>;
}

const same = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((id) => b.has(id));

function turned(state: ReadonlySet<string>, id: string): Set<string> {
  const next = new Set(state);
  if (!next.delete(id)) next.add(id);
  return next;
}

function changedBy(base: ReadonlySet<string>, written: ReadonlySet<string>): string[] {
  return [...new Set([...base, ...written])].filter((id) => base.has(id) !== written.has(id));
}

/** Others turn over these roles, one by one, before our list and after it. */
function tell(base: string, written: string, first: readonly string[], then: readonly string[]): Story {
  const changed = changedBy(roles(base), roles(written));
  let actual = roles(base);
  const before: Set<string>[] = [];
  for (const id of first) {
    actual = turned(actual, id);
    before.push(actual);
  }
  const ideal = new Set([...actual, ...changed].filter((id) => !changed.includes(id) || written.includes(id)));
  const own = same(actual, roles(written)) ? [] : [roles(written)];
  actual = roles(written);
  const after: Set<string>[] = [];
  for (const id of then) {
    actual = turned(actual, id);
    after.push(actual);
    if (actual.has(id)) ideal.add(id);
    else ideal.delete(id);
  }
  return { base: roles(base), written: roles(written), before, own, after, actual, ideal };
}

/** How many of our changes the state shows: `some` is neither all nor none. */
function shown({ base, written }: Story, state: ReadonlySet<string>): 'none' | 'some' | 'all' {
  const changed = changedBy(base, written);
  const count = changed.filter((id) => state.has(id) === written.has(id)).length;
  return count === 0 ? 'none' : count === changed.length ? 'all' : 'some';
}

function mended({ base, written, actual }: Story, seen: readonly Set<string>[]): Set<string> {
  const { restore, retake } = editsLost(base, written, seen);
  const roleIds = new Set([...actual, ...restore]);
  for (const id of retake) roleIds.delete(id);
  return roleIds;
}

function everyEdit(roleIds: string, most: number): string[][] {
  if (most === 0) return [[]];
  const shorter = everyEdit(roleIds, most - 1);
  return [
    ...shorter,
    ...shorter
      .filter(({ length }) => length === most - 1)
      .flatMap((edits) => Array.from(roleIds, (id) => edits.concat(id))),
  ];
}

/** Every way to shuffle the two into each other, each in its own order. */
function* mergesOf<T>(a: readonly T[], b: readonly T[]): Generator<T[]> {
  const [first, ...rest] = a;
  const [second, ...others] = b;
  if (first === undefined || second === undefined) return yield [...a, ...b];
  for (const merge of mergesOf(rest, b)) yield [first, ...merge];
  for (const merge of mergesOf(a, others)) yield [second, ...merge];
}

function* ordersOf<T>(all: readonly T[]): Generator<T[]> {
  if (all.length === 0) yield [];
  for (const [index, one] of all.entries()) for (const rest of ordersOf(all.toSpliced(index, 1))) yield [one, ...rest];
}

describe.each([
  { name: 'gives a and takes r', base: 'kr', written: 'ka' },
  { name: 'gives a and b', base: 'k', written: 'kab' },
  { name: 'takes r and s', base: 'krs', written: 'k' },
  { name: 'gives a and b and takes r', base: 'kr', written: 'kab' },
])('editsLost, for every small world in which our list $name', ({ base, written }) => {
  const all = [...new Set(`${base}${written}x`)].join('');
  const stories = everyEdit(all, 2).flatMap((first) =>
    everyEdit(all, 3).map((then) => tell(base, written, first, then)),
  );

  it('finds exactly what our list overwrote, whatever others do, when events come in their order', () => {
    let told = 0;
    for (const story of stories) {
      if (story.before.some((state) => shown(story, state) === 'all')) continue;
      if (story.after.some((state) => shown(story, state) === 'none')) continue;
      told += 1;
      const seen = [...story.before, ...story.own, ...story.after];
      expect(mended(story, seen)).toEqual(story.ideal);
    }
    expect(told).toBeGreaterThan(stories.length / 2);
  });

  it('finds exactly that in any order, and without or twice our own event, while others leave our roles alone', () => {
    const foreign = everyEdit('kx', 2).flatMap((first) =>
      everyEdit('kx', 2).map((then) => tell(base, written, first, then)),
    );
    for (const story of foreign) {
      for (const own of [[], story.own, [...story.own, ...story.own]]) {
        for (const later of ordersOf([...own, ...story.after])) {
          for (const seen of mergesOf(story.before, later)) expect(mended(story, seen)).toEqual(story.ideal);
        }
      }
    }
  });

  it('never touches our own changes or a role that nobody else changed, whatever is lost, doubled or disordered', () => {
    for (const { story, touched } of everyEdit(all, 2).flatMap((first) =>
      everyEdit(all, 1).map((then) => ({
        story: tell(base, written, first, then),
        touched: new Set([...first, ...then]),
      })),
    )) {
      const states = [...story.before, ...story.own, ...story.after];
      for (const order of ordersOf(states)) {
        for (const seen of [order, order.slice(1), [...order, ...order.slice(0, 1)]]) {
          const { restore, retake } = editsLost(story.base, story.written, seen);
          for (const id of [...restore, ...retake]) {
            expect(touched.has(id)).toBe(true);
            expect(story.base.has(id)).toBe(story.written.has(id));
          }
        }
      }
    }
  });

  it('has nothing more to mend once the mended state was seen', () => {
    for (const story of stories) {
      const seen = [...story.before, ...story.own, ...story.after];
      const now = mended(story, seen);
      if (shown(story, now) !== 'all') continue;
      expect(editsLost(story.base, story.written, [...seen, now])).toEqual({ restore: [], retake: [] });
    }
  });
});
