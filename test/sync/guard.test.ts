import { describe, expect, it } from 'vitest';
import type { GuardedChange } from '../../src/core/guard.ts';
import { createGuard, type BoundedChange, type Guard, type SpentChange } from '../../src/sync/guard.ts';
import { at } from '../support/core-worlds.ts';

const GUILD = '100000000000000001';
const OTHER = '100000000000000002';
const LIMITS = { maxRoleChanges: 10, maxRemovalsPercent: 20 };
const nothingWaits = () => false;

/** A guard over a store that remembers, at a clock that the test turns. */
function world({ holders = {}, spent = [] }: { holders?: Record<string, number>; spent?: SpentChange[] } = {}) {
  const state = { seconds: 0, holders: new Map(Object.entries(holders)), fails: false, loads: 0, asked: 0 };
  const guard = createGuard({
    runs: {
      async spentSince(guildId, since) {
        state.loads += 1;
        if (state.fails) throw new Error('the database is locked');
        return guildId === GUILD ? spent.filter((change) => change.at >= since) : [];
      },
    },
    grants: {
      async holdersOf() {
        state.asked += 1;
        return state.holders;
      },
    },
    now: () => at(state.seconds),
  });
  return { state, guard };
}

let members = 0;
function many(
  times: number,
  action: 'add' | 'remove',
  roleId = 'p',
  more: Partial<BoundedChange> = {},
): BoundedChange[] {
  return Array.from({ length: times }, () => ({ discordId: `m${(members += 1)}`, roleId, action, ...more }));
}

interface Asked {
  limits?: typeof LIMITS;
  onHold?: (change: GuardedChange) => boolean;
  guildId?: string;
}

/** How many go, are held and are deferred. */
async function count(
  guard: Guard,
  changes: BoundedChange[],
  { limits = LIMITS, onHold = nothingWaits, guildId = GUILD }: Asked = {},
) {
  const { go, held, deferred } = await guard.admit(guildId, limits, changes, onHold);
  return [go.length, held.length, deferred.length];
}

/** Admits the changes and makes those that may go. */
async function make(guard: Guard, changes: BoundedChange[], limits = LIMITS): Promise<number> {
  const { go } = await guard.admit(GUILD, limits, changes, nothingWaits);
  for (const change of go) guard.settle(GUILD, change, true);
  return go.length;
}

