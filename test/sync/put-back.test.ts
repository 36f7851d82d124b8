import { describe, expect, it } from 'vitest';
import type { Member } from '../../src/core/guild.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { aWhile, createSyncWorld, MANUAL, SCHEDULE, type SyncWorld, eventually } from '../support/sync-world.ts';

/** Member 1 has yet to get two roles, with one PATCH; @friend and @guest are nobody's business. */
async function newMember(roleIds: readonly string[] = []): Promise<SyncWorld> {
  const world = await createSyncWorld();
  await world.mapping('pilots', 'pilot');
  await world.mapping('pilots', 'crew');
  world.discord.withRole('friend');
  world.discord.withRole('guest');
  await world.pilot('1', 'pilots', roleIds);
  return world;
}

/** Once, after the last read and before the PATCH is done. */
function beforeThePatch({ discord }: SyncWorld, happens: () => void): void {
  discord.beforeWrite = () => {
    discord.beforeWrite = () => undefined;
    happens();
  };
}

/** Events are kept back until `release` is called. */
function keepEvents({ discord }: SyncWorld): { release(): void } {
  const tell = discord.onMemberUpdate;
  const kept: Parameters<typeof tell>[0][] = [];
  discord.onMemberUpdate = (member) => void kept.push(member);
  return {
    release() {
      discord.onMemberUpdate = tell;
      for (const member of kept.splice(0)) tell(member);
    },
  };
}

async function lastRun(world: SyncWorld) {
  const [run] = await world.runs.recent(GUILD_ID, 1);
  return run;
}

