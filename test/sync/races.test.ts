import { describe, expect, it } from 'vitest';
import type { Member } from '../../src/core/guild.ts';
import { aMember } from '../support/core-worlds.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { aWhile, createSyncWorld, MANUAL, SCHEDULE, type SyncWorld } from '../support/sync-world.ts';

/** Member 1 is linked and in the group of the one mapping; he has yet to get his role. */
async function newPilot(mapping: Parameters<SyncWorld['mapping']>[2] = {}): Promise<SyncWorld> {
  const world = await createSyncWorld();
  world.discord.withMember('1');
  await world.mapping('pilots', 'pilot', mapping);
  await world.link('1');
  await world.addToGroup('pilots', '1');
  return world;
}

async function onePilot(mapping: Parameters<SyncWorld['mapping']>[2] = {}): Promise<SyncWorld> {
  const world = await newPilot(mapping);
  await world.sync.member(GUILD_ID, '1', MANUAL);
  world.discord.writes = [];
  world.clock.now = new Date(world.clock.now.getTime() + 1000);
  return world;
}

function member(roleIds: readonly string[] = [], parts: Partial<Omit<Member, 'roleIds'>> = {}): Member {
  return aMember(roleIds, { discordId: '1', ...parts });
}

/** What happens once Discord has done the next write, before its answer is here. */
function beforeTheAnswer({ discord }: SyncWorld, happens: () => void | Promise<void>): void {
  const put = discord.addRole;
  discord.addRole = async (...args) => {
    discord.addRole = put;
    const answer = await put(...args);
    await happens();
    return answer;
  };
}

