import { describe, expect, it } from 'vitest';
import { blocksOf, examineMapping, mendOf, roleBlock, type Finding } from '../../src/core/doctor.ts';
import { groupsNamedBy, type Mapping } from '../../src/core/mapping.ts';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { aGuild, aMapping, aRole, at, GUILD_ID } from '../support/core-worlds.ts';

const pilot = aRole({ id: '301', name: 'Pilot', position: 1 });
const own = aRole({ id: '302', name: 'Rolewright', position: 2, permissions: PERMISSIONS.manageRoles });
const bot = { permissions: PERMISSIONS.manageRoles, roleIds: ['302'] };
const roles = [
  pilot,
  own,
  aRole({ id: '303', name: 'Boss', position: 3 }),
  aRole({ id: '304', name: 'Booster', position: 1, isManaged: true }),
  aRole({ id: '305', name: 'Streamer', position: 1, isLinked: true }),
  aRole({ id: '306', name: 'Bouncer', position: 1, permissions: PERMISSIONS.kickMembers }),
];
const guild = aGuild(roles, bot);

describe('roleBlock', () => {
  it.each([
    { name: 'a role below the bot is free', roleId: '301', block: null },
    { name: "the bot's own highest role is not below it", roleId: '302', block: 'role_above_bot' },
    { name: 'a role above the bot is out of reach', roleId: '303', block: 'role_above_bot' },
    { name: 'an integration keeps its role', roleId: '304', block: 'role_managed' },
    { name: 'Discord keeps a linked role', roleId: '305', block: 'role_managed' },
    { name: 'a deleted role is gone', roleId: '999', block: 'role_deleted' },
    { name: 'everybody has @everyone', roleId: GUILD_ID, block: 'role_everyone' },
  ])('$name', ({ roleId, block }) => expect(roleBlock(guild, roleId)).toBe(block));

  it('without Manage Roles nothing works, and that is what to mend first', () => {
    const powerless = { ...guild, bot: { ...bot, permissions: 0n } };
    expect(['301', '303', '304', '999'].map((roleId) => roleBlock(powerless, roleId))).toEqual([
      'missing_manage_roles',
      'missing_manage_roles',
      'role_managed',
      'role_deleted',
    ]);
  });

  it('Administrator is enough, but lifts nobody', () => {
    const admin = { ...guild, bot: { ...bot, permissions: PERMISSIONS.administrator } };
    expect([roleBlock(admin, '301'), roleBlock(admin, '303')]).toEqual([null, 'role_above_bot']);
  });

  it('a bot without a role of its own reaches none', () => {
    expect(roleBlock({ ...guild, bot: { ...bot, roleIds: [] } }, '301')).toBe('role_above_bot');
  });
});

describe('blocksOf', () => {
  it('names those that cannot be written, each with why', () => {
    expect(blocksOf(guild, ['301', '303', '304', '999'])).toEqual(
      new Map([
        ['303', 'role_above_bot'],
        ['304', 'role_managed'],
        ['999', 'role_deleted'],
      ]),
    );
  });
});

function codesOf(mapping: Mapping, world: Partial<Parameters<typeof examineMapping>[1]> = {}): Finding['code'][] {
  const findings = examineMapping(mapping, { guild, mappings: [mapping], groupExists: () => true, ...world });
  return findings.map(({ code }) => code);
}

