import { describe, expect, it } from 'vitest';
import type { NewConfigChange } from '../../src/db/config-change-store.ts';
import { after, noon, openStores } from '../support/stores.ts';

function aChange(change: Partial<NewConfigChange> = {}): NewConfigChange {
  const what = { subject: 'guild', subjectId: 'guild', action: 'update', actor: 'ann' } as const;
  return { guildId: 'guild', ...what, before: { auto_sync: true }, after: { auto_sync: false }, at: noon, ...change };
}

async function openStore() {
  return (await openStores()).configChanges;
}

describe('changes of the configuration', () => {
  it('are kept as they were told', async () => {
    const store = await openStore();
    await store.record(aChange());
    await store.record(aChange({ action: 'create', subject: 'group', subjectId: 'g1', before: null, actor: null }));
    const { changes, total } = await store.search({ guildId: 'guild' }, 1, 20);
    expect(total).toBe(2);
    expect(changes).toMatchObject([
      aChange({ action: 'create', subject: 'group', subjectId: 'g1', before: null, actor: null }),
      aChange(),
    ]);
  });

  it('are found by guild, by who, by what and by when', async () => {
    const store = await openStore();
    const all = [
      aChange({ subjectId: '1' }),
      aChange({ subjectId: '2', actor: 'bob', at: after(1) }),
      aChange({ subjectId: '3', subject: 'mapping', at: after(2) }),
      aChange({ subjectId: '4', guildId: null, subject: 'group', at: after(3) }),
      aChange({ subjectId: '5', guildId: 'other', at: after(4) }),
    ];
    for (const change of all) await store.record(change);
    const found = async (filter: Partial<Parameters<typeof store.search>[0]>) => {
      const { changes } = await store.search({ guildId: 'guild', ...filter }, 1, 20);
      return changes.map(({ subjectId }) => subjectId).join(' ');
    };
    expect(await found({})).toBe('3 2 1');
    expect(await found({ guildId: null })).toBe('4');
    expect(await found({ actor: 'bob' })).toBe('2');
    expect(await found({ subject: 'mapping' })).toBe('3');
    expect(await found({ subjectId: '1' })).toBe('1');
    expect(await found({ since: after(1) })).toBe('3 2');
    expect(await found({ until: after(1) })).toBe('1');
    expect(await found({ since: after(1), until: after(2), actor: 'ann' })).toBe('');
  });

  it('come in pages', async () => {
    const store = await openStore();
    for (const subjectId of ['1', '2', '3', '4', '5']) await store.record(aChange({ subjectId }));
    const page = await store.search({ guildId: 'guild' }, 2, 2);
    expect(page).toMatchObject({ changes: [{ subjectId: '3' }, { subjectId: '2' }], total: 5 });
    expect(await store.search({ guildId: 'guild' }, 9, 2)).toEqual({ changes: [], total: 5 });
  });

  it('are forgotten when they are old', async () => {
    const store = await openStore();
    await store.record(aChange({ subjectId: 'old' }));
    await store.record(aChange({ subjectId: 'new', at: after(1) }));
    await store.purgeBefore(after(1));
    expect(await store.search({ guildId: 'guild' }, 1, 20)).toMatchObject({
      changes: [{ subjectId: 'new' }],
      total: 1,
    });
  });
});