const nextTurn = () =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe('events while a write is under way', () => {
  it('sees drift that comes right behind the echo of the write', async () => {
    const world = await newPilot();
    const later: Promise<void>[] = [];
    beforeTheAnswer(world, async () => {
      later.push(world.events.memberChanged(GUILD_ID, member(['pilot'])));
      await nextTurn();
      world.discord.withMember('1', []);
      later.push(world.events.memberChanged(GUILD_ID, member([])));
      await nextTurn();
    });
    await world.sync.member(GUILD_ID, '1', MANUAL);
    await Promise.all(later);
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
  });

  it('sees the end of the screening behind a join that still waits', async () => {
    const world = await newPilot();
    world.discord.withMember('1', [], { isPending: true });
    const fetch = world.discord.fetchMember;
    const later: Promise<void>[] = [];
    world.discord.fetchMember = async (...args) => {
      world.discord.fetchMember = fetch;
      const pending = await fetch(...args);
      later.push(world.events.memberJoined(GUILD_ID, member([], { isPending: true })));
      await nextTurn();
      world.discord.withMember('1', []);
      later.push(world.events.memberChanged(GUILD_ID, member([])));
      await nextTurn();
      return pending;
    };
    await world.sync.member(GUILD_ID, '1', { trigger: 'link', actor: '1' });
    await Promise.all(later);
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
  });

  it('leaves no role behind when its mapping is removed meanwhile', async () => {
    const world = await newPilot();
    beforeTheAnswer(world, async () => {
      const [mapping] = await world.mappings.ofGuild(GUILD_ID);
      await world.mappings.remove([mapping?.id ?? ''], 'remove');
    });
    await world.sync.member(GUILD_ID, '1', MANUAL);
    await world.sync.guild(GUILD_ID, MANUAL);
    expect(world.discord.rolesOf('1')).toEqual([]);
  });

  it('keeps the role when its mapping is removed meanwhile and the roles are to be kept', async () => {
    const world = await newPilot();
    beforeTheAnswer(world, async () => {
      const [mapping] = await world.mappings.ofGuild(GUILD_ID);
      await world.mappings.remove([mapping?.id ?? ''], 'keep');
    });
    await world.sync.member(GUILD_ID, '1', MANUAL);
    await world.sync.guild(GUILD_ID, MANUAL);
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
    expect(await world.grantsOf('1')).toEqual([]);
  });

  it('keeps the role when he unlinks meanwhile and the guild keeps roles on unlink', async () => {
    const world = await newPilot();
    await world.settings.update(GUILD_ID, { onUnlink: 'keep' }, world.now());
    beforeTheAnswer(world, async () => void (await world.links.unlink('1', world.now())));
    await world.sync.member(GUILD_ID, '1', MANUAL);
    await world.sync.member(GUILD_ID, '1', { trigger: 'unlink', actor: '1' });
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
  });

  it.each(['remove', 'keep'] as const)(
    'heeds a mapping that is removed while the member is being read (%s)',
    async (roles) => {
      const world = await newPilot();
      const fetch = world.discord.fetchMember;
      world.discord.fetchMember = async (...args) => {
        world.discord.fetchMember = fetch;
        const seen = await fetch(...args);
        const [mapping] = await world.mappings.ofGuild(GUILD_ID);
        await world.mappings.remove([mapping?.id ?? ''], roles);
        return seen;
      };
      await world.sync.member(GUILD_ID, '1', MANUAL);
      expect(world.discord.writes).toEqual([]);
      expect(await world.grantsOf('1')).toEqual([]);
    },
  );

  it('heeds a mapping that is removed between two tries', async () => {
    const world = await newPilot();
    world.discord.refusals.push({ outcome: 'failed', detail: 'Discord answered 500', isPassing: true });
    world.discord.beforeWrite = async () => {
      const [mapping] = await world.mappings.ofGuild(GUILD_ID);
      await world.mappings.remove([mapping?.id ?? ''], 'remove');
    };
    await world.sync.member(GUILD_ID, '1', MANUAL);
    await world.sync.guild(GUILD_ID, MANUAL);
    expect(world.discord.rolesOf('1')).toEqual([]);
    expect(await world.grantsOf('1')).toEqual([]);
  });

  it('records a change whose answer was lost, and calls a second try no drift', async () => {
    const world = await newPilot();
    const put = world.discord.addRole;
    world.discord.addRole = async (...args) => {
      world.discord.addRole = put;
      await put(...args);
      return { outcome: 'failed', detail: 'socket closed', isPassing: true };
    };
    const { runId } = await world.sync.member(GUILD_ID, '1', MANUAL);
    const { changes } = await world.runs.changesOf(runId ?? '', 1, 9);
    expect(changes).toMatchObject([{ action: 'add', outcome: 'applied', reason: 'mapping_true' }]);
    expect(await world.runs.find(runId ?? '')).toMatchObject({ rolesAdded: 1 });
    expect([...(await world.grants.ofMember(GUILD_ID, '1')).values()]).toMatchObject([{ isConfirmed: true }]);

    const other = await newPilot();
    other.discord.refusals.push({ outcome: 'failed', detail: 'Discord answered 500', isPassing: true });
    const result = await other.sync.member(GUILD_ID, '1', MANUAL);
    expect(result.changes).toMatchObject([{ reason: 'mapping_true' }]);
  });

  it('takes a role away again whose answer was lost, when it is no longer earned at the next try', async () => {
    const world = await newPilot();
    const put = world.discord.addRole;
    world.discord.addRole = async (...args) => {
      world.discord.addRole = put;
      await put(...args);
      await world.removeFromGroup('pilots', '1');
      return { outcome: 'failed', detail: 'socket closed', isPassing: true };
    };
    await world.sync.member(GUILD_ID, '1', MANUAL);
    expect(world.discord.rolesOf('1')).toEqual([]);
    expect(await world.grantsOf('1')).toEqual([]);
  });

  it('leaves no grant behind when he leaves meanwhile', async () => {
    const world = await newPilot();
    const later: Promise<void>[] = [];
    beforeTheAnswer(world, () => {
      world.discord.members.delete('1');
      later.push(world.events.memberLeft(GUILD_ID, '1'));
    });
    await world.sync.member(GUILD_ID, '1', MANUAL);
    await Promise.all(later);
    expect(await world.grantsOf('1')).toEqual([]);
  });
});

