import { describe, expect, it } from 'vitest';
import { after, aChange, aRun, noon, openStores } from '../support/stores.ts';

async function openWorld() {
  const stores = await openStores();
  const { links } = stores;
  /** As at a login: nobody says which account. */
  async function logIn(discordId: string, seconds = 100): Promise<string> {
    const discordUser = { id: discordId, username: discordId, globalName: null };
    const of = { accountId: null, newAccountId: `new-${discordId}`, tokens: null, now: after(seconds) };
    const result = await links.link({ discordUser, ...of });
    return result.result === 'linked' ? result.link.accountId : result.result;
  }
  async function partsOf(accountId: string) {
    const tables = new Map<string, Record<string, unknown>[]>();
    for await (const { table, rows } of stores.personal.parts(accountId)) {
      tables.set(table, [...(tables.get(table) ?? []), ...rows]);
    }
    return tables;
  }
  return { ...stores, logIn, partsOf };
}

describe('whoever logs in after his link has ended', () => {
  it('gets the account that was his alone', async () => {
    const { link, links, logIn } = await openWorld();
    await link('a', 'ann');
    await links.unlink('ann', after(1));
    expect(await logIn('ann')).toBe('a');
    expect(await logIn('bob')).toBe('new-bob');
  });

  it.each([
    { name: 'somebody else is linked to', others: ['bob'], ended: ['ann'] },
    { name: 'somebody else was linked to', others: ['bob'], ended: ['ann', 'bob'] },
    { name: 'somebody else was linked to until before', others: ['bob'], ended: ['bob', 'ann'] },
  ])('gets a new one instead of one that $name', async ({ others, ended }) => {
    const { link, links, logIn } = await openWorld();
    await link('a', 'ann', ...others);
    for (const discordId of ended) await links.unlink(discordId, after(1));
    expect(await logIn('ann')).toBe('new-ann');
  });

  it('gets a new one if he was sent away, though those who sent him have left for another account', async () => {
    const { link, links, logIn } = await openWorld();
    await link('a', 'ann', 'mal');
    await links.unlink('mal', after(1));
    await links.unlink('ann', after(2));
    expect(await logIn('ann')).toBe('new-ann');
    expect(await logIn('mal')).toBe('new-mal');
  });

  it('gets a new one instead of one that the host application knows', async () => {
    const { links, link, logIn } = await openWorld();
    await links.accountOfExternal('ann@host', { newAccountId: 'a', now: noon });
    await link('a', 'ann');
    await links.unlink('ann', after(1));
    expect(await logIn('ann')).toBe('new-ann');
  });

  it('gets a new one when it is long ago', async () => {
    const { links, link, logIn } = await openWorld();
    await link('a', 'ann');
    await links.unlink('ann', after(1));
    expect(await links.purgeFormerBefore(after(1))).toBe(0);
    expect(await links.purgeFormerBefore(after(2))).toBe(1);
    expect(await logIn('ann')).toBe('new-ann');
  });
});

describe('an account', () => {
  it('that nobody can come to is one without a link, a last one, or a name at the host', async () => {
    const { link, links, accounts } = await openWorld();
    await links.accountOfExternal('ann@host', { newAccountId: 'hosted', now: noon });
    await link('linked', 'ann');
    await link('left', 'bob');
    await links.unlink('bob', after(1));
    await link('gone');
    expect(await accounts.unreachable(10)).toEqual(['gone']);
    await links.purgeFormerBefore(after(2));
    expect(await accounts.unreachable(10)).toEqual(['gone', 'left']);
    expect(await accounts.unreachable(1)).toEqual(['gone']);
  });
});

describe('what happened to a Discord user', () => {
  it('is not the account’s any more that he shared with others: they neither see it nor forget it', async () => {
    const { link, links, runs, partsOf, accounts } = await openWorld();
    await link('a', 'ann', 'bob');
    await runs.start(aRun({ type: 'user', targetId: 'bob' }));
    await runs.record('r1', [aChange({ discordId: 'bob' })]);
    await links.unlink('bob', after(1));
    expect((await partsOf('a')).get('changes')).toEqual([]);
    expect(await accounts.beginRemoval('a', after(2))).toMatchObject({ discordIds: ['ann'] });
  });

  it('is its last account’s to see and to forget, until it is linked to another', async () => {
    const { link, links, runs, logIn, partsOf, personal } = await openWorld();
    await links.accountOfExternal('ann@host', { newAccountId: 'a', now: noon });
    await link('a', 'ann');
    await runs.start(aRun({ type: 'user', targetId: 'ann' }));
    await runs.record('r1', [aChange({ discordId: 'ann' })]);
    await links.unlink('ann', after(1));
    expect((await partsOf('a')).get('changes')).toMatchObject([{ discordId: 'ann' }]);
    expect((await partsOf('a')).get('runs')).toMatchObject([{ targetId: 'ann' }]);

    expect(await logIn('ann')).toBe('new-ann');
    expect((await partsOf('a')).get('changes')).toEqual([]);
    expect((await partsOf('new-ann')).get('changes')).toHaveLength(1);
    await personal.forget('a', ['ann', 'alt'], after(200));
    expect((await partsOf('new-ann')).get('changes')).toHaveLength(1);
  });

  it('is forgotten in portions, and what was left by a first try is found by the next', async () => {
    const { link, accounts, runs, personal, partsOf, links } = await openWorld();
    await link('a', 'ann');
    await runs.start(aRun({ type: 'user', targetId: 'ann', status: 'completed' }));
    await runs.finish('r1', { ...nothing, status: 'completed', completedAt: after(5) });
    await runs.start(aRun({ id: 'r2', initiatedBy: 'ann' }));
    for (const runId of ['r1', 'r2']) {
      await runs.record(
        runId,
        Array.from({ length: 3_000 }, (_, index) => aChange({ discordId: 'ann', roleId: `role-${index}` })),
      );
    }
    // A first try that got no further than this.
    const begun = await accounts.beginRemoval('a', after(9));
    expect(begun).toMatchObject({ links: [{ discordId: 'ann' }], discordIds: ['ann'] });
    expect(await links.ofAccount('a')).toEqual([]);

    const again = await accounts.beginRemoval('a', after(10));
    expect(again).toEqual({ links: [], discordIds: ['ann'] });
    await personal.forget('a', again?.discordIds ?? [], after(10));
    const left = await partsOf('a');
    expect([left.get('changes'), left.get('runs')]).toEqual([[], []]);
    expect(await runs.find('r1')).toBeNull();
    expect(await runs.find('r2')).toMatchObject({ initiatedBy: null });
    await accounts.remove('a');
    expect(await accounts.beginRemoval('a', after(11))).toBeNull();
  });
});

const nothing = { usersProcessed: 0, usersSynced: 0, usersFailed: 0, rolesAdded: 0, rolesRemoved: 0, errors: [] };
