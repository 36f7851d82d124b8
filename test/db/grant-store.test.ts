import { describe, expect, it } from 'vitest';
import { aGrant, aMapping, after, openStores } from '../support/stores.ts';

describe('the ledger', () => {
  it('keeps grants by guild, member and role', async () => {
    const { grants, guilds } = await openStores();
    await guilds.joined('other', 'Other', after(0));
    const given = [
      aGrant({ runId: 'run', undesiredSince: after(5) }),
      aGrant({ roleId: 'second', mappingIds: ['m1', 'm2'] }),
      aGrant({ discordId: 'bob' }),
      aGrant({ guildId: 'other' }),
    ];
    await grants.save(given);
    expect(await grants.ofMember('guild', 'ann')).toEqual(
      new Map([
        ['role', given[0]],
        ['second', given[1]],
      ]),
    );
    const ofGuild = await grants.ofGuild('guild');
    expect([...ofGuild.keys()]).toEqual(['ann', 'bob']);
    expect(ofGuild.get('ann')).toEqual(await grants.ofMember('guild', 'ann'));
    expect(await grants.holdersOf('guild')).toEqual(
      new Map([
        ['role', 2],
        ['second', 1],
      ]),
    );
    expect(await grants.holdersOf('nowhere')).toEqual(new Map());
  });

  it('takes the new values of a grant that is there', async () => {
    const { grants } = await openStores();
    await grants.save([aGrant({ isReleased: true, undesiredSince: after(1) })]);
    const renewed = aGrant({ mappingIds: ['m2'], runId: 'later', grantedAt: after(2) });
    await grants.save([renewed]);
    expect(await grants.ofMember('guild', 'ann')).toEqual(new Map([['role', renewed]]));
  });

  it('takes many at once, all or none', async () => {
    const { grants } = await openStores();
    const many = Array.from({ length: 3000 }, (_, index) => aGrant({ discordId: `member-${index}` }));
    await expect(grants.save([...many, aGrant({ guildId: 'nowhere' })])).rejects.toThrow(/FOREIGN KEY/);
    expect(await grants.holdersOf('guild')).toEqual(new Map());
    await grants.save(many);
    expect(await grants.holdersOf('guild')).toEqual(new Map([['role', 3000]]));
    await grants.save([]);
  });

  it('forgets a member’s roles, a member, a role, or a user everywhere', async () => {
    const { grants, guilds } = await openStores();
    await guilds.joined('other', 'Other', after(0));
    const fill = () =>
      grants.save(
        ['guild', 'other'].flatMap((guildId) =>
          ['ann', 'bob'].flatMap((discordId) => ['r1', 'r2'].map((roleId) => aGrant({ guildId, discordId, roleId }))),
        ),
      );
    const left = async () => {
      const keys: string[] = [];
      for (const guildId of ['guild', 'other']) {
        for (const [discordId, roles] of await grants.ofGuild(guildId))
          keys.push(`${guildId} ${discordId} ${[...roles.keys()].join()}`);
      }
      return keys;
    };
    await fill();
    await grants.forget('guild', 'ann', ['r1', 'unknown']);
    expect(await left()).toEqual(['guild ann r2', 'guild bob r1,r2', 'other ann r1,r2', 'other bob r1,r2']);
    await grants.forgetMember('guild', 'ann');
    expect(await left()).toEqual(['guild bob r1,r2', 'other ann r1,r2', 'other bob r1,r2']);
    await grants.forgetRole('guild', 'r1');
    expect(await left()).toEqual(['guild bob r2', 'other ann r1,r2', 'other bob r1,r2']);
    await grants.forgetMember('other', 'bob');
    expect(await left()).toEqual(['guild bob r2', 'other ann r1,r2']);
  });

  it('forgets nothing when no role is named', async () => {
    const { grants } = await openStores();
    await grants.save([aGrant()]);
    await grants.forget('guild', 'ann', []);
    expect(await grants.ofMember('guild', 'ann')).toEqual(new Map([['role', aGrant()]]));
  });
});

describe('grants of roles that a mapping has to name', () => {
  it('are saved where an active mapping of this guild names the role; the others are told', async () => {
    const { grants, guilds, mappings } = await openStores();
    await guilds.joined('other', 'Other', after(0));
    await mappings.create(aMapping({ id: 'm1', roleId: 'named' }));
    await mappings.create(aMapping({ id: 'm2', roleId: 'switched-off', isActive: false }));
    await mappings.create(aMapping({ id: 'm3', roleId: 'elsewhere', guildId: 'other' }));
    const named = aGrant({ roleId: 'named' });
    const others = ['switched-off', 'elsewhere', 'unheard-of'].map((roleId) => aGrant({ roleId }));
    expect(await grants.saveNamed([named, ...others])).toEqual(others);
    expect(await grants.ofMember('guild', 'ann')).toEqual(new Map([['named', named]]));
  });

  it('are saved for one active mapping of several, whichever gave the role', async () => {
    const { grants, mappings } = await openStores();
    await mappings.create(aMapping({ id: 'm1', isActive: false }));
    await mappings.create(aMapping({ id: 'm2', groupId: 'crew' }));
    expect(await grants.saveNamed([aGrant({ mappingIds: ['m1'] })])).toEqual([]);
    expect(await grants.holdersOf('guild')).toEqual(new Map([['role', 1]]));
  });

  it.each(['remove', 'keep'] as const)(
    'are not saved from the moment that the mapping is removed (%s)',
    async (roles) => {
      const { grants, mappings } = await openStores();
      await mappings.create(aMapping({ id: 'm1' }));
      expect(await grants.saveNamed([aGrant({ discordId: 'bob' })])).toEqual([]);
      await mappings.remove(['m1'], roles);
      expect(await grants.saveNamed([aGrant()])).toEqual([aGrant()]);
      expect(await grants.ofMember('guild', 'ann')).toEqual(new Map());
    },
  );

  it('are not brought back to what they were when their mapping released them', async () => {
    const { grants, mappings } = await openStores();
    await mappings.create(aMapping({ id: 'm1' }));
    await grants.saveNamed([aGrant()]);
    await mappings.remove(['m1'], 'remove');
    expect(await grants.saveNamed([aGrant({ runId: 'later' })])).toHaveLength(1);
    expect((await grants.ofMember('guild', 'ann')).get('role')).toMatchObject({ isReleased: true, runId: null });
  });

  it('take their new values where they are there already; without any, nothing happens', async () => {
    const { grants, mappings } = await openStores();
    await mappings.create(aMapping({ id: 'm1' }));
    await grants.save([aGrant({ isReleased: true, undesiredSince: after(1) })]);
    const renewed = aGrant({ runId: 'later', grantedAt: after(2) });
    expect(await grants.saveNamed([renewed])).toEqual([]);
    expect(await grants.saveNamed([])).toEqual([]);
    expect(await grants.ofMember('guild', 'ann')).toEqual(new Map([['role', renewed]]));
  });
});