describe('events that are late, doubled or missed', () => {
  it('keeps the ledger of a member who is there, whatever an old leave says', async () => {
    const world = await onePilot();
    world.discord.withMember('1', []);
    await world.events.memberJoined(GUILD_ID, member());
    await world.events.memberLeft(GUILD_ID, '1');
    expect(await world.grantsOf('1')).toEqual(['pilot']);
    await world.removeFromGroup('pilots', '1');
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(world.discord.rolesOf('1')).toEqual([]);
  });

  it('makes no second call for a join that is told twice', async () => {
    const world = await newPilot();
    await world.events.memberJoined(GUILD_ID, member());
    await world.events.memberJoined(GUILD_ID, member());
    expect(world.discord.writes).toEqual(['put 1 pilot']);
  });

  it('keeps the ledger while Discord does not say whether he left', async () => {
    const world = await onePilot();
    world.discord.failReads = true;
    await expect(world.events.memberLeft(GUILD_ID, '1')).rejects.toThrow();
    expect(await world.grantsOf('1')).toEqual(['pilot']);
  });

  it('does not take an empty list of members for the truth', async () => {
    const world = await onePilot();
    world.discord.members.clear();
    expect(await world.sync.guild(GUILD_ID, SCHEDULE)).toMatchObject({ status: 'failed' });
    expect(await world.grantsOf('1')).toEqual(['pilot']);
  });

  it('keeps the grant of one who comes back and is being given his role when the list ends', async () => {
    const world = await onePilot();
    world.discord.withMember('2');
    world.discord.members.delete('1');
    const gate = Promise.withResolvers<void>();
    const put = world.discord.addRole;
    world.discord.addRole = async (...args) => {
      await gate.promise;
      return put(...args);
    };
    const later: Promise<unknown>[] = [];
    const list = world.discord.listMembers;
    world.discord.listMembers = async function* listThenRejoin(guildId) {
      yield* list(guildId);
      world.discord.withMember('1', []);
      later.push(world.events.memberJoined(GUILD_ID, member()));
      await nextTurn();
      setImmediate(gate.resolve);
    };
    await world.sync.guild(GUILD_ID, SCHEDULE);
    await Promise.all(later);
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
    expect(await world.grantsOf('1')).toEqual(['pilot']);
  });

  it('keeps the new grant of one who comes back while the members are being listed', async () => {
    const world = await onePilot();
    world.discord.withMember('2');
    world.discord.members.delete('1');
    const list = world.discord.listMembers;
    world.discord.listMembers = async function* listThenRejoin(guildId) {
      yield* list(guildId);
      world.discord.withMember('1', []);
      await world.events.memberJoined(GUILD_ID, member());
    };
    await world.sync.guild(GUILD_ID, SCHEDULE);
    expect(await world.grantsOf('1')).toEqual(['pilot']);
  });

  it('gives back after the screening what a rejoining member kept under add_only', async () => {
    const world = await onePilot({ addOnly: true });
    await world.removeFromGroup('pilots', '1');
    await world.sync.member(GUILD_ID, '1', MANUAL);
    await world.settings.update(GUILD_ID, { removeRolesOnLeave: false }, world.now());
    await world.events.memberLeft(GUILD_ID, '1');
    world.discord.withMember('1', [], { isPending: true });
    await world.events.memberJoined(GUILD_ID, member([], { isPending: true }));
    world.discord.withMember('1', []);
    await world.events.memberChanged(GUILD_ID, member([]));
    expect(world.discord.rolesOf('1')).toEqual(['pilot']);
  });
});

