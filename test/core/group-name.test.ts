import { describe, expect, it } from 'vitest';
import { tidyGroupName, validateGroupName } from '../../src/core/group-name.ts';

describe('the name of a group', () => {
  it('is kept composed, without spaces that nobody sees', () => {
    expect(tidyGroupName('  Flug  a\u0308rzte ')).toBe('Flug \u00e4rzte');
  });

  it.each(['Pilots', 'x'.repeat(100), 'nonesuch', '🛩️ crew'])('can be %j', (name) => {
    expect(validateGroupName(name)).toBeNull();
  });

  it.each([
    { name: '', why: 'must have 1 to 100 characters' },
    { name: 'x'.repeat(101), why: 'must have at most 100 characters' },
    { name: 'a,b', why: 'cannot hold a comma or be "none"' },
    { name: 'None', why: 'cannot hold a comma or be "none"' },
    { name: 'HTTP:pilots', why: 'cannot begin with http:, as the groups of another source do' },
    { name: 'a\u202eb', why: 'cannot hold invisible characters: type it with letters, digits and signs' },
  ])('cannot be $name', ({ name, why }) => {
    expect(validateGroupName(name)).toBe(why);
  });
});