describe('a role that somebody gives between our read and our PATCH', () => {
  it('is back, recorded as put back, and not ours', async () => {
    const world = await newMember();
    beforeThePatch(world, () => world.discord.edit('1', { add: ['friend'] }));

    const { runId } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.writes).toEqual(['patch 1 crew,pilot', 'put 1 friend']);
    expect(world.discord.rolesOf('1')).toEqual(['crew', 'friend', 'pilot']);
    expect(await world.grantsOf('1')).toEqual(['crew', 'pilot']);
    const changes = await world.runs.allOf(runId ?? '');
    expect(changes.find(({ roleId }) => roleId === 'friend')).toMatchObject({
      action: 'add',
      outcome: 'applied',
      reason: 'put_back',
    });
  });

  it('is back when its event comes before the answer, and the one of the PATCH before that', async () => {
    const world = await newMember();
    const events = keepEvents(world);
    beforeThePatch(world, () => world.discord.edit('1', { add: ['friend'] }));
    world.discord.afterWrite = () => events.release();

    await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.rolesOf('1')).toEqual(['crew', 'friend', 'pilot']);
  });

  it('is back when its event comes long after the sync has ended', async () => {
    const world = await newMember();
    const untold: Member[] = [];
    beforeThePatch(world, () => {
      const tell = world.discord.onMemberUpdate;
      world.discord.onMemberUpdate = () => undefined;
      untold.push(world.discord.edit('1', { add: ['friend'] }));
      world.discord.onMemberUpdate = tell;
    });
    await world.sync.member(GUILD_ID, '1', MANUAL);
    expect(world.discord.rolesOf('1')).toEqual(['crew', 'pilot']);

    for (const gift of untold) world.discord.onMemberUpdate(gift);

    await eventually(() => world.discord.rolesOf('1')).toEqual(['crew', 'friend', 'pilot']);
    await eventually(async () => (await lastRun(world))?.status).toBe('completed');
    const run = await lastRun(world);
    expect(await world.changesOf(run?.id)).toEqual(['1 +friend applied']);
    expect(await world.grantsOf('1')).toEqual(['crew', 'pilot']);
  });

  it('is back once, however often its event comes', async () => {
    const world = await newMember();
    let gift = world.discord.members.get('1');
    beforeThePatch(world, () => (gift = world.discord.edit('1', { add: ['friend'] })));
    await world.sync.member(GUILD_ID, '1', MANUAL);
    if (gift) world.discord.onMemberUpdate(gift);
    await aWhile();

    expect(world.discord.writes).toEqual(['patch 1 crew,pilot', 'put 1 friend']);
  });

  it('stays away when somebody has taken it again meanwhile', async () => {
    const world = await newMember();
    beforeThePatch(world, () => {
      world.discord.edit('1', { add: ['friend'] });
      world.discord.edit('1', { remove: ['friend'] });
    });

    await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.rolesOf('1')).toEqual(['crew', 'pilot']);
    expect(world.discord.writes).toEqual(['patch 1 crew,pilot']);
  });

  it('is back although the gateway never tells of the PATCH', async () => {
    const world = await newMember();
    beforeThePatch(world, () => {
      world.discord.edit('1', { add: ['friend'] });
      const tell = world.discord.onMemberUpdate;
      world.discord.onMemberUpdate = (member) => {
        if (member.roleIds.has('pilot')) world.discord.onMemberUpdate = tell;
        else tell(member);
      };
    });

    const { runId, error } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(error).toBeNull();
    expect(world.discord.rolesOf('1')).toEqual(['crew', 'friend', 'pilot']);
    expect((await world.changesOf(runId)).sort()).toEqual(['1 +crew applied', '1 +friend applied', '1 +pilot applied']);
  });

  it('is back although the answer of the PATCH was lost', async () => {
    const world = await newMember();
    beforeThePatch(world, () => world.discord.edit('1', { add: ['friend'] }));
    const patch = world.discord.editMember;
    world.discord.editMember = async (...args) => {
      world.discord.editMember = patch;
      await patch(...args);
      return { outcome: 'failed', detail: 'socket closed', isPassing: true };
    };

    const { error } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(error).toBeNull();
    expect(world.discord.rolesOf('1')).toEqual(['crew', 'friend', 'pilot']);
  });

  it('is put back again when Discord loses that', async () => {
    const world = await newMember();
    beforeThePatch(world, () => world.discord.edit('1', { add: ['friend'] }));
    const put = world.discord.addRole;
    world.discord.addRole = async (...args) => {
      world.discord.addRole = put;
      world.discord.losses = 1;
      return put(...args);
    };

    await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.rolesOf('1')).toEqual(['crew', 'friend', 'pilot']);
    expect(world.discord.writes.filter((line) => line === 'put 1 friend')).toHaveLength(2);
  });

  it('stays away when somebody takes it between two tries to put it back', async () => {
    const world = await newMember();
    beforeThePatch(world, () => world.discord.edit('1', { add: ['friend'] }));
    const put = world.discord.addRole;
    world.discord.addRole = async (...args) => {
      world.discord.addRole = put;
      world.discord.losses = 1;
      await world.events.rolesEdited(GUILD_ID, { discordId: '1', by: '7', added: [], removed: ['friend'] });
      return put(...args);
    };

    const { runId } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.rolesOf('1')).toEqual(['crew', 'pilot']);
    expect(await world.changesOf(runId)).toContain('1 +friend cancelled');
  });

  it('is put back although Discord answers a read with how it was before the PATCH', async () => {
    const world = await newMember();
    const { fetchMember } = world.discord;
    beforeThePatch(world, () => {
      const old = world.discord.edit('1', { add: ['friend'] });
      world.discord.fetchMember = async () => {
        world.discord.fetchMember = fetchMember;
        return old;
      };
    });

    await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.rolesOf('1')).toEqual(['crew', 'friend', 'pilot']);
  });

  it('is told as failed when Discord cannot be read any more, and what was written as applied', async () => {
    const world = await newMember();
    beforeThePatch(world, () => {
      world.discord.edit('1', { add: ['friend'] });
      world.discord.failReads = true;
    });

    const { runId } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect((await world.changesOf(runId)).toSorted()).toEqual([
      '1 +crew applied',
      '1 +friend failed',
      '1 +pilot applied',
    ]);
    expect(await world.grantsOf('1')).toEqual(['crew', 'pilot']);
  });

  it('is put back although somebody calls the run off meanwhile', async () => {
    const world = await newMember();
    beforeThePatch(world, () => world.discord.edit('1', { add: ['friend'] }));
    world.discord.afterWrite = async () => {
      const run = await lastRun(world);
      await world.sync.runs.cancel(GUILD_ID, run?.id ?? '', '77').catch(() => undefined);
    };

    const { runId } = await world.sync.guild(GUILD_ID, SCHEDULE);

    expect(world.discord.rolesOf('1')).toEqual(['crew', 'friend', 'pilot']);
    expect((await world.changesOf(runId)).toSorted()).toEqual([
      '1 +crew applied',
      '1 +friend applied',
      '1 +pilot applied',
    ]);
  });

  it('is not tried when nobody can give it, such as the role of a booster', async () => {
    const world = await newMember();
    world.discord.withRole('booster', { isManaged: true });
    beforeThePatch(world, () => world.discord.edit('1', { add: ['booster'] }));

    const { changes } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.writes).toEqual(['patch 1 crew,pilot']);
    expect(changes.map(({ roleId }) => roleId).sort()).toEqual(['crew', 'pilot']);
  });

  it('is put back after a run over the whole guild, too', async () => {
    const world = await newMember();
    beforeThePatch(world, () => world.discord.edit('1', { add: ['friend'] }));

    const { runId } = await world.sync.guild(GUILD_ID, SCHEDULE);

    expect(world.discord.rolesOf('1')).toEqual(['crew', 'friend', 'pilot']);
    expect((await world.changesOf(runId)).sort()).toEqual(['1 +crew applied', '1 +friend applied', '1 +pilot applied']);
  });

  it('is back after a crash in the middle of putting it back', async () => {
    const world = await newMember();
    beforeThePatch(world, () => world.discord.edit('1', { add: ['friend'] }));
    const isAt = Promise.withResolvers<void>();
    const put = world.discord.addRole;
    world.discord.addRole = () => {
      isAt.resolve();
      return new Promise(() => undefined);
    };
    void world.sync.member(GUILD_ID, '1', MANUAL);
    await isAt.promise;
    expect(world.discord.rolesOf('1')).toEqual(['crew', 'pilot']);

    const { sync } = world.killAndStart();
    world.discord.addRole = put;
    await sync.resume(GUILD_ID);

    await eventually(() => world.discord.rolesOf('1')).toEqual(['crew', 'friend', 'pilot']);
  });
});

