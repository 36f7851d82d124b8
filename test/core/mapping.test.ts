import { describe, expect, it } from 'vitest';
import { rivalsOf, rolesMovedBy } from '../../src/core/mapping.ts';

const mapping = (roleId: string, exclusiveSet: string | null = null) => ({ roleId, exclusiveSet });

describe('the roles that mappings can move', () => {
  it('are their own, each once', () => {
    const edited = [mapping('a'), mapping('b'), mapping('a')];
    expect(rolesMovedBy(edited, [...edited, mapping('c')])).toEqual(['a', 'b']);
  });

  it('and those of their exclusive sets', () => {
    const edited = [mapping('a', 'rank'), mapping('b')];
    const others = [mapping('c', 'rank'), mapping('d', 'wing'), mapping('e')];
    expect(rolesMovedBy(edited, [...edited, ...others])).toEqual(['a', 'b', 'c']);
  });
});

describe('the mappings whose roles a mapping can take', () => {
  const noon = new Date('2026-11-01T12:00:00Z');
  const later = new Date(noon.getTime() + 1);
  const ranked = (
    id: string,
    parts: { priority?: number; set?: string | null; isActive?: boolean; at?: Date } = {},
  ) => {
    const { priority = 0, set: exclusiveSet = 'rank', isActive = true, at: createdAt = noon } = parts;
    return { id, priority, exclusiveSet, isActive, createdAt };
  };
  const others = [
    ranked('above', { priority: 9 }),
    ranked('below', { priority: 1 }),
    ranked('off', { priority: 1, isActive: false }),
    ranked('elsewhere', { priority: 1, set: 'wing' }),
    ranked('free', { priority: 1, set: null }),
  ];

  it.each([
    { name: 'those below it in its set', mapping: ranked('m', { priority: 5 }), rivals: ['below'] },
    { name: 'none, where it is the last', mapping: ranked('m', { priority: 0 }), rivals: [] },
    { name: 'none, where it stands in no set', mapping: ranked('m', { priority: 5, set: null }), rivals: [] },
    { name: 'none, while it is off', mapping: ranked('m', { priority: 5, isActive: false }), rivals: [] },
    { name: 'none as high and older', mapping: ranked('m', { priority: 1, at: later }), rivals: [] },
    { name: 'of those as high the younger', mapping: ranked('a', { priority: 1 }), rivals: ['below'] },
    { name: 'not itself', mapping: ranked('below', { priority: 1 }), rivals: [] },
  ])('are $name', ({ mapping: one, rivals }) => {
    const rest = others.filter(({ id }) => id !== one.id);
    expect(rivalsOf(one, rest).map(({ id }) => id)).toEqual(rivals);
  });
});
