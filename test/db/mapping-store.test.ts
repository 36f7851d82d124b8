import { describe, expect, it } from 'vitest';
import { NO_CONDITIONS } from '../../src/core/mapping.ts';
import { aGrant, aMapping, after, openStores } from '../support/stores.ts';

const ids = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

describe('mappings', () => {
  it('come back as they were made', async () => {
    const { mappings } = await openStores();
    const made = aMapping({
      id: 'm1',
      conditions: {
        ...NO_CONDITIONS,
        requireAll: true,
        groups: ['b'],
        characterCountMin: 2,
        requiredPermissions: ['fly'],
      },
      exclusiveSet: 'rank',
      onForeign: 'remove',
      onDrift: 'alert',
      addOnly: true,
      graceSeconds: 60,
      createdBy: 'ann',
    });
    expect(await mappings.create(made)).toEqual({ ...made, lastSync: null, syncCount: 0 });
    expect(await mappings.find('m1')).toEqual({ ...made, lastSync: null, syncCount: 0 });
    expect(await mappings.find('m2')).toBeNull();
  });

  it('are listed by guild, the oldest first', async () => {
    const { mappings, guilds } = await openStores();
    await guilds.joined('other', 'Other', after(0));
    await mappings.create(aMapping({ id: 'b', createdAt: after(2) }));
    await mappings.create(aMapping({ id: 'c', createdAt: after(1), isActive: false }));
    await mappings.create(aMapping({ id: 'a', createdAt: after(2) }));
    await mappings.create(aMapping({ id: 'd', guildId: 'other' }));
    expect(ids(await mappings.ofGuild('guild'))).toEqual(['c', 'a', 'b']);
  });

  it('are found by a group that they name anywhere', async () => {
    const { mappings } = await openStores();
    await mappings.create(aMapping({ id: 'a', groupId: 'x' }));
    await mappings.create(aMapping({ id: 'b', conditions: { ...NO_CONDITIONS, groups: ['y', 'x'] } }));
    await mappings.create(aMapping({ id: 'c', conditions: { ...NO_CONDITIONS, excludedGroups: ['x'] } }));
    await mappings.create(aMapping({ id: 'd', conditions: { ...NO_CONDITIONS, requiredPermissions: ['x'] } }));
    await mappings.create(aMapping({ id: 'e', groupId: 'xx' }));
    expect(ids(await mappings.naming('x'))).toEqual(['a', 'b', 'c']);
  });

  it('change, and count their syncs', async () => {
    const { mappings } = await openStores();
    await mappings.create(aMapping({ id: 'm1' }));
    expect(await mappings.edit('m1', () => ({ priority: 5 }), after(1))).toMatchObject({
      before: { priority: 0 },
      after: { priority: 5, updatedAt: after(1) },
    });
    expect(await mappings.edit('m2', () => ({ priority: 5 }), after(1))).toBeNull();
    await mappings.noteSynced(['m1'], after(2));
    await mappings.noteSynced(['m1', 'unknown'], after(3));
    expect(await mappings.find('m1')).toMatchObject({ lastSync: after(3), syncCount: 2, updatedAt: after(1) });
  });
});

/** Two mappings, and members who hold the role by the first alone, by it and by `m3`, or another role by the second. */
async function granted() {
  const stores = await openStores();
  const { mappings, grants } = stores;
  await mappings.create(aMapping({ id: 'm1' }));
  await mappings.create(aMapping({ id: 'm2', roleId: 'elsewhere' }));
  await grants.save([
    aGrant({ discordId: 'only', mappingIds: ['m1'] }),
    aGrant({ discordId: 'both', mappingIds: ['m1', 'm3'] }),
    aGrant({ discordId: 'elsewhere', roleId: 'elsewhere', mappingIds: ['m2'] }),
  ]);
  const ledger = async (): Promise<string[]> => {
    const rows: string[] = [];
    for (const [discordId, roles] of await grants.ofGuild('guild')) {
      for (const { isReleased } of roles.values()) rows.push(isReleased ? `${discordId} released` : discordId);
    }
    return rows;
  };
  return { ...stores, ledger };
}

describe('ending a mapping', () => {
  it('releases the roles that nothing gives any more', async () => {
    const { mappings, ledger } = await granted();
    expect(ids(await mappings.remove(['m1', 'unknown'], 'remove'))).toEqual(['m1']);
    expect(await ledger()).toEqual(['both released', 'elsewhere', 'only released']);
  });

  it('or leaves them to their members', async () => {
    const { mappings, ledger } = await granted();
    await mappings.remove(['m1'], 'keep');
    expect(await ledger()).toEqual(['elsewhere']);
  });

  it('leaves a role to another active mapping that names it', async () => {
    const { mappings, ledger } = await granted();
    await mappings.create(aMapping({ id: 'm3' }));
    await mappings.remove(['m1'], 'remove');
    expect(await ledger()).toEqual(['both', 'elsewhere', 'only']);
  });

  it('leaves to their members what only it gave, where another mapping names the role', async () => {
    const { mappings, ledger } = await granted();
    await mappings.create(aMapping({ id: 'm3' }));
    await mappings.remove(['m1'], 'keep');
    expect(await ledger()).toEqual(['both', 'elsewhere']);
  });

  it('does not count on an inactive mapping', async () => {
    const { mappings, ledger } = await granted();
    await mappings.create(aMapping({ id: 'm3', isActive: false }));
    await mappings.remove(['m1'], 'remove');
    expect(await ledger()).toEqual(['both released', 'elsewhere', 'only released']);
  });

  it('does the same when it is switched off', async () => {
    const { mappings, ledger } = await granted();
    await mappings.edit('m1', () => ({ isActive: false }), after(1), 'remove');
    expect(await ledger()).toEqual(['both released', 'elsewhere', 'only released']);
  });

  it('lets no second ending change what the first one settled', async () => {
    const { mappings, ledger } = await granted();
    await mappings.edit('m1', () => ({ isActive: false }), after(1), 'remove');
    await mappings.remove(['m1'], 'keep');
    expect(await ledger()).toEqual(['both released', 'elsewhere', 'only released']);
  });

  it('settles two mappings of one role together', async () => {
    const { mappings, ledger } = await granted();
    await mappings.create(aMapping({ id: 'm3' }));
    await mappings.remove(['m1', 'm3'], 'remove');
    expect(await ledger()).toEqual(['both released', 'elsewhere', 'only released']);
  });

  it('does nothing when none is named', async () => {
    const { mappings, ledger } = await granted();
    expect(await mappings.remove([], 'remove')).toEqual([]);
    expect(await ledger()).toEqual(['both', 'elsewhere', 'only']);
  });
});