describe('createGuard', () => {
  it('counts a change from the moment it is decided on', async () => {
    const { guard } = world();
    expect(await count(guard, many(8, 'add'))).toEqual([8, 0, 0]);
    expect(await count(guard, many(8, 'add'))).toEqual([2, 0, 6]);
  });

  it('does not give the last places twice to two who ask at once', async () => {
    const { guard } = world();
    const both = await Promise.all([count(guard, many(8, 'add')), count(guard, many(8, 'add'))]);
    expect(both).toEqual([
      [8, 0, 0],
      [2, 0, 6],
    ]);
  });

  it('does not let two at once take more than the share of a role together', async () => {
    const { guard } = world({ holders: { p: 40 } });
    const limits = { ...LIMITS, maxRoleChanges: 100 };
    const both = [many(6, 'remove'), many(6, 'remove')].map((changes) => count(guard, changes, { limits }));
    expect((await Promise.all(both)).map(([go]) => go)).toEqual([6, 0]);
  });

  it('gives the place of a change back that was not made', async () => {
    const { guard } = world();
    const changes = many(10, 'add');
    await guard.admit(GUILD, LIMITS, changes, nothingWaits);
    for (const change of changes.slice(0, 4)) guard.settle(GUILD, change, false);
    expect(await count(guard, many(10, 'add'))).toEqual([4, 0, 6]);
  });

  it('knows a change by what it is, not by who hands it in', async () => {
    const { guard } = world();
    const changes = many(10, 'add');
    await guard.admit(GUILD, LIMITS, changes, nothingWaits);
    for (const change of changes) guard.settle(GUILD, { ...change }, false);
    expect(await count(guard, many(10, 'add'))).toEqual([10, 0, 0]);
  });

  it('keeps the second place of a change that is under way twice', async () => {
    const { guard } = world();
    const [change] = many(1, 'add');
    const changes = change ? [change] : [];
    await guard.admit(GUILD, LIMITS, changes, nothingWaits);
    await guard.admit(GUILD, LIMITS, changes, nothingWaits);
    for (const one of changes) guard.settle(GUILD, one, false);
    expect(await count(guard, many(10, 'add'))).toEqual([9, 0, 1]);
  });

  it('counts a made change for ten minutes from when it was made', async () => {
    const { guard, state } = world();
    const changes = many(10, 'add');
    await guard.admit(GUILD, LIMITS, changes, nothingWaits);
    state.seconds = 300;
    for (const change of changes) guard.settle(GUILD, change, true);
    state.seconds = 899;
    expect(await count(guard, many(1, 'add'))).toEqual([0, 0, 1]);
    state.seconds = 900;
    expect(await count(guard, many(10, 'add'))).toEqual([10, 0, 0]);
  });

  it('keeps the place of a change that is on its way for longer than that', async () => {
    const { guard, state } = world();
    await guard.admit(GUILD, LIMITS, many(10, 'add'), nothingWaits);
    state.seconds = 3600;
    expect(await count(guard, many(1, 'add'))).toEqual([0, 0, 1]);
  });

  it('holds the source that takes a role away person by person', async () => {
    const { guard, state } = world({ holders: { p: 50 } });
    const limits = { ...LIMITS, maxRoleChanges: 100_000 };
    let made = 0;
    for (let person = 0; person < 50; person += 1) {
      const taken = await make(guard, many(1, 'remove'), limits);
      made += taken;
      state.holders.set('p', (state.holders.get('p') ?? 0) - taken);
    }
    expect(made).toBe(10);
  });

  it('takes its share of the members who held the role at first, not of those who are left', async () => {
    const { guard, state } = world({ holders: { p: 50 } });
    expect(await make(guard, many(8, 'remove'))).toBe(8);
    state.holders.set('p', 42);
    expect(await count(guard, many(2, 'remove'))).toEqual([2, 0, 0]);
    expect(await count(guard, many(1, 'remove'))).toEqual([0, 1, 0]);
  });

  it('counts nobody twice who lost the role and got it again', async () => {
    const { guard, state } = world({ holders: { p: 50 } });
    const limits = { ...LIMITS, maxRoleChanges: 100 };
    await make(guard, many(10, 'remove', 'p', { reason: 'mapping_false' }), limits);
    await make(guard, many(10, 'add'), limits);
    expect([...state.holders]).toEqual([['p', 50]]);
    expect(await count(guard, many(1, 'remove'), { limits })).toEqual([0, 1, 0]);
  });

  it('counts those who have just got the role among its holders', async () => {
    const { guard, state } = world({ holders: { p: 20 } });
    const limits = { ...LIMITS, maxRoleChanges: 100 };
    await make(guard, many(30, 'add'), limits);
    state.holders.set('p', 50);
    expect(await count(guard, many(10, 'remove'), { limits })).toEqual([10, 0, 0]);
  });

  it('does not take additions for removals', async () => {
    const { guard } = world();
    await make(guard, many(5, 'add'));
    expect(await count(guard, many(5, 'remove'))).toEqual([5, 0, 0]);
  });

  it.each(['foreign_removed', 'put_back'] as const)(
    'counts nobody among our holders whose role we had not given (%s)',
    async (reason) => {
      const { guard } = world({ holders: { p: 30 } });
      await make(guard, many(6, 'remove', 'p', { reason }));
      expect(await count(guard, many(1, 'remove'))).toEqual([0, 1, 0]);
    },
  );

  it.each([
    { name: 'the other way round', roleId: 'p', action: 'add' as const },
    { name: 'of another role', roleId: 'q', action: 'remove' as const },
  ])('does not take one change of a member for one $name', async ({ roleId, action }) => {
    const { guard } = world();
    const first: BoundedChange = { discordId: 'ann', roleId, action };
    const second: BoundedChange = { discordId: 'ann', roleId: 'p', action: 'remove' };
    await guard.admit(GUILD, LIMITS, [first, second], nothingWaits);
    guard.settle(GUILD, second, false);
    expect(await count(guard, many(5, 'remove'))).toEqual([5, 0, 0]);
  });

  it('counts nobody among the holders whose role is only on its way', async () => {
    const { guard, state } = world({ holders: { p: 35 } });
    const limits = { ...LIMITS, maxRoleChanges: 100 };
    await make(guard, many(7, 'remove'), limits);
    state.holders.set('p', 28);
    await guard.admit(GUILD, limits, many(5, 'add'), nothingWaits);
    state.holders.set('p', 33);
    expect(await count(guard, many(1, 'remove'), { limits })).toEqual([0, 1, 0]);
  });

  it('does not ask the ledger where so few removals always go', async () => {
    const { guard, state } = world({ holders: { p: 50 } });
    await guard.admit(GUILD, LIMITS, [...many(5, 'remove'), ...many(5, 'add')], nothingWaits);
    expect(state.asked).toBe(0);
  });

  it('keeps what is on hold on hold, and reserves no place for it', async () => {
    const { guard } = world();
    expect(await count(guard, many(30, 'remove'), { onHold: () => true })).toEqual([0, 30, 0]);
    expect(await count(guard, many(10, 'add'))).toEqual([10, 0, 0]);
  });

  it('reserves nothing for what it held or deferred', async () => {
    const { guard } = world();
    expect(await count(guard, [...many(6, 'remove'), ...many(3, 'add')])).toEqual([3, 6, 0]);
    expect(await count(guard, many(7, 'add'))).toEqual([7, 0, 0]);
  });

  it('counts each guild by itself', async () => {
    const { guard } = world();
    await guard.admit(GUILD, LIMITS, many(10, 'add'), nothingWaits);
    expect(await count(guard, many(10, 'add'), { guildId: OTHER })).toEqual([10, 0, 0]);
  });

  it('knows after a restart what was done before it', async () => {
    const spent: SpentChange[] = [
      { discordId: 'ann', action: 'remove', roleId: 'p', at: at(-600) },
      { discordId: 'ben', action: 'remove', roleId: 'p', at: at(-599), reason: 'mapping_false' },
      { discordId: 'cid', action: 'remove', roleId: 'p', at: at(-20) },
      { discordId: 'cid', action: 'remove', roleId: 'p', at: at(-10) },
      { discordId: 'dan', action: 'add', roleId: 'q', at: at(-5) },
    ];
    const { guard, state } = world({ spent });
    expect(await count(guard, many(4, 'remove'))).toEqual([0, 4, 0]);
    expect(await count(guard, many(8, 'add'))).toEqual([7, 0, 1]);
    expect(state.loads).toBe(1);
  });

  it('takes one place for somebody who comes and goes, however often', async () => {
    const { guard, state } = world();
    const his = many(3, 'add').map((change) => Object.assign(change, { discordId: 'ann', roleId: change.discordId }));
    for (let times = 0; times < 20; times += 1) {
      expect(await make(guard, his)).toBe(3);
      state.seconds += 20;
    }
    expect(await count(guard, many(8, 'add'))).toEqual([7, 0, 1]);
  });

  it('takes one place for a role that goes to and fro, and one for its way back', async () => {
    const { guard } = world();
    const there: BoundedChange = { discordId: 'ann', roleId: 'p', action: 'add' };
    for (let times = 0; times < 20; times += 1) {
      expect(await make(guard, [there])).toBe(1);
      expect(await make(guard, [{ ...there, action: 'remove' }])).toBe(1);
    }
    expect(await count(guard, many(9, 'add'))).toEqual([8, 0, 1]);
  });

  it('counts from when it was made last', async () => {
    const { guard, state } = world();
    const his = many(10, 'add');
    await make(guard, his);
    state.seconds = 500;
    await make(guard, his.slice(0, 4));
    state.seconds = 600;
    expect(await count(guard, many(10, 'add'))).toEqual([6, 0, 4]);
  });

  it('counts once what is on its way again', async () => {
    const { guard } = world();
    const his = many(3, 'add');
    await make(guard, his);
    await guard.admit(GUILD, LIMITS, his, nothingWaits);
    expect(await count(guard, many(8, 'add'))).toEqual([7, 0, 1]);
  });

  it('knows more of those who held a role than who came and went meanwhile would hide', async () => {
    const { guard, state } = world({ holders: { p: 50 } });
    const limits = { ...LIMITS, maxRoleChanges: 100 };
    const [his] = many(1, 'add');
    for (let times = 0; times < 20; times += 1) await make(guard, his ? [his] : [], limits);
    expect(await make(guard, many(9, 'remove'), limits)).toBe(9);
    state.holders.set('p', 42);
    expect(await count(guard, many(1, 'remove'), { limits })).toEqual([1, 0, 0]);
  });

  it('forgets what was made after now: the clock was set back', async () => {
    const spent = many(3, 'add').map((change): SpentChange => Object.assign(change, { at: at(-50_000) }));
    const { guard, state } = world({ spent });
    await make(guard, many(10, 'add'));
    state.seconds = -86_400;
    expect(await count(guard, many(10, 'add'))).toEqual([10, 0, 0]);
  });

  it('passes over what the store knows from later than now', async () => {
    const spent = many(3, 'add').map((change, index): SpentChange => Object.assign(change, { at: at(index) }));
    const { guard } = world({ spent });
    expect(await count(guard, many(10, 'add'))).toEqual([9, 0, 1]);
  });

  it('reads the store once, for two who ask at once too', async () => {
    const { guard, state } = world();
    await Promise.all([count(guard, many(1, 'add')), count(guard, many(1, 'add'))]);
    expect(state.loads).toBe(1);
  });

  it('admits nothing while the store cannot say what was done, and asks it again', async () => {
    const { guard, state } = world();
    state.fails = true;
    await expect(count(guard, many(1, 'add'))).rejects.toThrow('the database is locked');
    state.fails = false;
    expect(await count(guard, many(11, 'add'))).toEqual([10, 0, 1]);
  });

  it('asks nobody when there is nothing to decide', async () => {
    const { guard, state } = world();
    expect(await count(guard, [])).toEqual([0, 0, 0]);
    expect(state.loads).toBe(0);
  });

  it('reads anew after a guild was forgotten', async () => {
    const { guard, state } = world();
    await guard.admit(GUILD, LIMITS, many(10, 'add'), nothingWaits);
    guard.forget(GUILD);
    expect(await count(guard, many(10, 'add'))).toEqual([10, 0, 0]);
    expect(state.loads).toBe(2);
  });

  it('does not mind the end of a change in a guild that it knows nothing of', async () => {
    const { guard } = world();
    for (const change of many(3, 'add')) guard.settle(GUILD, change, true);
    expect(await count(guard, many(10, 'add'))).toEqual([10, 0, 0]);
  });

  it('counts a change that was made without a place: rather too many than too few', async () => {
    const { guard } = world();
    await guard.admit(GUILD, LIMITS, many(1, 'add'), nothingWaits);
    for (const change of [...many(3, 'add'), ...many(1, 'remove', 'p', { reason: 'mapping_false' })])
      guard.settle(GUILD, change, true);
    for (const change of many(3, 'add')) guard.settle(GUILD, change, false);
    expect(await count(guard, many(10, 'add'))).toEqual([5, 0, 5]);
  });
});