describe('a role that somebody takes between our read and our PATCH', () => {
  it('goes again where the audit log tells that somebody took it', async () => {
    const world = await newMember(['guest']);
    beforeThePatch(world, () => {
      void world.events.rolesEdited(GUILD_ID, { discordId: '1', by: '7', added: [], removed: ['guest'] });
      world.discord.edit('1', { remove: ['guest'] });
    });

    const { runId } = await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.writes).toEqual(['patch 1 crew,guest,pilot', 'delete 1 guest']);
    expect(world.discord.rolesOf('1')).toEqual(['crew', 'pilot']);
    expect(await world.changesOf(runId)).toContain('1 -guest applied');
  });

  it('goes again when the audit log tells so only after the sync has ended', async () => {
    const world = await newMember(['guest']);
    beforeThePatch(world, () => world.discord.edit('1', { remove: ['guest'] }));
    await world.sync.member(GUILD_ID, '1', MANUAL);
    expect(world.discord.rolesOf('1')).toEqual(['crew', 'guest', 'pilot']);

    await world.events.rolesEdited(GUILD_ID, { discordId: '1', by: '7', added: [], removed: ['guest'] });

    await eventually(() => world.discord.rolesOf('1')).toEqual(['crew', 'pilot']);
  });

  it('stays where the list put it when nobody says who took it: an old event looks the same', async () => {
    const world = await newMember(['guest']);
    beforeThePatch(world, () => world.discord.edit('1', { remove: ['guest'] }));

    await world.sync.member(GUILD_ID, '1', MANUAL);

    expect(world.discord.writes).toEqual(['patch 1 crew,guest,pilot']);
  });
});
