import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  guardChanges,
  MIN_REMOVALS,
  removalsWith,
  type GuardedChange,
  type GuardView,
  type Spent,
} from '../../src/core/guard.ts';

/** `+pilot*3` gives Pilot to three members, `-pilot` takes it from one; every member is named by his place. */
function changesOf(words: string): GuardedChange[] {
  const all: GuardedChange[] = [];
  for (const word of words.split(' ').filter((one) => one !== '')) {
    const [roleId = '', times = '1'] = word.slice(1).split('*');
    for (let count = 0; count < Number(times); count += 1)
      all.push({ discordId: `m${all.length}`, roleId, action: actionOf(word) });
  }
  return all;
}

function keyOf({ discordId, roleId, action }: GuardedChange): string {
  return `${discordId}:${roleId}:${action}`;
}

function actionOf(word: string): 'add' | 'remove' {
  return word.startsWith('+') ? 'add' : 'remove';
}

/** What becomes of each change, in the words of `changesOf`, the same ones in a row taken together. */
function inWords(changes: readonly GuardedChange[]): string {
  const words: string[] = [];
  for (const { action, roleId } of changes) {
    const word = `${action === 'add' ? '+' : '-'}${roleId}`;
    const [last, times = '1'] = words.at(-1)?.split('*') ?? [];
    if (last === word) words[words.length - 1] = `${word}*${Number(times) + 1}`;
    else words.push(word);
  }
  return words.join(' ');
}

interface Situation {
  name: string;
  changes: string;
  cap?: number;
  percent?: number;
  /** What was spent within the window, in the same words; by other members, unless `again`. */
  spent?: string;
  again?: boolean;
  holders?: Record<string, number>;
  /** Members whose removals are on hold. */
  waiting?: string[];
  go?: string;
  held?: string;
  deferred?: string;
}

function viewOf(situation: Partial<Situation>): GuardView {
  const { cap = 100, percent = 20, spent = '', again = false, holders = {}, waiting = [] } = situation;
  const made = changesOf(spent);
  const keys = new Set(again ? made.map(keyOf) : []);
  const nothing = { changes: 0, removals: new Map(), has: () => false };
  return {
    limits: { maxRoleChanges: cap, maxRemovalsPercent: percent },
    spent: { changes: made.length, removals: removalsWith(made, nothing), has: (change) => keys.has(keyOf(change)) },
    holders: new Map(Object.entries(holders)),
    onHold: ({ discordId }) => waiting.includes(discordId),
  };
}

