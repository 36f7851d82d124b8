import { describe, expect, it } from 'vitest';
import { NO_CONDITIONS } from '../../src/core/mapping.ts';
import { roleOutOfReach, rolesDecidedBy } from '../../src/core/member-rights.ts';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { aGuild, aMapping, aRole, DISCORD_ID, OWNER_ID } from '../support/core-worlds.ts';

describe('the roles that follow from who is in a group', () => {
  const named = { groupId: 'boss', roleId: 'captain' };

  it.each([
    { name: 'of no mapping', mappings: [], roles: [] },
    { name: 'of mappings of others', mappings: [{ groupId: 'pilots', roleId: 'pilot' }], roles: [] },
    { name: 'of a mapping of it', mappings: [named], roles: ['captain'] },
    {
      name: 'of a mapping that names it beside another',
      mappings: [{ ...named, groupId: 'pilots', conditions: { ...NO_CONDITIONS, groups: ['boss'] } }],
      roles: ['captain'],
    },
    {
      name: 'of a mapping that it is excluded from',
      mappings: [{ ...named, groupId: 'pilots', conditions: { ...NO_CONDITIONS, excludedGroups: ['boss'] } }],
      roles: ['captain'],
    },
    { name: 'not of one that is off', mappings: [{ ...named, isActive: false }], roles: [] },
    {
      name: 'of what stands in an exclusive set with it, and is not off',
      mappings: [
        { ...named, exclusiveSet: 'rank' },
        { groupId: 'pilots', roleId: 'admiral', exclusiveSet: 'rank' },
        { groupId: 'pilots', roleId: 'cadet', exclusiveSet: 'rank', isActive: false },
        { groupId: 'pilots', roleId: 'blue', exclusiveSet: 'team' },
      ],
      roles: ['captain', 'admiral'],
    },
  ])('are those $name', ({ mappings, roles }) => {
    const all = mappings.map((mapping, index) => aMapping({ id: `m${index}`, ...mapping }));
    expect(rolesDecidedBy('boss', all)).toEqual(roles);
  });
});

describe('a role out of reach', () => {
  const guild = aGuild([
    aRole({ id: '301', position: 1, permissions: PERMISSIONS.kickMembers }),
    aRole({ id: '302', position: 5 }),
    aRole({ id: '303', position: 3, permissions: PERMISSIONS.manageRoles | PERMISSIONS.manageGuild }),
    aRole({ id: '304', position: 4, permissions: PERMISSIONS.administrator }),
    aRole({ id: '305', position: 6, permissions: PERMISSIONS.manageGuild }),
  ]);
  const firstFor = (roleIds: string[], ...wanted: string[]) =>
    roleOutOfReach(guild, { discordId: DISCORD_ID, roleIds }, wanted)?.id ?? null;

  it('is a powerful one that he could not give by hand', () => {
    expect(firstFor(['303'], '301')).toBeNull();
    expect(firstFor(['303'], '301', '304', '305')).toBe('304');
    expect(firstFor(['303'], '303')).toBe('303');
    expect(firstFor(['305'], '301')).toBe('301');
    expect(firstFor([], '301')).toBe('301');
  });

  it('is no harmless one, and none that is gone', () => {
    expect(firstFor(['305'], '302', '999')).toBeNull();
    expect(firstFor(['305'])).toBeNull();
  });

  it('is a harmless one that would lift him, who may manage roles, past a powerful one', () => {
    expect(firstFor(['303'], '302')).toBe('302');
    expect(firstFor(['301'], '302')).toBeNull();
    expect(firstFor(['303', '304'], '302')).toBeNull();
    const managed = aGuild([
      aRole({ id: '303', position: 3, permissions: PERMISSIONS.manageRoles }),
      aRole({ id: '304', position: 4, permissions: PERMISSIONS.administrator, isManaged: true }),
      aRole({ id: '305', position: 5, permissions: PERMISSIONS.administrator, isLinked: true }),
      aRole({ id: '306', position: 6 }),
      aRole({ id: '307', position: 7, permissions: PERMISSIONS.kickMembers }),
    ]);
    const author = { discordId: DISCORD_ID, roleIds: ['303'] };
    expect(roleOutOfReach(managed, author, ['306'])).toBeNull();
    const nowhere = { ...managed, roles: new Map([...managed.roles].filter(([id]) => id === '306')) };
    expect(roleOutOfReach(nowhere, author, ['306'])).toBeNull();
  });

  it('is none for the owner', () => {
    expect(roleOutOfReach(guild, { discordId: OWNER_ID, roleIds: [] }, ['304', '305'])).toBeNull();
  });
});
