import { describe, expect, it } from 'vitest';
import type { LinkInput, StoredTokens } from '../../src/db/link-store.ts';
import { after, noon, openStores, someTokens } from '../support/stores.ts';

const ann = { id: 'ann', username: 'ann.1', globalName: 'Ann' };
const input: LinkInput = { discordUser: ann, accountId: null, tokens: someTokens, newAccountId: 'new', now: noon };

const linkOf = (id: string, tokens: Partial<StoredTokens> = {}): LinkInput => ({
  ...input,
  discordUser: { ...ann, id },
  newAccountId: `account-${id}`,
  tokens: { ...someTokens, refreshToken: `jwe-of-${id}`, ...tokens },
});

describe('linking', () => {
  it('makes an account for a Discord user who has none', async () => {
    const { links } = await openStores();
    expect(await links.link(input)).toEqual({
      result: 'linked',
      isNew: true,
      link: {
        discordId: 'ann',
        accountId: 'new',
        username: 'ann.1',
        globalName: 'Ann',
        scopes: ['identify'],
        needsRelink: false,
        linkedAt: noon,
      },
    });
    expect(await links.findAccount('new')).toEqual({ id: 'new', externalId: null, createdAt: noon });
  });

  it('ties him to the account he is told to', async () => {
    const { links } = await openStores();
    await links.createAccount({ id: 'a', externalId: 'host-7', createdAt: noon });
    await links.link({ ...input, accountId: 'a' });
    expect(await links.find('ann')).toMatchObject({ accountId: 'a' });
    expect(await links.findAccount('new')).toBeNull();
    expect(await links.findByExternalId('host-7')).toMatchObject({ id: 'a' });
  });

  it('renews name and tokens when he links again, and keeps account and date', async () => {
    const { links } = await openStores();
    await links.link(input);
    await links.markNeedsRelink('ann', after(1));
    expect(await links.find('ann')).toMatchObject({ needsRelink: true });

    const discordUser = { ...ann, username: 'ann.2' };
    const tokens = { ...someTokens, accessToken: 'jwe-b' };
    const again = await links.link({ ...input, discordUser, tokens, newAccountId: 'other', now: after(2) });

    expect(again).toMatchObject({
      result: 'linked',
      isNew: false,
      link: { accountId: 'new', username: 'ann.2', needsRelink: false, linkedAt: noon },
    });
    expect(await links.tokensOf('ann')).toEqual(tokens);
    expect(await links.findAccount('other')).toBeNull();
  });

  it('keeps the tokens it has when new ones are not given', async () => {
    const { links } = await openStores();
    await links.link(input);
    await links.markNeedsRelink('ann', noon);
    await links.link({ ...input, tokens: null });
    expect(await links.tokensOf('ann')).toEqual(someTokens);
    expect(await links.find('ann')).toMatchObject({ needsRelink: true });
  });

  it('refuses one who belongs to another account, and changes nothing', async () => {
    const { links, link } = await openStores();
    await links.link(input);
    await link('b', 'bob');
    const refused = await links.link({ ...input, accountId: 'b', discordUser: { ...ann, username: 'stolen' } });
    expect(refused).toEqual({ result: 'belongs_to_other_account' });
    expect(await links.find('ann')).toMatchObject({ accountId: 'new', username: 'ann.1' });
  });

  it('leaves no account behind when it fails half-way', async () => {
    const { links } = await openStores();
    const nameless: LinkInput['discordUser'] = JSON.parse('{ "id": "ann", "username": null, "globalName": null }');
    await expect(links.link({ ...input, discordUser: nameless })).rejects.toThrow(/NOT NULL/);
    expect(await links.findAccount('new')).toBeNull();
  });
});

