import { describe, expect, it } from 'vitest';
import { after, aSuppression, noon, openStores } from '../support/stores.ts';

describe('suppressions', () => {
  it('are kept by guild, member and role', async () => {
    const { suppressions, guilds } = await openStores();
    await guilds.joined('other', 'Other', noon);
    const all = [
      aSuppression(),
      aSuppression({ roleId: 'second', reason: 'fight', changedBy: null }),
      aSuppression({ discordId: 'bob', reason: 'undo' }),
      aSuppression({ guildId: 'other' }),
    ];
    await suppressions.save(all);
    const ofAnn = new Map([
      ['role', all[0]],
      ['second', all[1]],
    ]);
    expect(await suppressions.ofMember('guild', 'ann')).toEqual(ofAnn);
    expect(await suppressions.ofMember('guild', 'dan')).toEqual(new Map());
    expect(await suppressions.ofGuild('guild')).toEqual(
      new Map([
        ['ann', ofAnn],
        ['bob', new Map([['role', all[2]]])],
      ]),
    );
  });

  it('take the latest reason', async () => {
    const { suppressions } = await openStores();
    await suppressions.save([aSuppression()]);
    const fight = aSuppression({ reason: 'fight', changedBy: null, since: after(9) });
    await suppressions.save([fight]);
    expect(await suppressions.ofMember('guild', 'ann')).toEqual(new Map([['role', fight]]));
  });

  it('come thousands at once, all or none', async () => {
    const { suppressions } = await openStores();
    const many = Array.from({ length: 3000 }, (_, index) => aSuppression({ discordId: `member-${index}` }));
    await expect(suppressions.save([...many, aSuppression({ guildId: 'nowhere' })])).rejects.toThrow(/FOREIGN KEY/);
    expect(await suppressions.ofGuild('guild')).toEqual(new Map());
    await suppressions.save(many);
    expect((await suppressions.ofGuild('guild')).size).toBe(3000);
    await suppressions.save([]);
  });

  it('end for the roles that are named, or for all of a member', async () => {
    const { suppressions, guilds } = await openStores();
    await guilds.joined('other', 'Other', noon);
    const roleIds = ['r1', 'r2', 'r3'];
    await suppressions.save(roleIds.map((roleId) => aSuppression({ roleId })));
    await suppressions.save([aSuppression({ discordId: 'bob' }), aSuppression({ guildId: 'other' })]);
    await suppressions.clear('guild', 'ann', ['r1', 'unknown']);
    expect([...(await suppressions.ofMember('guild', 'ann')).keys()]).toEqual(['r2', 'r3']);
    await suppressions.clear('guild', 'ann', []);
    expect([...(await suppressions.ofMember('guild', 'ann')).keys()]).toEqual(['r2', 'r3']);
    await suppressions.clear('guild', 'ann');
    expect([...(await suppressions.ofGuild('guild')).keys()]).toEqual(['bob']);
    expect((await suppressions.ofGuild('other')).size).toBe(1);
  });
});