describe('guardChanges', () => {
  it.each<Situation>([
    { name: 'has nothing to say of nothing', changes: '' },
    { name: 'lets a set within both bounds go', changes: '+p*3 -p*2', go: '+p*3 -p*2' },
    { name: 'lets five removals of a role go, however few hold it', changes: '-p*5', go: '-p*5' },
    { name: 'holds the sixth removal of a role that few hold, and the five with it', changes: '-p*6', held: '-p*6' },
    {
      name: 'lets exactly the share of the holders go',
      changes: '-p*20',
      holders: { p: 100 },
      go: '-p*20',
    },
    { name: 'holds one more than the share', changes: '-p*21', holders: { p: 100 }, held: '-p*21' },
    { name: 'rounds the share down', changes: '-p*21', holders: { p: 104 }, held: '-p*21' },
    { name: 'counts each role by itself', changes: '-p*5 -q*5 -s*5', go: '-p*5 -q*5 -s*5' },
    {
      name: 'holds the removals of every role when one is beyond its share',
      changes: '-p*6 -q +s',
      go: '+s',
      held: '-p*6 -q',
    },
    { name: 'counts what went before', changes: '-p', spent: '-p*5', held: '-p' },
    { name: 'does not count removals of other roles that went before', changes: '-p', spent: '-q*5', go: '-p' },
    { name: 'does not count additions as removals', changes: '-p*5', spent: '+p*5', go: '-p*5' },
    { name: 'never holds by share at 100 percent', changes: '-p*30', percent: 100, holders: { p: 30 }, go: '-p*30' },
    { name: 'still lets five go at 0 percent', changes: '-p*5', percent: 0, holders: { p: 999 }, go: '-p*5' },
    { name: 'and no more', changes: '-p*6', percent: 0, holders: { p: 999 }, held: '-p*6' },
    { name: 'fills the cap exactly', changes: '+p*7 -p*3', cap: 10, go: '+p*7 -p*3' },
    {
      name: 'holds the removals of a set beyond the cap, and goes on adding',
      changes: '+p*8 -p*3',
      cap: 10,
      go: '+p*8',
      held: '-p*3',
    },
    { name: 'defers the additions beyond the cap', changes: '+p*12', cap: 10, go: '+p*10', deferred: '+p*2' },
    {
      name: 'defers and holds at once',
      changes: '-q +p*12 -q',
      cap: 10,
      go: '+p*10',
      held: '-q*2',
      deferred: '+p*2',
    },
    { name: 'has one place with a cap of one', changes: '+p*2', cap: 1, go: '+p', deferred: '+p' },
    { name: 'takes a removal alone with a cap of one', changes: '-p', cap: 1, go: '-p' },
    { name: 'has no place left once the cap is spent', changes: '+p', cap: 3, spent: '+p -p*2', deferred: '+p' },
    {
      name: 'has no place when more is spent than the cap now allows',
      changes: '+p -p',
      cap: 3,
      spent: '+p*9',
      held: '-p',
      deferred: '+p',
    },
    {
      name: 'keeps what is on hold on hold, and lets the rest go',
      changes: '-p*6 +p',
      waiting: ['m0'],
      go: '-p*5 +p',
      held: '-p',
    },
    {
      name: 'does not count what is on hold towards the cap',
      changes: '-p*2 +p*2',
      cap: 2,
      waiting: ['m0', 'm1'],
      go: '+p*2',
      held: '-p*2',
    },
    { name: 'never holds an addition', changes: '+p', waiting: ['m0'], go: '+p' },
    {
      name: 'takes no place for a change of a member that has one already',
      changes: '+p*5',
      cap: 4,
      spent: '+p*3',
      again: true,
      go: '+p*4',
      deferred: '+p',
    },
    { name: 'lets that go when no place is left', changes: '+p*3', cap: 3, spent: '+p*3', again: true, go: '+p*3' },
    { name: 'counts a removal once that is made again', changes: '-p*5', spent: '-p*5', again: true, go: '-p*5' },
    { name: 'and one more beside it', changes: '-p*6', spent: '-p*5', again: true, held: '-p*6' },
    {
      name: 'holds a removal that is made again where fewer hold the role by now',
      changes: '-p*6',
      spent: '-p*6',
      again: true,
      holders: { p: 29 },
      held: '-p*6',
    },
    {
      name: 'works with the greatest cap there is',
      changes: '+p*2000',
      cap: 100_000,
      spent: '+p*98000',
      go: '+p*2000',
    },
  ])('$name', ({ changes, go = '', held = '', deferred = '', ...situation }) => {
    const guarded = guardChanges(changesOf(changes), viewOf(situation));
    expect({
      go: inWords(guarded.go),
      held: inWords(guarded.held),
      deferred: inWords(guarded.deferred),
    }).toEqual({ go, held, deferred });
  });

  it('says which bounds would have been broken, and by how much', () => {
    const view = viewOf({ cap: 10, spent: '-p*2', holders: { p: 40 } });
    expect(guardChanges(changesOf('-p*7 +q*2'), view).broken).toEqual([
      { bound: 'changes', allowed: 10, wanted: 11 },
      { bound: 'removals', roleId: 'p', allowed: 8, wanted: 9 },
    ]);
    expect(guardChanges(changesOf('-p*6 +q*2'), view).broken).toEqual([]);
  });
});

const ROLES = ['p', 'q'] as const;
const someChange: fc.Arbitrary<GuardedChange> = fc.record({
  discordId: fc.constantFrom('ann', 'ben', 'cy', 'di'),
  roleId: fc.constantFrom(...ROLES),
  action: fc.constantFrom('add', 'remove'),
});
const perRole = (count: fc.Arbitrary<number>) =>
  fc.record({ p: count, q: count }).map((counts) => new Map(Object.entries(counts)));

interface Case extends Omit<GuardView, 'onHold'> {
  changes: GuardedChange[];
  waiting: string[];
}