describe('links', () => {
  it('are listed by account, the oldest first', async () => {
    const { links, link } = await openStores();
    await link('a', 'zoe', 'ann');
    await link('b', 'bob');
    expect((await links.ofAccount('a')).map(({ discordId }) => discordId)).toEqual(['zoe', 'ann']);
    expect(await links.accountsOf(['zoe', 'ann', 'bob', 'stranger'])).toEqual(
      new Map([
        ['zoe', 'a'],
        ['ann', 'a'],
        ['bob', 'b'],
      ]),
    );
  });

  it('end with their tokens handed over once, and leave the account', async () => {
    const { links } = await openStores();
    await links.link(input);
    expect(await links.unlink('ann', noon)).toMatchObject({ link: { discordId: 'ann' }, tokens: someTokens });
    expect(await links.unlink('ann', noon)).toBeNull();
    expect(await links.find('ann')).toBeNull();
    expect(await links.findAccount('new')).not.toBeNull();
  });

  it('are absent for strangers', async () => {
    const { links } = await openStores();
    expect(await links.find('nobody')).toBeNull();
    expect(await links.tokensOf('nobody')).toBeNull();
    expect(await links.ofAccount('nobody')).toEqual([]);
    expect(await links.findByExternalId('nobody')).toBeNull();
  });

  it('without tokens say that there are none', async () => {
    const { links, link } = await openStores();
    await link('a', 'ann');
    expect(await links.tokensOf('ann')).toBeNull();
    expect(await links.unlink('ann', noon)).toMatchObject({ tokens: null });
  });
});

describe('tokens', () => {
  it('are due once they expire soon and can be refreshed, in portions by Discord id', async () => {
    const { links } = await openStores();
    await links.link(linkOf('e'));
    await links.link(linkOf('a'));
    await links.link(linkOf('c'));
    await links.link(linkOf('fresh', { expiresAt: after(60) }));
    await links.link(linkOf('no-refresh', { refreshToken: null }));
    await links.link(linkOf('no-date', { expiresAt: null }));
    await links.link({ ...linkOf('no-tokens'), tokens: null });
    await links.link(linkOf('dead'));
    await links.markNeedsRelink('dead', noon);
    expect(await links.tokensDue(after(60), 2)).toEqual([
      { discordId: 'a', refreshToken: 'jwe-of-a' },
      { discordId: 'c', refreshToken: 'jwe-of-c' },
    ]);
    expect(await links.tokensDue(after(60), 2, 'c')).toEqual([{ discordId: 'e', refreshToken: 'jwe-of-e' }]);
    expect(await links.tokensDue(after(60), 2, 'e')).toEqual([]);
    expect(await links.tokensDue(noon, 2)).toEqual([]);
  });

  it('are replaced by whoever refreshes the ones that are there', async () => {
    const { links } = await openStores();
    await links.link(linkOf('ann'));
    await links.link(linkOf('bob'));
    await links.markNeedsRelink('ann', noon);
    const fresh = {
      accessToken: 'new-a',
      refreshToken: 'new-r',
      expiresAt: after(600),
      scopes: ['identify', 'guilds'],
    };
    expect(await links.replaceTokens('ann', 'jwe-of-ann', fresh, after(1))).toBe(true);
    expect(await links.tokensOf('ann')).toEqual(fresh);
    expect(await links.find('ann')).toMatchObject({ needsRelink: false, scopes: fresh.scopes });
    const late = { ...fresh, accessToken: 'late-a', refreshToken: 'late-r' };
    expect(await links.replaceTokens('ann', 'jwe-of-ann', late, after(2))).toBe(false);
    expect(await links.tokensOf('ann')).toEqual(fresh);
    expect(await links.tokensOf('bob')).toMatchObject({ refreshToken: 'jwe-of-bob' });
    await links.unlink('ann', noon);
    expect(await links.replaceTokens('ann', 'new-r', late, after(3))).toBe(false);
  });
});

describe('accounts', () => {
  it('are known to a host application by names of its own', async () => {
    const { links } = await openStores();
    await links.createAccount({ id: 'a', externalId: 'host-7', createdAt: noon });
    await links.createAccount({ id: 'b', externalId: null, createdAt: noon });
    await links.createAccount({ id: 'c', externalId: 'host-9', createdAt: noon });
    expect(await links.externalIdsOf(['a', 'b', 'nobody'])).toEqual(new Map([['a', 'host-7']]));
    expect(await links.externalIdsOf([])).toEqual(new Map());
  });
});