describe('examineMapping', () => {
  const mapping = aMapping({ roleId: '301', createdAt: at(0) });

  it.each<{ name: string; mapping: Mapping; codes: Finding['code'][] }>([
    { name: 'has nothing to say of a mapping that works', mapping, codes: [] },
    { name: 'finds a deleted role', mapping: { ...mapping, roleId: '999' }, codes: ['role_deleted'] },
    { name: 'finds a role above the bot', mapping: { ...mapping, roleId: '303' }, codes: ['role_above_bot'] },
    { name: 'finds a managed role', mapping: { ...mapping, roleId: '304' }, codes: ['role_managed'] },
    { name: 'finds a dangerous role', mapping: { ...mapping, roleId: '306' }, codes: ['dangerous_permissions'] },
    {
      name: 'finds contradictory conditions',
      mapping: aMapping({ roleId: '301', conditions: { characterCountMin: 2, characterCountMax: 1 } }),
      codes: ['never_true'],
    },
    {
      name: 'tells errors before warnings',
      mapping: aMapping({ roleId: '302', conditions: { excludedGroups: ['g'] } }),
      codes: ['role_above_bot', 'dangerous_permissions', 'never_true'],
    },
  ])('$name', ({ mapping: one, codes }) => expect(codesOf(one)).toEqual(codes));

  it('does not call @everyone dangerous on top of impossible', () => {
    const everyone = aRole({ id: GUILD_ID, position: 0, permissions: PERMISSIONS.mentionEveryone });
    const strict = aGuild([everyone, own], bot);
    expect(codesOf({ ...mapping, roleId: GUILD_ID }, { guild: strict })).toEqual(['role_everyone']);
  });

  it('finds that the bot is not in the guild, and still looks at the conditions', () => {
    const contradictory = aMapping({ conditions: { excludedGroups: ['g'] } });
    expect(codesOf(contradictory, { guild: null })).toEqual(['bot_not_in_guild', 'never_true']);
  });

  it.each([
    { name: 'its own group', missing: 'g' },
    { name: 'another wanted group', missing: 'h' },
    { name: 'an excluded group', missing: 'i' },
  ])('finds a missing group: $name', ({ missing }) => {
    const one = aMapping({ roleId: '301', conditions: { groups: ['h'], excludedGroups: ['i'] } });
    expect(codesOf(one, { groupExists: (id) => id !== missing })).toEqual(['group_missing']);
  });

  it('says of each finding how bad it is and how to mend it, by the name that the role has now', () => {
    const one = aMapping({ roleId: '303', roleName: 'Old name', conditions: { excludedGroups: ['g'] } });
    expect(examineMapping(one, { guild, mappings: [one], groupExists: () => true })).toEqual([
      {
        code: 'role_above_bot',
        severity: 'error',
        mend: "Drag Rolewright's role above @Boss in Server Settings > Roles.",
      },
      {
        code: 'never_true',
        severity: 'warning',
        mend: 'Its conditions contradict each other, so nobody ever gets the role. Edit the mapping.',
      },
    ]);
  });

  it('goes by the name it remembers when the role is gone', () => {
    const [finding] = examineMapping(aMapping({ roleId: '999' }), { guild, mappings: [], groupExists: () => true });
    expect(finding).toMatchObject({ severity: 'error', mend: expect.stringContaining('@Pilot') });
  });
});

describe('mendOf', () => {
  const codes: Finding['code'][] = [
    'role_deleted',
    'role_above_bot',
    'role_managed',
    'role_everyone',
    'missing_manage_roles',
    'bot_not_in_guild',
    'group_missing',
    'dangerous_permissions',
    'never_true',
    'shadowed',
    'duplicate',
  ];
  it('has a sentence of its own for every finding, that tells what to do', () => {
    const mends = codes.map((code) => mendOf(code, 'Pilot'));
    expect(new Set(mends).size).toBe(codes.length);
    for (const mend of mends)
      expect(mend).toMatch(/\b(Point|Drag|Map|Give|Invite|Create|Make sure|Edit|Raise|Remove)\b.*\.$/);
  });

  it('names the role where it is about the role', () => {
    const named = codes.filter((code) => mendOf(code, 'Pilot').includes('@Pilot'));
    expect(named).toEqual(['role_deleted', 'role_above_bot', 'role_managed', 'dangerous_permissions']);
  });
});

describe('groupsNamedBy', () => {
  it('names every group of a mapping once', () => {
    const mapping = aMapping({ conditions: { groups: ['h', 'g'], excludedGroups: ['i', 'h'] } });
    expect([...groupsNamedBy(mapping)]).toEqual(['g', 'h', 'i']);
  });
});
