import { describe, expect, it } from 'vitest';
import { maySync, recordsBlocked, type Trigger } from '../../src/core/occasion.ts';

const attended: readonly Trigger[] = ['manual', 'link', 'unlink', 'group', 'mapping'];
const unattended: readonly Trigger[] = ['schedule', 'startup', 'join', 'drift', 'expiry', 'guild_event'];

describe('maySync', () => {
  it('is always so in a guild that is on and syncs by itself', () => {
    for (const trigger of [...attended, ...unattended])
      expect(maySync({ isEnabled: true, autoSync: true }, trigger)).toBe(true);
  });

  it('is only so when a person acts where the guild does not sync by itself', () => {
    const settings = { isEnabled: true, autoSync: false };
    expect(attended.filter((trigger) => maySync(settings, trigger))).toEqual(attended);
    expect(unattended.filter((trigger) => maySync(settings, trigger))).toEqual([]);
  });

  it('is never so in a guild that is off', () => {
    for (const trigger of [...attended, ...unattended])
      expect(maySync({ isEnabled: false, autoSync: true }, trigger)).toBe(false);
  });
});

describe('recordsBlocked', () => {
  it('is so when something new made us look, not when the same comes round again', () => {
    const all = [...attended, ...unattended];
    expect(all.filter((trigger) => !recordsBlocked(trigger))).toEqual(['schedule', 'startup', 'drift', 'guild_event']);
  });
});
