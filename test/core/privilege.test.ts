import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareRoles } from '../../src/core/guild.ts';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { agreementOf, mayMapRole, mostPrivileged } from '../../src/core/privilege.ts';
import { aGuild, aRole, DISCORD_ID, GUILD_ID, OWNER_ID } from '../support/core-worlds.ts';

const guild = aGuild([
  aRole({ id: '301', position: 1 }),
  aRole({ id: '302', position: 2, permissions: PERMISSIONS.banMembers | PERMISSIONS.kickMembers }),
  aRole({ id: '303', position: 3, permissions: PERMISSIONS.manageRoles }),
  aRole({ id: '304', position: 4 }),
  aRole({ id: '305', position: 5, permissions: PERMISSIONS.administrator }),
]);

const allowed = { answer: 'allowed' };
const refused = (because: string) => ({ answer: 'refused', because });

describe('mayMapRole', () => {
  it.each([
    { name: 'lets a manager map a role below his own', roleIds: ['303'], roleId: '301', answer: allowed },
    { name: 'refuses his own highest role', roleIds: ['303'], roleId: '303', answer: refused('role_not_below_author') },
    { name: 'refuses a role above his own', roleIds: ['303'], roleId: '304', answer: refused('role_not_below_author') },
    {
      name: 'counts the highest of his roles, whichever lets him manage',
      roleIds: ['303', '305'],
      roleId: '304',
      answer: allowed,
    },
    {
      name: 'refuses somebody without Manage Roles, however high',
      roleIds: ['304'],
      roleId: '301',
      answer: refused('lacks_manage_roles'),
    },
    { name: 'refuses somebody without any role', roleIds: [], roleId: '301', answer: refused('lacks_manage_roles') },
    { name: 'takes Administrator for Manage Roles', roleIds: ['305'], roleId: '304', answer: allowed },
    {
      name: 'does not lift an administrator above himself',
      roleIds: ['305'],
      roleId: '305',
      answer: refused('role_not_below_author'),
    },
    { name: 'refuses a role that does not exist', roleIds: ['305'], roleId: '999', answer: refused('role_unknown') },
    {
      name: 'asks before a dangerous role, and says why',
      roleIds: ['303'],
      roleId: '302',
      answer: { answer: 'needs_confirmation', permissions: ['kickMembers', 'banMembers'] },
    },
  ])('$name', ({ roleIds, roleId, answer }) => {
    expect(mayMapRole(guild, { discordId: DISCORD_ID, roleIds }, roleId, false)).toEqual(answer);
  });

  it('lets a dangerous role through once it is confirmed', () => {
    expect(mayMapRole(guild, { discordId: DISCORD_ID, roleIds: ['303'] }, '302', true)).toEqual(allowed);
  });

  it('does not take a confirmation for a right', () => {
    expect(mayMapRole(guild, { discordId: DISCORD_ID, roleIds: ['303'] }, '305', true)).toEqual(
      refused('role_not_below_author'),
    );
  });

  it('lets the owner map every role, and asks him as well', () => {
    const owner = { discordId: OWNER_ID, roleIds: [] };
    expect(mayMapRole(guild, owner, '304', false)).toEqual(allowed);
    expect(mayMapRole(guild, owner, '305', false)).toEqual({
      answer: 'needs_confirmation',
      permissions: ['administrator'],
    });
    expect(mayMapRole(guild, owner, '305', true)).toEqual(allowed);
  });

  it('reads the roles of its author once, so a passing list will do', () => {
    const roleIds = new Set(['303']).values();
    expect(mayMapRole(guild, { discordId: DISCORD_ID, roleIds }, '301', false)).toEqual(allowed);
  });

  it('never lets anybody but the owner map a role at or above his own highest', () => {
    const bits = fc.constantFrom(0n, PERMISSIONS.manageRoles, PERMISSIONS.administrator, PERMISSIONS.kickMembers);
    const roles = fc.uniqueArray(
      fc.record({
        id: fc.constantFrom('301', '302', '303', '1000'),
        position: fc.integer({ min: 1, max: 3 }),
        permissions: bits,
      }),
      { selector: ({ id }) => id, minLength: 1 },
    );
    fc.assert(
      fc.property(
        roles,
        bits,
        fc.subarray(['301', '302', '303', '1000']),
        fc.boolean(),
        (some, everybody, roleIds, confirmed) => {
          const world = aGuild([aRole({ id: GUILD_ID, position: 0, permissions: everybody }), ...some.map(aRole)]);
          const own = some.filter(({ id }) => roleIds.includes(id));
          for (const role of some) {
            const { answer } = mayMapRole(world, { discordId: DISCORD_ID, roleIds }, role.id, confirmed);
            const isBelow = own.some((one) => compareRoles(role, one) < 0);
            const manages = [everybody, ...own.map(({ permissions }) => permissions)].some(
              (permissions) => (permissions & (PERMISSIONS.manageRoles | PERMISSIONS.administrator)) !== 0n,
            );
            expect(answer === 'refused').toBe(!isBelow || !manages);
            expect(mayMapRole(world, { discordId: OWNER_ID, roleIds }, role.id, true)).toEqual(allowed);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

const of = (...roleIds: string[]) => ({ discordId: `of ${roleIds.join()}`, roleIds });

describe('agreementOf', () => {
  const roleIds = ['301', '302', '303', '304', '305'];
  const given = aGuild([
    ...[...guild.roles.values()].filter(({ id }) => id !== GUILD_ID),
    aRole({ id: '306', position: 6, isManaged: true }),
    aRole({ id: '307', position: 7, isLinked: true }),
  ]);

  it.each([
    { name: 'covers everything for the owner', author: { discordId: OWNER_ID, roleIds: [] }, agreement: {} },
    {
      name: 'leaves out what is not below him, whether or not the bot can write it now, of what anybody can give',
      author: { discordId: DISCORD_ID, roleIds: ['303'] },
      agreement: { exceptRoleIds: ['303', '304', '305'] },
    },
    {
      name: 'leaves out all of it for one without Manage Roles',
      author: { discordId: DISCORD_ID, roleIds: ['304'] },
      agreement: { exceptRoleIds: roleIds },
    },
  ])('$name', ({ author, agreement }) => {
    expect(agreementOf(given, author)).toEqual(agreement);
  });

  it('keeps what he was shown', () => {
    expect(agreementOf(given, { discordId: DISCORD_ID, roleIds: [] }, { removals: 3 })).toEqual({
      removals: 3,
      exceptRoleIds: roleIds,
    });
  });
});

describe('mostPrivileged', () => {
  const owner = { discordId: OWNER_ID, roleIds: [] };

  it.each([
    { name: 'is nobody of none', among: [], is: null },
    { name: 'is the one there is', among: [of('301')], is: of('301') },
    { name: 'is whoever stands higher', among: [of('301'), of('304'), of('302')], is: of('304') },
    { name: 'counts the highest of his roles', among: [of('303'), of('301', '304')], is: of('301', '304') },
    { name: 'is the first of equals', among: [of('303'), of('303', '301')], is: of('303') },
    { name: 'is the owner, whoever came before him', among: [of(), owner, of('305')], is: owner },
    { name: 'is the owner, whoever comes after him', among: [owner, of('305')], is: owner },
  ])('$name', ({ among, is }) => {
    expect(mostPrivileged(guild, among)).toEqual(is);
  });

  it('is the first while the roles of the guild are not known', () => {
    const unknown = { ...guild, roles: new Map() };
    expect(mostPrivileged(unknown, [of('301'), of('304')])).toEqual(of('301'));
  });
});
