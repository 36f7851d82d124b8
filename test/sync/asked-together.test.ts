import { describe, expect, it } from 'vitest';
import type { Cause } from '../../src/sync/results.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { aWhile, CONFIRMED, createSyncWorld, eventually, MANUAL, type SyncWorld } from '../support/sync-world.ts';

const LEFT_OFF = ['pilot', 'crew', 'medic'];

/** Member 1, of whom somebody took all roles, which their mappings respect; a sync is to give him another one. */
async function strippedPilot(): Promise<SyncWorld> {
  const world = await createSyncWorld();
  for (const roleId of LEFT_OFF) await world.mapping('pilots', roleId, { onDrift: 'respect' });
  await world.pilot('1');
  await world.sync.member(GUILD_ID, '1', MANUAL);
  world.pass(60);
  await world.events.rolesEdited(GUILD_ID, { discordId: '1', by: '55', added: [], removed: LEFT_OFF });
  await world.events.memberChanged(GUILD_ID, world.discord.edit('1', { remove: LEFT_OFF }));
  expect(world.discord.rolesOf('1')).toEqual([]);
  await world.mapping('pilots', 'guest');
  return world;
}

/** They ask for him, one after the other, while a first sync of him is under way. */
async function askMeanwhile(world: SyncWorld, causes: readonly Cause[]): Promise<void> {
  const gate = Promise.withResolvers<void>();
  let hasBegun = false;
  world.discord.beforeWrite = () => {
    hasBegun = true;
    return gate.promise;
  };
  const first = world.sync.member(GUILD_ID, '1', MANUAL);
  await eventually(() => hasBegun).toBe(true);
  const asked: Promise<unknown>[] = [];
  for (const cause of causes) {
    asked.push(world.sync.member(GUILD_ID, '1', cause));
    await aWhile();
  }
  gate.resolve();
  await Promise.all([first, ...asked]);
}

/** An admin who could not give these roles by hand. */
const admin = (actor: string, exceptRoleIds: string[]): Cause => ({
  ...CONFIRMED,
  actor,
  agreement: { exceptRoleIds },
});
const ADA = admin('71', ['pilot', 'crew']);
const BEN = admin('72', ['crew', 'medic']);
const OWNER: Cause = { ...CONFIRMED, actor: '73', agreement: {} };

describe('what was taken from a member of whom two ask for a sync at once', () => {
  it.each<{ name: string; causes: Cause[]; comesBack: string[] }>([
    { name: 'as far as either could give it by hand', causes: [ADA, BEN], comesBack: ['medic', 'pilot'] },
    { name: 'whoever asks first', causes: [BEN, ADA], comesBack: ['medic', 'pilot'] },
    { name: 'wholly, when one of them could give all of it', causes: [ADA, OWNER], comesBack: [...LEFT_OFF] },
    { name: 'no further for a sync that nobody confirmed', causes: [ADA, MANUAL], comesBack: ['medic'] },
    { name: 'no further when that one waits already', causes: [MANUAL, ADA], comesBack: ['medic'] },
    { name: 'no further than any of three could', causes: [ADA, BEN, ADA], comesBack: ['medic', 'pilot'] },
    { name: 'not at all when nobody confirmed', causes: [MANUAL, MANUAL], comesBack: [] },
  ])('comes back $name', async ({ causes, comesBack }) => {
    const world = await strippedPilot();
    await askMeanwhile(world, causes);
    expect(world.discord.rolesOf('1')).toEqual(['guest', ...comesBack].sort());
    const left = await world.suppressions.ofMember(GUILD_ID, '1');
    expect([...left.keys()].sort()).toEqual(LEFT_OFF.filter((roleId) => !comesBack.includes(roleId)).sort());
  });
});
