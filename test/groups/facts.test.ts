import { describe, expect, it } from 'vitest';
import { createFacts } from '../../src/groups/facts.ts';
import { createLocalSource } from '../../src/groups/local-source.ts';
import type { GroupSource } from '../../src/sync/ports.ts';
import { aGroup, noon, openStores } from '../support/stores.ts';

async function withLocal() {
  const stores = await openStores();
  await stores.groups.create(aGroup({ id: 'g' }));
  await stores.link('a', 'ann');
  await stores.groups.addMember({ id: '1', groupId: 'g', discordId: 'ann', expiresAt: null, addedBy: null }, noon);
  return { ...stores, local: createLocalSource(stores) };
}

/** Knows the account `a` and the group `http:pilots`; has no answer for anybody else. */
const http: GroupSource = {
  name: 'http',
  factsOf: (accountIds) =>
    Promise.resolve(
      new Map(
        accountIds.includes('a') ? [['a', { status: 'known', asOf: noon, groupIds: new Set(['http:pilots']) }]] : [],
      ),
    ),
  existing: (_guildId, groupIds) => Promise.resolve(new Set(groupIds.filter((id) => id === 'http:pilots'))),
};

describe('the local source', () => {
  it('always knows: who is in no group is known to be in none', async () => {
    const { local } = await withLocal();
    expect(await local.factsOf(['a', 'stranger'], noon, { maxAgeMs: 0 })).toEqual(
      new Map([
        ['a', { status: 'known', asOf: noon, groupIds: new Set(['g']) }],
        ['stranger', { status: 'known', asOf: noon, groupIds: new Set() }],
      ]),
    );
  });

  it('answers for any number of accounts at once', async () => {
    const { local } = await withLocal();
    const many = Array.from({ length: 50_000 }, (_, index) => `account-${index}`);
    const answers = await local.factsOf(['a', ...many], noon, { maxAgeMs: 0 });
    expect(answers.size).toBe(50_001);
    expect(answers.get('a')).toMatchObject({ groupIds: new Set(['g']) });
  });
});

describe('facts', () => {
  it('hold what every source says of every account', async () => {
    const { local } = await withLocal();
    const facts = await createFacts([local, http]).factsOf(['a', 'b'], noon, { maxAgeMs: 0 });
    expect([...facts.keys()]).toEqual(['a', 'b']);
    expect(facts.get('a')?.get('local')).toMatchObject({ groupIds: new Set(['g']) });
    expect(facts.get('a')?.get('http')).toMatchObject({ groupIds: new Set(['http:pilots']) });
  });

  it('are unknown, not absent, where a source gave no answer', async () => {
    const { local } = await withLocal();
    const facts = await createFacts([local, http]).factsOf(['b'], noon, { maxAgeMs: 0 });
    expect(facts.get('b')?.get('http')).toMatchObject({ status: 'unknown', asOf: null });
  });

  it('ask each source for its own groups; one that is not configured has none', async () => {
    const { local } = await withLocal();
    const wanted = ['g', 'missing', 'http:pilots', 'http:missing', 'ldap:g'];
    expect(await createFacts([local, http]).existing('guild', wanted)).toEqual(new Set(['g', 'http:pilots']));
    expect(await createFacts([local]).existing('guild', wanted)).toEqual(new Set(['g']));
    expect(await createFacts([local]).existing('guild', [])).toEqual(new Set());
  });
});
