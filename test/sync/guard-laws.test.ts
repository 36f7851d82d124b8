import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { GUARD_WINDOW_MS, MIN_REMOVALS, type GuardLimits } from '../../src/core/guard.ts';
import { createGuard, type BoundedChange, type SpentChange } from '../../src/sync/guard.ts';
import { at } from '../support/core-worlds.ts';

const GUILD = '100000000000000001';
const ROLES = ['p', 'q'] as const;

type Step =
  | { step: 'admit'; sets: { roleId: string; adds: number; removals: number; foreign: number; again: number }[] }
  | { step: 'end'; many: number; isMade: boolean; from: 'oldest' | 'latest' }
  | { step: 'wait'; seconds: number }
  | { step: 'give'; roleId: string; many: number }
  | { step: 'leave'; roleId: string; many: number }
  | { step: 'restart'; isMade: boolean };

const aSet = fc.record({
  roleId: fc.constantFrom(...ROLES),
  adds: fc.oneof(fc.constant(0), fc.nat(12)),
  removals: fc.oneof(fc.constant(0), fc.nat(12)),
  foreign: fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, fc.nat(6)),
  again: fc.oneof(fc.constant(0), fc.nat(6)),
});

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        step: fc.constant('admit' as const),
        sets: fc.array(aSet, { minLength: 1, maxLength: 3 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        step: fc.constant('end' as const),
        many: fc.nat(20),
        isMade: fc.oneof({ arbitrary: fc.constant(true), weight: 4 }, fc.constant(false)),
        from: fc.constantFrom('oldest' as const, 'latest' as const),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        step: fc.constant('wait' as const),
        seconds: fc.oneof(fc.nat(300), fc.constantFrom(599, 600)),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ step: fc.constant('give' as const), roleId: fc.constantFrom(...ROLES), many: fc.nat(20) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ step: fc.constant('leave' as const), roleId: fc.constantFrom(...ROLES), many: fc.nat(5) }),
    },
    { weight: 1, arbitrary: fc.record({ step: fc.constant('restart' as const), isMade: fc.boolean() }) },
  ),
  { minLength: 5, maxLength: 50 },
);

/** Who held a role by our grant, from when until when (in milliseconds). */
interface Holding {
  roleId: string;
  discordId: string;
  from: number;
  to: number | null;
}

interface Made extends SpentChange {
  /** How many members had held the role within ten minutes when the change was admitted. */
  held: number;
}

/** A guild with a ledger and stored runs, in which unattended work goes on. */
class World {
  readonly limits: GuardLimits;
  seconds = 0;
  holdings: Holding[] = [];
  stored: SpentChange[] = [];
  made: Made[] = [];
  onTheWay: { change: BoundedChange; held: number }[] = [];
  known = 0;
  guard = this.start();

  constructor(limits: GuardLimits, holders: number) {
    this.limits = limits;
    for (const roleId of ROLES) this.give(roleId, holders);
  }

  start() {
    return createGuard({
      runs: { spentSince: async (_, since) => this.stored.filter((change) => change.at >= since) },
      grants: {
        holdersOf: async () => new Map(ROLES.map((roleId) => [roleId, this.present(roleId).length])),
      },
      now: () => at(this.seconds),
    });
  }

  now(): number {
    return at(this.seconds).getTime();
  }

  present(roleId: string): Holding[] {
    return this.holdings.filter((holding) => holding.roleId === roleId && holding.to === null);
  }

  give(roleId: string, many: number): void {
    for (let count = 0; count < many; count += 1) this.grant(roleId, `m${(this.known += 1)}`);
  }

  grant(roleId: string, discordId: string): void {
    this.holdings.push({ roleId, discordId, from: this.now(), to: null });
  }

  ungrant(roleId: string, discordId: string): void {
    const holding = this.present(roleId).find((one) => one.discordId === discordId);
    if (holding) holding.to = this.now();
  }

  heldLately(roleId: string): number {
    const start = this.now() - GUARD_WINDOW_MS;
    const lately = this.holdings.filter((one) => one.roleId === roleId && (one.to === null || one.to > start));
    return new Set(lately.map(({ discordId }) => discordId)).size;
  }

  isOnTheWay(roleId: string, discordId: string): boolean {
    return this.onTheWay.some(({ change }) => change.roleId === roleId && change.discordId === discordId);
  }

