import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/sync/guild-settings.ts';
import { aGrant, aGroup, aMapping, aSuppression, after, noon, openStores } from '../support/stores.ts';

describe('a guild', () => {
  it('gets the default settings when the bot joins it', async () => {
    const { guilds } = await openStores();
    expect(await guilds.joined('g1', 'One', noon)).toEqual({
      guildId: 'g1',
      name: 'One',
      autoJoin: false,
      nicknameTemplate: '',
      healthStatus: 'healthy',
      lastError: null,
      lastHealthCheck: null,
      isEnabled: true,
      autoSync: true,
      syncIntervalSeconds: null,
      syncOnJoin: true,
      removeRolesOnLeave: true,
      syncPendingMembers: false,
      onUnlink: 'remove',
      bypassRoleId: null,
      auditChannelId: null,
      notificationChannelId: null,
      maxRoleChangesPerSync: 100,
      maxRemovalsPercent: 20,
      lastFullSyncAt: null,
      botUserId: null,
      removedAt: null,
      leftAt: null,
      createdAt: noon,
      updatedAt: noon,
    });
  });

  it('goes on with its own settings when the bot comes back', async () => {
    const { guilds } = await openStores();
    await guilds.update('guild', { onUnlink: 'keep', isEnabled: false }, after(1));
    await guilds.left('guild', after(2));
    await guilds.left('guild', after(3));
    expect(await guilds.find('guild')).toMatchObject({ leftAt: after(2) });
    await guilds.joined('guild', 'New name', after(4));
    expect(await guilds.find('guild')).toMatchObject({
      name: 'New name',
      onUnlink: 'keep',
      isEnabled: false,
      leftAt: null,
      createdAt: noon,
    });
  });

  it('has an admin’s say in who joins by linking and in nicknames', async () => {
    const { guilds } = await openStores();
    const settings = { autoJoin: true, nicknameTemplate: '[{ticker}] {name}' };
    expect(await guilds.update('guild', settings, after(1))).toMatchObject(settings);
    expect(await guilds.find('guild')).toMatchObject(settings);
  });

  it('notes how the guild does, and no change of its settings with it', async () => {
    const { guilds } = await openStores();
    await guilds.noteHealth('guild', { healthStatus: 'paused', lastError: 'Missing Access' }, after(1));
    expect(await guilds.find('guild')).toMatchObject({
      healthStatus: 'paused',
      lastError: 'Missing Access',
      lastHealthCheck: after(1),
      updatedAt: noon,
    });
    await guilds.noteHealth('guild', { healthStatus: 'healthy', lastError: null }, after(2));
    expect(await guilds.find('guild')).toMatchObject({
      healthStatus: 'healthy',
      lastError: null,
      lastHealthCheck: after(2),
    });
  });

  it('is edited by a person, who may say what he has seen', async () => {
    const { guilds } = await openStores();
    const first = await guilds.edit('guild', { isEnabled: false }, noon, noon);
    expect(first).toMatchObject({ before: { isEnabled: true, updatedAt: noon }, after: { isEnabled: false } });
    const seen = first?.after.updatedAt;
    expect(seen?.getTime()).toBeGreaterThan(noon.getTime());
    expect(await guilds.edit('guild', { autoSync: false }, after(1), noon)).toBeNull();
    expect(await guilds.edit('guild', { autoSync: false }, after(1), seen)).not.toBeNull();
    expect(await guilds.edit('nowhere', {}, noon)).toBeNull();
  });

  it('goes back to the defaults when its configuration is removed, and stays known', async () => {
    const { guilds } = await openStores();
    const own = { botToken: 'sealed', botUserId: 'bot', onUnlink: 'keep' } as const;
    await guilds.edit('guild', own, after(1));
    expect(await guilds.remove('guild', after(2))).toMatchObject({ onUnlink: 'keep', botUserId: 'bot' });
    expect(await guilds.remove('guild', after(3))).toBeNull();
    expect(await guilds.find('guild')).toMatchObject({ ...DEFAULT_SETTINGS, botUserId: null, removedAt: after(2) });
    expect(await guilds.botTokens()).toEqual([]);
    expect(await guilds.remove('nowhere', noon)).toBeNull();
  });

  it('has a configuration again by a change, by an invitation, but not by a new session', async () => {
    const { guilds } = await openStores();
    const removedAt = async () => (await guilds.find('guild'))?.removedAt;
    await guilds.remove('guild', after(1));
    await guilds.joined('guild', 'Guild', after(2));
    expect(await removedAt()).toEqual(after(1));
    await guilds.edit('guild', {}, after(3));
    expect(await removedAt()).toBeNull();

    await guilds.remove('guild', after(4));
    await guilds.configure('guild', 'Guild', after(5));
    expect(await removedAt()).toBeNull();
    expect(await guilds.configure('new', 'New', after(5))).toMatchObject({ ...DEFAULT_SETTINGS, createdAt: after(5) });

    await guilds.remove('guild', after(6));
    await guilds.left('guild', after(7));
    await guilds.joined('guild', 'Guild', after(8));
    expect(await removedAt()).toBeNull();
  });

  it('begins anew when its configuration comes back', async () => {
    const { guilds } = await openStores();
    const back: ((at: Date) => Promise<unknown>)[] = [
      (at) => guilds.edit('guild', {}, at),
      (at) => guilds.configure('guild', 'Guild', at),
      (at) => guilds.create('guild', 'Guild', {}, at),
      (at) => guilds.left('guild', at).then(() => guilds.joined('guild', 'Guild', at)),
    ];
    for (const [index, comeBack] of back.entries()) {
      await guilds.noteFullSync('guild', after(10 * index + 1));
      await guilds.remove('guild', after(10 * index + 2));
      await comeBack(after(10 * index + 3));
      const at = after(10 * index + 3);
      const fresh = { createdAt: at, updatedAt: at, lastFullSyncAt: null, removedAt: null, leftAt: null };
      expect(await guilds.find('guild')).toMatchObject(fresh);
    }
  });

  it('is created once, by whoever comes first', async () => {
    const { guilds } = await openStores();
    expect(await guilds.create('guild', 'Guild', { autoSync: false }, after(1))).toBeNull();
    expect(await guilds.create('g2', 'Two', { autoSync: false }, after(1))).toMatchObject({
      before: null,
      after: { guildId: 'g2', name: 'Two', autoSync: false, isEnabled: true, createdAt: after(1) },
    });
    expect(await guilds.create('g2', 'Two', {}, after(2))).toBeNull();
    await guilds.left('g2', after(3));
    expect(await guilds.create('g2', 'Two', { isEnabled: false }, after(4))).toMatchObject({
      before: { isEnabled: true },
      after: { autoSync: false, isEnabled: false, leftAt: null, createdAt: after(1), updatedAt: after(4) },
    });
  });

  it('keeps the token of its own bot apart', async () => {
    const { guilds } = await openStores();
    await guilds.edit('guild', { botToken: 'sealed', botUserId: 'bot' }, after(1));
    expect(JSON.stringify([await guilds.find('guild'), await guilds.all()])).not.toContain('sealed');
    expect(await guilds.botTokens()).toEqual([{ guildId: 'guild', botToken: 'sealed', botUserId: 'bot' }]);
    expect(await guilds.replaceBotToken('guild', 'sealed', 'anew')).toBe(true);
    expect(await guilds.replaceBotToken('guild', 'sealed', 'late')).toBe(false);
    expect(await guilds.botTokens()).toMatchObject([{ botToken: 'anew' }]);
    await guilds.edit('guild', { botToken: null, botUserId: null }, after(2));
    expect(await guilds.botTokens()).toEqual([]);
  });

  it('notes changes and full syncs', async () => {
    const { guilds } = await openStores();
    expect(await guilds.update('guild', { syncIntervalSeconds: 60 }, after(1))).toMatchObject({
      syncIntervalSeconds: 60,
      updatedAt: after(1),
    });
    await guilds.noteFullSync('guild', after(2));
    expect(await guilds.find('guild')).toMatchObject({ lastFullSyncAt: after(2) });
    expect(await guilds.update('nowhere', { isEnabled: false }, noon)).toBeNull();
    expect(await guilds.find('nowhere')).toBeNull();
  });

  it('is forgotten with all that is its own, a while after the bot left', async () => {
    const { guilds, groups, mappings, grants, runs, suppressions } = await openStores();
    await guilds.joined('stays', 'Stays', noon);
    await groups.create(aGroup({ id: 'own' }));
    await groups.create(aGroup({ id: 'global', guildId: null }));
    await mappings.create(aMapping({ id: 'm1' }));
    await grants.save([aGrant()]);
    const asked = {
      type: 'guild',
      targetId: 'guild',
      trigger: 'manual',
      status: 'running',
      isBounded: false,
      undoOf: null,
    } as const;
    await runs.start({ ...asked, id: 'run', guildId: 'guild', initiatedBy: null, startedAt: noon });
    await suppressions.save([aSuppression()]);
    await guilds.left('guild', after(10));

    expect(await guilds.purgeLeftBefore(after(10))).toEqual([]);
    expect(await guilds.purgeLeftBefore(after(11))).toEqual(['guild']);

    expect((await guilds.all()).map(({ guildId }) => guildId)).toEqual(['stays']);
    expect(await groups.existing('guild', ['own', 'global'])).toEqual(new Set(['global']));
    expect(await mappings.find('m1')).toBeNull();
    expect(await grants.ofGuild('guild')).toEqual(new Map());
    expect(await runs.find('run')).toBeNull();
    expect(await suppressions.ofGuild('guild')).toEqual(new Map());
  });
});
