import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { createSyncWorld, MANUAL } from '../support/sync-world.ts';

const FORBIDDEN = { outcome: 'forbidden', detail: 'Missing Permissions' } as const;

describe('a call with several parts of which Discord refuses one', () => {
  it('is sent role by role, so that the others come through', async () => {
    const world = await createSyncWorld();
    for (const role of ['a', 'b', 'c']) await world.mapping('pilots', role);
    await world.pilot('1');
    world.discord.refusals.push(FORBIDDEN, FORBIDDEN);

    const { changes, error } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(changes.map(({ roleId, outcome }) => `${roleId} ${outcome}`)).toEqual([
      'a forbidden',
      'b applied',
      'c applied',
    ]);
    expect(world.discord.rolesOf('1')).toEqual(['b', 'c']);
    expect(await world.grantsOf('1')).toEqual(['b', 'c']);
    expect(error).not.toBeNull();
    const [run] = await world.runs.recent(GUILD_ID, 1);
    expect(await world.runs.allOf(run?.id ?? '')).toHaveLength(3);
  });

  it('gives the role although the name is refused, and does not try that name again', async () => {
    const world = await createSyncWorld();
    await world.settings.update(GUILD_ID, { nicknameTemplate: 'x {name}' }, world.now());
    world.discord.botPermissions = PERMISSIONS.manageRoles | PERMISSIONS.manageNicknames;
    await world.mapping('pilots', 'a');
    await world.pilot('2');
    world.discord.refusals.push(FORBIDDEN);

    await world.sync.member(GUILD_ID, '2', MANUAL);
    expect(world.discord.rolesOf('2')).toEqual(['a']);
    const written = world.discord.writes.length;
    await world.sync.member(GUILD_ID, '2', MANUAL);

    expect(written).toBe(2);
    expect(world.discord.writes).toHaveLength(2);
    expect((await world.settings.find(GUILD_ID))?.healthStatus).toBe('healthy');
  });
});
