import { describe, expect, it } from 'vitest';
import { NO_CONDITIONS } from '../../src/core/mapping.ts';
import { AT, emptyPlan, linkOf, mappingOf } from '../support/fake-app.ts';
import { ADMIN, ANA, CHIEF, groupOf, OWNER, PILOT, smallWorld } from '../support/small-world.ts';

const mapped = () => ({
  mappings: [{ mapping: mappingOf({ id: 'm1', roleId: PILOT, groupId: 'pilots-id' }), findings: [] }],
});

const inDays = (days: number) => new Date(AT.getTime() + days * 86_400_000);
const moment = (days: number) => `<t:${inDays(days).getTime() / 1000}:F>`;

describe('/group', () => {
  it('creates a group and says what to do next', async () => {
    const { admin, world } = smallWorld();
    const seen = await admin.run('group create', { name: 'Wing *A*', description: 'first wing' });
    expect(seen.text).toContain('✅ Created the group **Wing \\*A\\***.');
    expect(world.groups.at(-1)).toMatchObject({ name: 'Wing *A*', description: 'first wing', createdBy: ADMIN });
  });

  it('says where all of a long list is', async () => {
    const pilots = groupOf('pilots-id', 'Pilots');
    pilots.members = Array.from({ length: 250 }, (_, index) => ({
      accountId: null,
      discordId: `2100000000000${10_000 + index}`,
      isLinked: true,
      expiresAt: null,
      addedAt: AT,
    }));
    const many = Array.from({ length: 250 }, (_, index) => groupOf(`g${index}`, `Group number ${index}`));
    const { admin } = smallWorld({ groups: [pilots, ...many] });
    const { text } = await admin.run('group show', { group: 'pilots-id' });
    expect(text).toMatch(/… and \d+ more: over HTTP, `GET \/api\/groups\/pilots-id\/members` lists all\.$/);
    expect((await admin.run('group list')).text).toMatch(/… and \d+ more: `\/group show` finds each by its name\.$/);
  });

  it('is not for members', async () => {
    const { ana, world } = smallWorld();
    const seen = await ana.run('group create', { name: 'Mine' });
    expect(seen.text).toBe('You need the Manage Server permission to use /group. Ask an admin of this server.');
    expect(world.groups).toHaveLength(1);
  });

  it('adds a linked person at once, and lets a membership wait for the link otherwise', async () => {
    const { admin, world } = smallWorld({ links: new Map([[ANA, linkOf(ANA)]]) });
    const now = await admin.run('group add', { group: 'pilots', user: ANA });
    expect(now.text).toContain(`<@${ANA}> is now in **Pilots**.`);
    const later = await admin.run('group add', { group: 'pilots-id', user: OWNER, expires: '7d' });
    expect(later.text).toContain('has not linked yet, so the membership waits for the link');
    expect(world.groups[0]?.members[1]).toMatchObject({
      discordId: OWNER,
      expiresAt: new Date(AT.getTime() + 7 * 86_400_000),
    });
    expect((await admin.run('group show', { group: 'Pilots' })).text).toContain('2 members');
  });

  it('leaves the end of a membership as it is, and says so when it changes', async () => {
    const { admin, world } = smallWorld({ links: new Map([[ANA, linkOf(ANA)]]) });
    const add = async (more = {}) => (await admin.run('group add', { group: 'pilots', user: ANA, ...more })).text;
    expect(await add({ expires: '30d' })).toContain(`is now in **Pilots**, until ${moment(30)}.`);
    expect(await add()).toBe(`<@${ANA}> is already in **Pilots**, until ${moment(30)}.`);
    expect(world.groups[0]?.members).toMatchObject([{ expiresAt: inDays(30) }]);
    expect(await add({ expires: '7d' })).toBe(`<@${ANA}> was in **Pilots** already; now it ends ${moment(7)}.`);
    expect(await add({ expires: 'never' })).toBe(`<@${ANA}> was in **Pilots** already; now it has no end.`);
  });

  it('promises roles only where a mapping uses the group', async () => {
    const links = new Map([[ANA, linkOf(ANA)]]);
    const add = { group: 'pilots', user: ANA };
    expect((await smallWorld({ links, ...mapped() }).admin.run('group add', add)).text).toContain('on their way');
    expect((await smallWorld({ links }).admin.run('group add', add)).text).toContain(
      'No mapping uses this group yet: make one with `/map add`.',
    );
  });

  it('tells who adds himself to link', async () => {
    const seen = await smallWorld().admin.run('group add', { group: 'pilots', user: ADMIN });
    expect(seen.text).toContain('waits for the link: run `/link`.');
  });

  it.each(['soon', '0d', '2020-01-01', '2026-02-31', '11 years', '5000d'])(
    'does not take "%s" for an end',
    async (expires) => {
      const { admin, world } = smallWorld();
      const seen = await admin.run('group add', { group: 'pilots', user: ANA, expires });
      expect(seen.text).toMatch(/expires|passed|ten years/);
      expect(world.groups[0]?.members).toEqual([]);
    },
  );

  it('takes no bots', async () => {
    const seen = await smallWorld().admin.run('group add', { group: 'pilots', user: '20000000000000000b' });
    expect(seen.text).toContain('Bots cannot be in a group');
  });

  it('removes somebody, and says when he was not there', async () => {
    const { admin, world } = smallWorld();
    await admin.run('group add', { group: 'pilots', user: ANA });
    expect((await admin.run('group remove', { group: 'pilots', user: ANA })).text).toBe(
      `<@${ANA}> is no longer in **Pilots**. Roles that only this group gave go now, or when their grace ends; add-only roles stay.`,
    );
    expect(world.groups[0]?.members).toEqual([]);
    expect((await admin.run('group remove', { group: 'pilots', user: ANA })).text).toBe(
      `<@${ANA}> is not in **Pilots**.`,
    );
  });

  it('deletes an unused group after a question', async () => {
    const { admin, world } = smallWorld();
    const asked = await admin.run('group delete', { group: 'pilots' });
    expect(asked.text).toContain('No mapping uses it');
    await admin.click(asked, 'Delete group');
    expect(world.groups).toEqual([]);
  });

  it.each([
    { label: 'Delete mappings too and take the roles', roles: 'remove' },
    { label: 'Delete mappings too and keep the roles', roles: 'keep' },
  ])('offers "$label" where mappings use it', async ({ label, roles }) => {
    const { admin, world } = smallWorld(mapped());
    const asked = await admin.run('group delete', { group: 'pilots' });
    expect(asked.text).toContain(`This mapping uses it and goes too:\n<@&${PILOT}> ← **Pilots**`);
    expect(asked.buttons.map((button) => button.label)).toEqual([
      'Delete mappings too and take the roles',
      'Delete mappings too and keep the roles',
      'Cancel',
    ]);
    expect((await admin.click(asked, label)).text).toBe('✅ Deleted the group **Pilots** and 1 mapping.');
    expect(world).toMatchObject({ groups: [], mappings: [], rolesAfterRemoval: [roles] });
  });

  it('shows every mapping that goes with a group, and whom that touches', async () => {
    const excluding = mappingOf({
      id: 'm2',
      roleId: CHIEF,
      groupId: 'guests',
      conditions: { ...NO_CONDITIONS, excludedGroups: ['pilots-id'] },
    });
    const loses = emptyPlan({
      changes: [{ action: 'remove', roleId: PILOT, reason: 'mapping_released', mappingIds: ['m1'] }],
    });
    const mappings = [...mapped().mappings, { mapping: excluding, findings: [] }];
    const { admin } = smallWorld({ mappings, plans: new Map([[ANA, loses]]) });
    const { text } = await admin.run('group delete', { group: 'pilots' });
    expect(text).toContain(
      `These mappings use it and go too:\n<@&${PILOT}> ← **Pilots**\n<@&${CHIEF}> ← **guests**, not in **Pilots**\n` +
        `Taking the roles: 1 member would change: 1 role removed.\n<@${ANA}>: −<@&${PILOT}>`,
    );
    expect(text).toContain('unless another mapping names them');
    expect(text).not.toContain('never touches');
  });

  it('does not delete when a mapping has come in between', async () => {
    const { admin, world } = smallWorld();
    const asked = await admin.run('group delete', { group: 'pilots' });
    world.mappings = mapped().mappings;
    const refused = await admin.click(asked, 'Delete group');
    expect(refused.besides?.text).toContain('Mappings use this group');
    expect(world.groups).toHaveLength(1);
  });

  it.each(['delete', 'add', 'remove'])('lets nobody %s in a global group', async (act) => {
    const { admin, world } = smallWorld({ groups: [groupOf('global-id', 'Everywhere', null)] });
    const seen = await admin.run(`group ${act}`, { group: 'global-id', ...(act === 'delete' ? {} : { user: ANA }) });
    expect(seen.text).toContain('“Everywhere” is a global group');
    expect((await admin.press(`group:delete:${ADMIN}:global-id`)).besides?.text).toContain('is a global group');
    expect(world.groups[0]?.members).toEqual([]);
  });

  it('keeps the members of a global group, and all of a group of another server, to itself', async () => {
    const members = [{ accountId: null, discordId: OWNER, isLinked: true, expiresAt: null, addedAt: AT }];
    const { admin } = smallWorld({
      groups: [
        { ...groupOf('global-id', 'Everywhere', null), members },
        { ...groupOf('foreign-id', 'Secret', '100000000000000002'), members },
      ],
    });
    expect((await admin.run('group show', { group: 'global-id' })).text).not.toContain(OWNER);
    expect((await admin.run('group show', { group: 'foreign-id' })).text).toContain('There is no group');
    expect((await admin.run('group list')).text).not.toContain('Secret');
  });

  it('lists groups, and says how to begin where there are none', async () => {
    expect((await smallWorld(mapped()).admin.run('group list')).text).toBe(
      '**1 group**\n**Pilots**: 0 members, 1 mapping',
    );
    expect((await smallWorld({ groups: [] }).admin.run('group list')).text).toContain(
      'Create one with `/group create`',
    );
  });

  it('completes group names, those that begin with what is typed first', async () => {
    const { admin } = smallWorld({
      groups: [groupOf('1', 'Old pilots'), groupOf('2', 'Pilots'), groupOf('3', 'Guests')],
    });
    expect(await admin.type('group show', 'group', 'pil')).toEqual([
      { name: 'Pilots (0)', value: '2' },
      { name: 'Old pilots (0)', value: '1' },
    ]);
  });
});
