import { describe, expect, it } from 'vitest';
import { rolesMovedBy } from '../../src/core/mapping.ts';

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
