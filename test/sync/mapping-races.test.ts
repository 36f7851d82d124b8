import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { createMappings } from '../../src/sync/mappings.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { createSyncWorld } from '../support/sync-world.ts';

const OWNER = { discordId: '1', roleIds: [] };
const CAPTAIN = { discordId: '7', roleIds: ['captain'] };
const draft = { groupId: 'pilots', roleId: 'pilot' };

async function createWorld() {
  const world = await createSyncWorld();
  const { discord, now, newId } = world;
  discord.withRole('pilot', { position: 1 });
  discord.withRole('captain', { position: 10, permissions: PERMISSIONS.manageRoles });
  discord.withRole('admiral', { position: 20 });
  await world.group('pilots');
  const edit = createMappings({ ...world, guilds: discord, syncLater: () => {}, now, newId });
  const changes = async () => (await world.configChanges.search({ guildId: GUILD_ID }, 1, 100)).changes;
  return { ...world, edit, changes };
}

/** How often each of these came about; of those that were refused, by their code. */
async function outcomes(works: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const one of await Promise.allSettled(works)) {
    const outcome = one.status === 'fulfilled' ? 'done' : codeOf(one.reason);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

describe('mappings that several people edit at once', () => {
  it('take both of two edits of different fields, inside the conditions too, and keep who said what', async () => {
    const { edit, changes } = await createWorld();
    const { id } = await edit.create(GUILD_ID, OWNER, draft, {});
    const options = { roles: 'remove' } as const;
    await Promise.all([
      edit.edit(GUILD_ID, OWNER, id, { conditions: { characterCountMin: 2 } }, options),
      edit.edit(GUILD_ID, CAPTAIN, id, { conditions: { requiredPermissions: ['fly'] } }, options),
      edit.edit(GUILD_ID, OWNER, id, { priority: 4 }, options),
      edit.edit(GUILD_ID, CAPTAIN, id, { addOnly: true }, options),
    ]);
    expect((await edit.find(GUILD_ID, id)).mapping).toMatchObject({
      conditions: { characterCountMin: 2, requiredPermissions: ['fly'] },
      priority: 4,
      addOnly: true,
    });
    const [last, third, second, first] = await changes();
    expect([first, second, third, last].map((change) => change?.after)).toEqual([
      { conditions: expect.objectContaining({ character_count_min: 2, required_permissions: [] }) },
      { conditions: expect.objectContaining({ character_count_min: 2, required_permissions: ['fly'] }) },
      { priority: 4 },
      { add_only: true },
    ]);
  });

  it('are removed once, by one of them', async () => {
    const { edit, changes } = await createWorld();
    const { id } = await edit.create(GUILD_ID, OWNER, draft, {});
    const removals = Array.from({ length: 10 }, () => edit.remove(GUILD_ID, OWNER, [id], { roles: 'remove' }));
    expect(await outcomes(removals)).toEqual({ done: 1, mapping_not_found: 9 });
    expect((await changes()).map(({ action }) => action)).toEqual(['delete', 'create']);
  });

  it('are made once, where all say the same', async () => {
    const { edit, changes } = await createWorld();
    const makings = Array.from({ length: 10 }, () => edit.create(GUILD_ID, OWNER, draft, {}));
    expect(await outcomes(makings)).toEqual({ done: 1, mapping_exists: 9 });
    expect(await changes()).toHaveLength(1);
  });

  it('let nobody slip past a right that the other one’s edit asks for', async () => {
    const { edit } = await createWorld();
    const yes = { confirmDangerous: true };
    const { id } = await edit.create(GUILD_ID, OWNER, draft, {});
    const works = [
      edit.edit(GUILD_ID, OWNER, id, { roleId: 'admiral' }, { ...yes, roles: 'keep' }),
      edit.edit(GUILD_ID, CAPTAIN, id, { conditions: { characterCountMin: 1 } }, { ...yes, roles: 'keep' }),
    ];
    expect(await outcomes(works)).toEqual({ done: 1, forbidden: 1 });

    const { id: other } = await edit.create(GUILD_ID, OWNER, { ...draft, priority: 3 }, yes);
    const joins = [
      edit.edit(GUILD_ID, OWNER, id, { exclusiveSet: 'rank' }, { ...yes, roles: 'keep' }),
      edit.edit(GUILD_ID, CAPTAIN, other, { exclusiveSet: 'rank' }, { ...yes, roles: 'keep' }),
    ];
    expect(await outcomes(joins)).toEqual({ done: 1, forbidden: 1 });
    const { mapping } = await edit.find(GUILD_ID, other);
    expect(mapping).toMatchObject({ exclusiveSet: null });
  });

  it('let one of two go through who both saw the same', async () => {
    const { edit } = await createWorld();
    const { id, updatedAt: unchangedSince } = await edit.create(GUILD_ID, OWNER, draft, {});
    const options = { roles: 'keep', unchangedSince } as const;
    const edits = [1, 2, 3].map((priority) => edit.edit(GUILD_ID, OWNER, id, { priority }, options));
    expect(await outcomes(edits)).toEqual({ done: 1, changed_meanwhile: 2 });
    const seen = (await edit.find(GUILD_ID, id)).mapping.updatedAt;
    const both = [
      edit.edit(GUILD_ID, OWNER, id, { priority: 9 }, { roles: 'keep', unchangedSince: seen }),
      edit.remove(GUILD_ID, OWNER, [id], { roles: 'keep', unchangedSince: seen }),
    ];
    expect(await outcomes(both)).toMatchObject({ done: 1 });
  });
});
