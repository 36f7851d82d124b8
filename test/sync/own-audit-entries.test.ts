import { describe, expect, it } from 'vitest';
import { GUILD_ID } from '../support/fake-discord.ts';
import { aWhile, createSyncWorld, eventually, MANUAL, type SyncWorld } from '../support/sync-world.ts';

const OURS = ['crew', 'pilot'];

/** Member 1 has yet to get two roles, with one PATCH; @friend and @guest are nobody's business. */
async function newMember(roleIds: readonly string[] = []): Promise<SyncWorld> {
  const world = await createSyncWorld();
  for (const roleId of OURS) await world.mapping('pilots', roleId);
  for (const roleId of ['friend', 'guest']) world.discord.withRole(roleId);
  await world.pilot('1', 'pilots', roleIds);
  return world;
}

/** Once, after the last read and before the write is done, somebody edits him; the member's event of that never comes. */
function untold({ discord }: SyncWorld, edit: Parameters<SyncWorld['discord']['edit']>[1]): void {
  discord.beforeWrite = () => {
    discord.beforeWrite = () => undefined;
    const tell = discord.onMemberUpdate;
    discord.onMemberUpdate = () => undefined;
    discord.edit('1', edit);
    discord.onMemberUpdate = tell;
  };
}

/** Discord's audit log tells what a write of the bot changed. */
const entry = ({ events }: SyncWorld, { added = [], removed = [] }: { added?: string[]; removed?: string[] }) =>
  events.rolesWritten(GUILD_ID, { discordId: '1', added, removed });

describe("the bot's own entry in the audit log", () => {
  it('tells of a role that our list wiped out, though the event of its giving never came', async () => {
    const world = await newMember();
    untold(world, { add: ['friend'] });
    await world.sync.member(GUILD_ID, '1', MANUAL);
    expect(world.discord.rolesOf('1')).toEqual(OURS);

    await entry(world, { added: OURS, removed: ['friend'] });

    await eventually(() => world.discord.rolesOf('1')).toEqual(['crew', 'friend', 'pilot']);
    await eventually(async () => (await world.runs.recent(GUILD_ID, 9)).map(({ status }) => status)).toEqual([
      'completed',
      'completed',
    ]);
    const [last] = await world.runs.recent(GUILD_ID, 1);
    expect(await world.runs.allOf(last?.id ?? '')).toMatchObject([
      { action: 'add', roleId: 'friend', outcome: 'applied', reason: 'put_back' },
    ]);
    expect(await world.grantsOf('1')).toEqual(OURS);
  });

  it('tells it before the answer of the list, too: then the same run puts it back', async () => {
    const world = await newMember();
    untold(world, { add: ['friend'] });
    world.discord.afterWrite = async () => {
      world.discord.afterWrite = () => undefined;
      await entry(world, { added: OURS, removed: ['friend'] });
    };

    const { runId } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.rolesOf('1')).toEqual(['crew', 'friend', 'pilot']);
    expect((await world.changesOf(runId)).toSorted()).toEqual([
      '1 +crew applied',
      '1 +friend applied',
      '1 +pilot applied',
    ]);
  });

  it('puts a role back once, though its giving is told late as well', async () => {
    const world = await newMember();
    untold(world, { add: ['friend'] });
    await world.sync.member(GUILD_ID, '1', MANUAL);
    const wiped = { added: OURS, removed: ['friend'] };

    await Promise.all([entry(world, wiped), entry(world, wiped)]);
    await eventually(() => world.discord.rolesOf('1')).toEqual(['crew', 'friend', 'pilot']);
    await aWhile();

    expect(world.discord.writes).toEqual(['patch 1 crew,pilot', 'put 1 friend']);
  });

  it('tells of a role that our list gave again, where somebody is known to have taken it', async () => {
    const world = await newMember(['guest']);
    untold(world, { remove: ['guest'] });
    await world.sync.member(GUILD_ID, '1', MANUAL);
    expect(world.discord.rolesOf('1')).toEqual(['crew', 'guest', 'pilot']);

    await world.events.rolesEdited(GUILD_ID, { discordId: '1', by: '7', added: [], removed: ['guest'] });
    await entry(world, { added: ['crew', 'guest', 'pilot'] });

    await eventually(() => world.discord.rolesOf('1')).toEqual(OURS);
  });

  it('changes nothing when our list wiped out nothing', async () => {
    const world = await newMember(['guest']);
    await world.sync.member(GUILD_ID, '1', MANUAL);

    await entry(world, { added: OURS });
    await aWhile();

    expect(world.discord.writes).toEqual(['patch 1 crew,guest,pilot']);
  });

  it('gives nothing back that a moderator has taken since', async () => {
    const world = await newMember();
    untold(world, { add: ['friend'] });
    await world.sync.member(GUILD_ID, '1', MANUAL);

    await world.events.rolesEdited(GUILD_ID, { discordId: '1', by: '7', added: [], removed: ['friend'] });
    await entry(world, { added: OURS, removed: ['friend'] });
    await aWhile();

    expect(world.discord.rolesOf('1')).toEqual(OURS);
  });

  it.each([
    { name: 'before the answer of the later one', isLate: false },
    { name: 'after the later one', isLate: true },
  ])('of an older list tells nothing of a later one ($name)', async ({ isLate }) => {
    const world = await newMember(['friend']);
    await world.sync.member(GUILD_ID, '1', MANUAL);
    world.discord.edit('1', { remove: ['friend'] });
    await world.removeFromGroup('pilots', '1');
    const older = () => entry(world, { added: OURS, removed: ['friend'] });
    if (!isLate) world.discord.afterWrite = older;

    await world.sync.member(GUILD_ID, '1', MANUAL);
    if (isLate) await older();
    await aWhile();

    expect(world.discord.writes).toEqual(['patch 1 crew,friend,pilot', 'patch 1 ']);
    expect(world.discord.rolesOf('1')).toEqual([]);
  });

  it('of an older list tells nothing of a later one that gives the same role and another', async () => {
    const world = await newMember();
    world.discord.onMemberUpdate = () => undefined;
    world.discord.afterWrite = () => entry(world, { added: ['crew'], removed: ['friend'] });

    const { error } = await world.sync.member(GUILD_ID, '1', MANUAL);
    await aWhile();

    expect(error).toBeNull();
    expect(world.discord.writes).toEqual(['patch 1 crew,pilot']);
  });

  it('of an older list tells nothing of a later one that takes the same role and another', async () => {
    const world = await newMember();
    await world.sync.member(GUILD_ID, '1', MANUAL);
    await world.removeFromGroup('pilots', '1');
    world.discord.onMemberUpdate = () => undefined;
    world.discord.afterWrite = () => entry(world, { removed: ['crew', 'friend'] });

    await world.sync.member(GUILD_ID, '1', MANUAL);
    await aWhile();

    expect(world.discord.writes).toEqual(['patch 1 crew,pilot', 'patch 1 ']);
  });

  it('of a write that is long ago tells nothing any more', async () => {
    const world = await newMember();
    untold(world, { add: ['friend'] });
    await world.sync.member(GUILD_ID, '1', MANUAL);
    world.pass(60);

    await entry(world, { added: OURS, removed: ['friend'] });
    await aWhile();

    expect(world.discord.writes).toEqual(['patch 1 crew,pilot']);
  });
});