/** What was spent: by others, and changes of our four. */
const someSpent = fc
  .record({
    made: fc.uniqueArray(someChange, { selector: keyOf, maxLength: 6 }),
    changes: fc.nat(30),
    removals: perRole(fc.nat(10)),
  })
  .map(({ made, changes, removals }): Spent => {
    const keys = new Set(made.map(keyOf));
    return {
      changes: changes + made.length,
      removals: removalsWith(made, { changes, removals, has: () => false }),
      has: (change) => keys.has(keyOf(change)),
    };
  });

const cases: fc.Arbitrary<Case> = fc.record({
  changes: fc.array(someChange, { maxLength: 24 }),
  waiting: fc.subarray(['ann', 'ben', 'cy', 'di'], { maxLength: 2 }),
  limits: fc.record({
    maxRoleChanges: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constant(100_000)),
    maxRemovalsPercent: fc.integer({ min: 0, max: 100 }),
  }),
  spent: someSpent,
  holders: perRole(fc.nat(60)),
});

function guard({ changes, waiting, ...view }: Case) {
  return guardChanges(changes, { ...view, onHold: ({ discordId }) => waiting.includes(discordId) });
}

function waits({ discordId, action }: GuardedChange, { waiting }: Case): boolean {
  return action === 'remove' && waiting.includes(discordId);
}

function check(law: (guarded: ReturnType<typeof guard>, one: Case) => void): void {
  fc.assert(
    fc.property(cases, (one) => law(guard(one), one)),
    { numRuns: 2000 },
  );
}

describe('the laws of guardChanges', () => {
  it('loses nothing, doubles nothing and keeps the order', () =>
    check(({ go, held, deferred }, { changes }) => {
      const places = (some: GuardedChange[]) => some.map((change) => changes.indexOf(change));
      const all = [go, held, deferred].map(places);
      for (const some of all) expect(some).toEqual(some.toSorted((a, b) => a - b));
      expect(all.flat().sort((a, b) => a - b)).toEqual(changes.map((_, index) => index));
    }));

  it('never goes beyond the cap, and leaves no place of it empty while additions wait', () =>
    check(({ go, deferred }, { limits, spent }) => {
      const free = Math.max(0, limits.maxRoleChanges - spent.changes);
      const placed = go.filter((change) => !spent.has(change));
      expect(placed.length).toBeLessThanOrEqual(free);
      if (deferred.length > 0) expect(placed).toHaveLength(free);
    }));

  it('never defers a change that has a place already', () =>
    check(({ deferred }, { spent }) => {
      expect(deferred.filter(spent.has)).toEqual([]);
    }));

  it('never takes a role from more members than its share', () =>
    check(({ go }, { limits, spent, holders }) => {
      for (const roleId of ROLES) {
        const removals = go.filter((change) => change.action === 'remove' && change.roleId === roleId);
        const all = removals.filter((change) => !spent.has(change)).length + (spent.removals.get(roleId) ?? 0);
        const share = ((holders.get(roleId) ?? 0) * limits.maxRemovalsPercent) / 100;
        if (removals.length > 0) expect(all).toBeLessThanOrEqual(Math.max(MIN_REMOVALS, share));
      }
    }));

  it('lets all removals go or none, those on hold aside', () =>
    check(({ go, held }, one) => {
      const fresh = held.filter((change) => !waits(change, one));
      if (fresh.length > 0) expect(go.filter(({ action }) => action === 'remove')).toEqual([]);
    }));

  it('holds removals only, and defers additions only', () =>
    check(({ held, deferred }) => {
      expect(held.every(({ action }) => action === 'remove')).toBe(true);
      expect(deferred.every(({ action }) => action === 'add')).toBe(true);
    }));

  it('names a broken bound exactly when it held or deferred something for it', () =>
    check(({ held, deferred, broken }, one) => {
      const isBounded = deferred.length > 0 || held.some((change) => !waits(change, one));
      expect(broken.length > 0).toBe(isBounded);
      for (const { wanted, allowed } of broken) expect(wanted).toBeGreaterThan(allowed);
    }));

  it('decides on the rest as if what is on hold were not there', () =>
    check(({ go, held, deferred }, one) => {
      const rest = guard({ ...one, changes: one.changes.filter((change) => !waits(change, one)) });
      expect([rest.go, rest.deferred]).toEqual([go, deferred]);
      expect(rest.held).toEqual(held.filter((change) => !waits(change, one)));
    }));
});
