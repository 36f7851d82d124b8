import { describe, expect, it } from 'vitest';
import { SettingRefused } from '../../src/sync/guild-settings.ts';
import { AT } from '../support/fake-app.ts';
import { guildConfigOf, storedGuild } from '../support/fake-guild-configs.ts';
import { GUILD, PILOT, smallWorld } from '../support/small-world.ts';
import { AUDIT_CHANNEL_ID } from '../support/wire-payloads.ts';

describe('/settings show', () => {
  it('shows every setting with what it is for', async () => {
    const { text } = await smallWorld().admin.run('settings show');
    expect(text).toContain('`audit_channel`: none · what was changed, and why');
    expect(text).toContain('`notification_channel`: the audit channel · what you must act on');
    expect(text).toContain('`sync_interval`: as the operator chose\n');
    expect(text).toContain('`max_role_changes_per_sync`: 100 · ');
    expect(text).toContain('`nickname_template`: off');
    expect(text.split('\n').filter((line) => line.startsWith('`'))).toHaveLength(14);
  });

  it('shows what people wrote without letting it act', async () => {
    const guild = storedGuild(GUILD, AT, { nicknameTemplate: '**@everyone**', botUserId: '100000000000000099' });
    const { text } = await smallWorld({ guildConfigs: new Map([[GUILD, guildConfigOf(guild)]]) }).admin.run(
      'settings show',
    );
    expect(text).toContain('“\\*\\*@\u200beveryone\\*\\*”');
    expect(text).toContain('<@100000000000000099>');
  });
});

describe('/settings set', () => {
  it('changes what is named, and shows before and after', async () => {
    const { admin, world } = smallWorld();
    const { text } = await admin.run('settings set', {
      audit_channel: AUDIT_CHANNEL_ID,
      bypass_role: PILOT,
      sync_interval: '2 hours',
      auto_sync: false,
      sync_on_join: true,
      on_unlink: 'keep',
      max_role_changes_per_sync: 500,
      max_removals_percent: 30,
    });
    expect(text.split('\n')).toEqual([
      '✅ Saved:',
      `\`audit_channel\`: none → <#${AUDIT_CHANNEL_ID}>`,
      '`auto_sync`: on → off',
      '`sync_interval`: as the operator chose → every 2h',
      '`on_unlink`: remove the roles → keep the roles',
      `\`bypass_role\`: none → <@&${PILOT}>`,
      '`max_role_changes_per_sync`: 100 → 500',
      '`max_removals_percent`: 20 % → 30 %',
    ]);
    expect(world.guildConfigs.get(GUILD)?.guild).toMatchObject({
      auditChannelId: AUDIT_CHANNEL_ID,
      syncIntervalSeconds: 7200,
      onUnlink: 'keep',
      syncOnJoin: true,
    });
  });

  it('sets back to the default', async () => {
    const guild = storedGuild(GUILD, AT, { auditChannelId: AUDIT_CHANNEL_ID, nicknameTemplate: 'x' });
    const { admin, world } = smallWorld({ guildConfigs: new Map([[GUILD, guildConfigOf(guild)]]) });
    const { text } = await admin.run('settings set', { reset: 'auditChannelId' });
    expect(text).toContain(`\`audit_channel\`: <#${AUDIT_CHANNEL_ID}> → none`);
    await admin.run('settings set', { reset: 'nicknameTemplate' });
    expect(world.guildConfigs.get(GUILD)?.guild).toMatchObject({ auditChannelId: null, nicknameTemplate: '' });
  });

  it.each([
    { options: {}, says: 'Say what to change' },
    { options: { sync_interval: 'soon' }, says: '“sync\\_interval” must be a time such as 15m, 2h or 1d.' },
    { options: { nickname_template: 'x', reset: 'nicknameTemplate' }, says: 'You set and reset the same setting.' },
  ])('refuses $options', async ({ options, says }) => {
    const { admin, world } = smallWorld();
    expect((await admin.run('settings set', options)).text).toContain(says);
    expect(world.guildConfigs.get(GUILD)?.guild.updatedAt).toEqual(AT);
  });

  it('says when nothing changes', async () => {
    expect((await smallWorld().admin.run('settings set', { auto_sync: true })).text).toContain('Nothing changed');
  });

  it('names the setting that the rules refuse', async () => {
    const { admin } = smallWorld({ refusedSetting: new SettingRefused('auditChannelId', 'must be a text channel') });
    const { text } = await admin.run('settings set', { audit_channel: AUDIT_CHANNEL_ID });
    expect(text).toBe('“audit\\_channel” must be a text channel.');
  });

  it('brings a configuration back that was removed', async () => {
    const { admin, world } = smallWorld({ guildConfigs: new Map() });
    expect((await admin.run('settings show')).text).toContain('no configuration');
    const { text } = await admin.run('settings set', { auto_sync: false });
    expect(text).toContain('`auto_sync`: off');
    expect(world.guildConfigs.has(GUILD)).toBe(true);
  });

  it('is for who manages the server', async () => {
    expect((await smallWorld().ana.run('settings show')).text).toContain('You need the Manage Server permission');
  });
});