describe('people and the clock asking at once', () => {
  it('lets a person through who joins a waiting run that nobody asked for', async () => {
    const world = await onePilot();
    await world.settings.update(GUILD_ID, { autoSync: false }, world.now());
    const [, unattended, person] = await Promise.all([
      world.sync.guild(GUILD_ID, MANUAL),
      world.sync.guild(GUILD_ID, { trigger: 'guild_event', actor: null }),
      world.sync.guild(GUILD_ID, { trigger: 'mapping', actor: '1' }),
    ]);
    expect(unattended).toMatchObject({ runId: null, status: 'failed' });
    expect(person?.status).toBe('completed');
  });

  it('tells everybody who waits for a run how far it is, and names the person in it', async () => {
    const world = await onePilot();
    let heard = 0;
    const [, , run] = await Promise.all([
      world.sync.guild(GUILD_ID, SCHEDULE),
      world.sync.guild(GUILD_ID, SCHEDULE),
      world.sync.guild(GUILD_ID, MANUAL, () => {
        heard += 1;
      }),
    ]);
    expect(heard).toBeGreaterThan(0);
    expect(await world.runs.find(run?.runId ?? '')).toMatchObject({ trigger: 'manual', initiatedBy: '1' });
  });

  it('counts a change once, in the run that made it, when a person joins what waits in a run over the guild', async () => {
    const world = await newPilot();
    const gate = Promise.withResolvers<void>();
    world.discord.beforeWrite = () => gate.promise;
    await world.mapping('crew', 'crew');
    const first = world.sync.member(GUILD_ID, '1', { trigger: 'drift', actor: null });
    await aWhile();
    await world.addToGroup('crew', '1');
    const run = world.sync.guild(GUILD_ID, SCHEDULE);
    await aWhile();
    const person = world.sync.member(GUILD_ID, '1', MANUAL);
    gate.resolve();
    const progress = (await Promise.all([first, run, person]))[1];

    expect(world.discord.rolesOf('1')).toEqual(['crew', 'pilot']);
    expect(world.discord.writes).toHaveLength(2);
    const applied = (await world.changesOf(progress.runId)).filter((line) => line.endsWith('applied'));
    expect(progress.rolesAdded).toBe(applied.length);
    const runs = await world.runs.recent(GUILD_ID, 9);
    expect(runs.reduce((sum, { rolesAdded }) => sum + rolesAdded, 0)).toBe(2);
    expect(runs.filter(({ completedAt }) => completedAt === null)).toEqual([]);
  });

  it('ends a run as failed when its retry cannot read', async () => {
    const world = await newPilot();
    world.discord.refusals.push({ outcome: 'failed', detail: 'Discord answered 500', isPassing: true });
    world.discord.beforeWrite = () => {
      world.discord.failReads = true;
    };
    await expect(world.sync.member(GUILD_ID, '1', MANUAL)).rejects.toThrow();
    expect(await world.runs.recent(GUILD_ID, 1)).toMatchObject([{ status: 'failed', usersFailed: 1 }]);
  });

  it('does not call a run complete whose guild went away', async () => {
    const world = await createSyncWorld();
    await world.mapping('pilots', 'pilot');
    for (const discordId of ['1', '2', '3', '4', '5', '6', '7', '8']) {
      world.discord.withMember(discordId);
      await world.link(discordId);
      await world.addToGroup('pilots', discordId);
    }
    world.discord.beforeWrite = () => {
      world.discord.isAvailable = false;
    };
    const done = await world.sync.guild(GUILD_ID, MANUAL);
    expect(done).toMatchObject({ status: 'failed', errors: [expect.stringContaining('out of reach')] });
    expect((await world.settings.find(GUILD_ID))?.lastFullSyncAt).toBeNull();
  });

  it('tells of no server where the person is no member, or nobody knows', async () => {
    const world = await createSyncWorld();
    expect(await world.sync.everywhere('77', MANUAL)).toEqual([]);
    await world.mapping('pilots', 'pilot');
    expect(await world.sync.everywhere('77', MANUAL)).toEqual([]);
    world.discord.failReads = true;
    expect(await world.sync.everywhere('77', MANUAL)).toEqual([]);
    await world.settings.update(GUILD_ID, { isEnabled: false }, world.now());
    expect(await world.sync.everywhere('77', MANUAL)).toEqual([]);
  });
});
