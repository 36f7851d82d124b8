import { describe, expect, it } from 'vitest';
import {
  type Trigger,
  isAttended,
  isBounded,
  laneOf,
  maySync,
  outweighs,
  recordsBlocked,
} from '../../src/core/occasion.ts';

const attended: readonly Trigger[] = ['manual', 'link', 'unlink', 'group', 'mapping', 'approval', 'undo'];
const unattended: readonly Trigger[] = ['schedule', 'startup', 'join', 'drift', 'push', 'expiry', 'guild_event'];
const all = [...attended, ...unattended];

describe('isAttended', () => {
  it('is so when a person stands behind it', () => {
    expect(all.filter(isAttended)).toEqual(attended);
  });
});

describe('maySync', () => {
  it('is always so in a guild that is on and syncs by itself', () => {
    for (const trigger of all) expect(maySync({ isEnabled: true, autoSync: true }, trigger)).toBe(true);
  });

  it('is only so when a person acts where the guild does not sync by itself', () => {
    const settings = { isEnabled: true, autoSync: false };
    expect(all.filter((trigger) => maySync(settings, trigger))).toEqual(attended);
  });

  it('is never so in a guild that is off', () => {
    for (const trigger of all) expect(maySync({ isEnabled: false, autoSync: true }, trigger)).toBe(false);
  });
});

describe('isBounded', () => {
  it('is so unless a person saw what would happen, takes it back, or does it to himself alone', () => {
    expect(all.filter((trigger) => !isBounded({ trigger }))).toEqual(['link', 'unlink', 'approval', 'undo']);
    expect(all.filter((trigger) => !isBounded({ trigger, isConfirmed: false }))).toHaveLength(4);
  });

  it('is never so once a person has confirmed it', () => {
    for (const trigger of all) expect(isBounded({ trigger, isConfirmed: true })).toBe(false);
  });
});

describe('laneOf', () => {
  it('lets nobody wait who stands before the screen', () => {
    expect(all.filter((trigger) => laneOf(trigger) === 'interactive')).toEqual(['manual', 'link', 'unlink']);
    expect(new Set(all.map(laneOf))).toEqual(new Set(['interactive', 'event']));
  });
});

describe('recordsBlocked', () => {
  it('is so when something new made us look, not when the same comes round again', () => {
    expect(all.filter((trigger) => !recordsBlocked(trigger))).toEqual(['schedule', 'startup', 'drift', 'guild_event']);
  });
});

describe('of two syncs of the same', () => {
  it.each([
    { name: 'a person outweighs the clock', one: { trigger: 'manual' }, other: { trigger: 'schedule' }, is: true },
    {
      name: 'a yes outweighs a person',
      one: { trigger: 'manual', isConfirmed: true },
      other: { trigger: 'manual' },
      is: true,
    },
    { name: 'equals leave the one that waits', one: { trigger: 'join' }, other: { trigger: 'drift' }, is: false },
    { name: 'the clock outweighs nobody', one: { trigger: 'schedule' }, other: { trigger: 'manual' }, is: false },
  ] as const)('$name', ({ one, other, is }) => {
    expect(outweighs(one, other)).toBe(is);
  });
});