  /** Takes the role from so many, gives it to so many new ones and to so many who had lost it. */
  changes({
    roleId,
    adds,
    removals,
    foreign,
    again,
  }: Extract<Step, { step: 'admit' }>['sets'][number]): BoundedChange[] {
    const present = this.present(roleId).map(({ discordId }) => discordId);
    const lost = new Set(this.holdings.filter((one) => one.roleId === roleId).map(({ discordId }) => discordId));
    for (const discordId of present) lost.delete(discordId);
    const free = (all: Iterable<string>) => [...all].filter((discordId) => !this.isOnTheWay(roleId, discordId));
    const fresh = (many: number) => Array.from({ length: many }, () => `m${(this.known += 1)}`);
    const add = (discordId: string): BoundedChange => ({ discordId, roleId, action: 'add', reason: 'mapping_true' });
    return [
      ...free(present)
        .slice(0, removals)
        .map((discordId): BoundedChange => ({ discordId, roleId, action: 'remove', reason: 'mapping_false' })),
      ...fresh(foreign).map((discordId): BoundedChange => ({
        discordId,
        roleId,
        action: 'remove',
        reason: 'foreign_removed',
      })),
      ...fresh(adds).map(add),
      ...free(lost).slice(0, again).map(add),
    ];
  }

  async admit(sets: Extract<Step, { step: 'admit' }>['sets']): Promise<void> {
    const used = new Set<string>();
    const all = sets.map((set) => {
      const changes = this.changes(set).filter(({ discordId, roleId }) => !used.has(`${discordId}:${roleId}`));
      for (const { discordId, roleId } of changes) used.add(`${discordId}:${roleId}`);
      return changes;
    });
    const answers = await Promise.all(all.map((changes) => this.guard.admit(GUILD, this.limits, changes, () => false)));
    for (const [index, { go, held, deferred }] of answers.entries()) {
      expect(new Set([...go, ...held, ...deferred])).toEqual(new Set(all[index]));
      expect(go.length + held.length + deferred.length).toBe(all[index]?.length);
    }
    const going = answers.flatMap(({ go }) => go);
    this.onTheWay.push(...going.map((change) => ({ change, held: this.heldLately(change.roleId) })));
    // As the engine does it: the ledger knows of a role before it is given.
    for (const { action, roleId, discordId } of going) if (action === 'add') this.grant(roleId, discordId);
  }

  end(many: number, isMade: boolean, from: 'oldest' | 'latest'): void {
    const ended = this.onTheWay.splice(from === 'oldest' ? 0 : Math.max(0, this.onTheWay.length - many), many);
    for (const { change, held } of ended) {
      const { action, roleId, discordId, reason = 'mapping_true' } = change;
      if (isMade === (action === 'remove')) this.ungrant(roleId, discordId);
      if (isMade) {
        this.made.push({ discordId, action, roleId, at: at(this.seconds), reason, held });
        this.stored.push({ discordId, action, roleId, at: at(this.seconds), reason });
      }
      this.guard.settle(GUILD, change, isMade);
    }
  }

  async take(step: Step): Promise<void> {
    switch (step.step) {
      case 'admit':
        return this.admit(step.sets);
      case 'end':
        return this.end(step.many, step.isMade, step.from);
      case 'wait':
        this.seconds += step.seconds;
        return;
      case 'give':
        return this.give(step.roleId, step.many);
      case 'leave':
        for (const { discordId } of this.present(step.roleId).slice(0, step.many)) this.ungrant(step.roleId, discordId);
        return;
      case 'restart':
        this.end(this.onTheWay.length, step.isMade, 'oldest');
        this.guard = this.start();
    }
  }
}

/** Every ten minutes that end with a change. */
function* windowsOf(made: readonly Made[]): Generator<Made[]> {
  for (const { at: end } of made) {
    const start = end.getTime() - GUARD_WINDOW_MS;
    yield made.filter((change) => change.at <= end && change.at.getTime() > start);
  }
}

function distinct(made: readonly Made[]): number {
  return new Set(made.map(({ discordId, roleId, action }) => `${discordId}:${roleId}:${action}`)).size;
}

it('never makes more changes in any ten minutes than the cap, each counted once, nor takes a role from more than its share', async () => {
  let removals = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        maxRoleChanges: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant(100_000)),
        maxRemovalsPercent: fc.constantFrom(0, 10, 20, 50, 90, 100),
      }),
      fc.nat(100),
      steps,
      async (limits, holders, all) => {
        const world = new World(limits, holders);
        for (const step of all) await world.take(step);
        for (const made of windowsOf(world.made)) {
          expect(distinct(made)).toBeLessThanOrEqual(limits.maxRoleChanges);
          for (const roleId of ROLES) {
            const taken = made.filter((change) => change.action === 'remove' && change.roleId === roleId);
            const held = Math.max(0, ...taken.map((change) => change.held));
            const share = Math.floor((held * limits.maxRemovalsPercent) / 100);
            expect(distinct(taken)).toBeLessThanOrEqual(Math.max(MIN_REMOVALS, share));
            removals = Math.max(removals, distinct(taken));
          }
        }
      },
    ),
    { numRuns: 600 },
  );
  // The law is worth something only where the world comes near the bounds.
  expect(removals).toBeGreaterThan(3 * MIN_REMOVALS);
});
