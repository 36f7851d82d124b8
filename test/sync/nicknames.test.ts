import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { createScriptedSource, type ScriptedSource } from '../support/scripted-source.ts';
import { CONFIRMED, createSyncWorld, MANUAL, SCHEDULE, type SyncWorld } from '../support/sync-world.ts';

const OWNER = '1';
const ANN = '2';

/** A guild that names people `[TICK] Name`; the source knows Ann and the owner. */
async function named(): Promise<SyncWorld & { source: ScriptedSource }> {
  const source = createScriptedSource();
  const world = await createSyncWorld({ otherSources: [source] });
  world.discord.botPermissions = PERMISSIONS.manageRoles | PERMISSIONS.manageNicknames;
  await world.settings.update(GUILD_ID, { nicknameTemplate: '[{ticker}] {name}' }, world.now());
  await world.mapping('http:pilots', 'pilot');
  for (const name of [OWNER, ANN]) {
    world.discord.withMember(name);
    const account = await world.link(name);
    source.groups.set(account, ['http:pilots']);
    source.names.set(account, { name: name === ANN ? 'Ann' : 'Boss', ticker: 'CORP' });
  }
  return { ...world, source };
}

const nickOf = ({ discord }: SyncWorld, discordId: string) => discord.members.get(discordId)?.nick ?? null;

describe('a nickname', () => {
  it('goes along with the role in one PATCH, and nothing is written the second time', async () => {
    const world = await named();
    const { runId } = await world.sync.member(GUILD_ID, ANN, MANUAL);
    expect(world.discord.writes).toEqual([`patch ${ANN} pilot nick=[CORP] Ann`]);
    expect(await world.changesOf(runId)).toEqual([`${ANN} +pilot applied`]);
    world.pass(900);
    await world.sync.member(GUILD_ID, ANN, MANUAL);
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.writes.filter((line) => line.includes(`${ANN} `))).toHaveLength(1);
  });

  it('is written alone where no role changes, and keeps his roles', async () => {
    const world = await named();
    await world.sync.guild(GUILD_ID, CONFIRMED);
    for (const [account, names] of world.source.names) world.source.names.set(account, { ...names, ticker: 'NEW' });
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.writes.at(-1)).toBe(`patch ${ANN} nick=[NEW] Ann`);
    expect(world.discord.rolesOf(ANN)).toEqual(['pilot']);
    expect(nickOf(world, ANN)).toBe('[NEW] Ann');
  });

  it('leaves the owner and those who stand above the bot alone; their roles go on', async () => {
    const world = await named();
    world.discord.withRole('chief', { position: 200 });
    world.discord.edit(ANN, { add: ['chief'] });
    await world.sync.guild(GUILD_ID, CONFIRMED);
    expect(world.discord.writes.toSorted()).toEqual(['put 1 pilot', 'put 2 pilot']);
    expect(nickOf(world, OWNER)).toBeNull();
    expect(nickOf(world, ANN)).toBeNull();
  });

  it('is nobody’s while the source is silent, and stays as it is', async () => {
    const world = await named();
    world.source.mood = 'silent';
    await world.sync.guild(GUILD_ID, CONFIRMED);
    expect(world.discord.writes).toEqual([]);
    world.source.mood = 'up';
    await world.sync.guild(GUILD_ID, CONFIRMED);
    world.source.mood = 'silent';
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(nickOf(world, ANN)).toBe('[CORP] Ann');
  });

  it('is not tried by a bot that may not, nor without a template', async () => {
    const world = await named();
    world.discord.botPermissions = PERMISSIONS.manageRoles;
    await world.sync.guild(GUILD_ID, CONFIRMED);
    world.discord.botPermissions |= PERMISSIONS.manageNicknames;
    await world.settings.update(GUILD_ID, { nicknameTemplate: '' }, world.now());
    await world.sync.guild(GUILD_ID, CONFIRMED);
    expect(world.discord.writes.toSorted()).toEqual(['put 1 pilot', 'put 2 pilot']);
  });

  it('is written again when Discord loses it', async () => {
    const world = await named();
    world.discord.losses = 1;
    const { error } = await world.sync.member(GUILD_ID, ANN, MANUAL);
    expect(error).toBeNull();
    expect(nickOf(world, ANN)).toBe('[CORP] Ann');
    expect(world.discord.rolesOf(ANN)).toEqual(['pilot']);
  });

  it('is what the template says again when somebody changes it', async () => {
    const world = await named();
    await world.sync.guild(GUILD_ID, CONFIRMED);
    const ann = world.discord.members.get(ANN);
    if (ann) world.discord.withMember(ANN, [...ann.roleIds], { nick: 'Queen' });
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(nickOf(world, ANN)).toBe('[CORP] Ann');
  });

  it('goes through while removals are held', async () => {
    const world = await named();
    await world.settings.update(GUILD_ID, { maxRoleChangesPerSync: 0 }, world.now());
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(nickOf(world, ANN)).toBe('[CORP] Ann');
    expect(world.discord.rolesOf(ANN)).toEqual([]);
  });
});
