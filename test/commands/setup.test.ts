import { describe, expect, it } from 'vitest';
import { SettingRefused } from '../../src/sync/guild-settings.ts';
import { AT, mappingOf } from '../support/fake-app.ts';
import { guildConfigOf, storedGuild } from '../support/fake-guild-configs.ts';
import { ADMIN, ANA, GUILD, PILOT, smallWorld } from '../support/small-world.ts';
import { AUDIT_CHANNEL_ID } from '../support/wire-payloads.ts';

const settingsOf = ({ world }: ReturnType<typeof smallWorld>) => world.guildConfigs.get(GUILD)?.guild;
const mapped = { mappings: [{ mapping: mappingOf({ id: 'm1', roleId: PILOT, groupId: 'pilots-id' }), findings: [] }] };

describe('/setup', () => {
  it('shows what is fine and what is missing next', async () => {
    const { text, isEphemeral } = await smallWorld({ groups: [] }).admin.run('setup');
    expect(isEphemeral).toBe(true);
    expect(text).toContain('✅ 1. Rolewright can work here.');
    expect(text).toContain('➡️ 2. Choose an **audit channel**');
    expect(text).toContain('➡️ 4. No group and no mapping yet:\n> `/group create');
    expect((await smallWorld().admin.run('setup')).text).toContain('➡️ 4. 1 group, but no mapping yet');
    expect((await smallWorld(mapped).admin.run('setup')).text).toContain('✅ 4. 1 group, 1 mapping');
  });

  it('says exactly how to mend what hinders it, and looks again', async () => {
    const world = smallWorld();
    const found = { mappingId: null, roleId: null, roleName: null, code: 'missing_manage_roles' as const };
    const guild = storedGuild(GUILD, AT, { isEnabled: false });
    const doctor = [{ ...found, severity: 'error' as const, mend: 'Give it Manage Roles.' }];
    world.world.guildConfigs.set(GUILD, guildConfigOf(guild, { doctor, lastError: 'Discord refuses.' }));
    const seen = await world.admin.run('setup');
    expect(seen.text).toContain('⛔ Discord refuses.\n**1. Mend what hinders it**, then press “Check again”:');
    expect(seen.text).toContain('\n❌ Give it Manage Roles.\n');
    expect(seen.text).toContain('switched off here');
    world.world.guildConfigs.set(GUILD, guildConfigOf(storedGuild(GUILD, AT)));
    expect((await world.admin.click(seen, 'Check again')).text).toContain('✅ 1. Rolewright can work here.');
  });

  it('keeps the chosen channels, and forgets them when none is chosen', async () => {
    const world = smallWorld();
    const seen = await world.admin.run('setup');
    const chosen = await world.admin.choose(seen, 'audit_channel', AUDIT_CHANNEL_ID);
    expect(chosen.text).toContain(`✅ 2. Rolewright tells what it changes in <#${AUDIT_CHANNEL_ID}>.`);
    expect(chosen.selects?.[0]).toMatchObject({ default_values: [{ id: AUDIT_CHANNEL_ID }] });
    await world.admin.choose(chosen, 'notification_channel', AUDIT_CHANNEL_ID);
    expect(settingsOf(world)).toMatchObject({ notificationChannelId: AUDIT_CHANNEL_ID });
    await world.admin.choose(chosen, 'audit_channel');
    expect(settingsOf(world)).toMatchObject({ auditChannelId: null });
  });

  it('says why a channel cannot be, and stays', async () => {
    const { admin } = smallWorld({ refusedSetting: new SettingRefused('auditChannelId', 'must be open') });
    const chosen = await admin.choose(await admin.run('setup'), 'audit_channel', AUDIT_CHANNEL_ID);
    expect(chosen.besides?.text).toBe('“audit\\_channel” must be open.');
    expect(chosen.buttons.length).toBeGreaterThan(0);
  });

  it('switches settings, once for a press that comes twice', async () => {
    const world = smallWorld();
    const seen = await world.admin.run('setup');
    const before = { ...seen };
    await world.admin.click(seen, 'Sync by itself: on');
    await world.admin.click(before, 'Sync by itself: on');
    expect(settingsOf(world)).toMatchObject({ autoSync: false });
    const on = await world.admin.click(await world.admin.run('setup'), 'Sync by itself: off');
    for (const label of ['On joining: at once', 'On leaving: forget the roles', 'On unlinking: remove the roles']) {
      await world.admin.click(await world.admin.run('setup'), label);
    }
    expect(on.buttons.map(({ label }) => label)).toContain('Sync by itself: on');
    const switched = { autoSync: true, syncOnJoin: false, removeRolesOnLeave: false, onUnlink: 'keep' };
    expect(settingsOf(world)).toMatchObject(switched);
  });

  it('asks for the limits in a form', async () => {
    const world = smallWorld();
    const pressed = await world.admin.click(await world.admin.run('setup'), 'Limits …');
    expect(pressed.form?.inputs).toEqual({ max_role_changes_per_sync: '100', max_removals_percent: '20' });
    const filled = await world.admin.fill(pressed, { max_removals_percent: ' 50 ' });
    expect(filled.text).toContain('at most 50 % of its holders');
    expect(settingsOf(world)).toMatchObject({ maxRoleChangesPerSync: 100, maxRemovalsPercent: 50 });
    const wrong = await world.admin.fill(pressed, { max_removals_percent: 'many' });
    expect(wrong.besides?.text).toContain('“max\\_removals\\_percent” has to be a number.');
  });

  it('ends with what is set, and what is still missing', async () => {
    const open = smallWorld();
    const unfinished = await open.admin.click(await open.admin.run('setup'), 'Done');
    expect(unfinished).toMatchObject({ buttons: [], selects: [] });
    expect(unfinished.text).toContain('This is still missing:\n➡️ No audit channel');
    const guild = storedGuild(GUILD, AT, { auditChannelId: AUDIT_CHANNEL_ID });
    const { admin } = smallWorld({ ...mapped, guildConfigs: new Map([[GUILD, guildConfigOf(guild)]]) });
    expect((await admin.click(await admin.run('setup'), 'Done')).text).toContain('✅ **Rolewright is set up.**');
  });

  it('begins anew where the configuration was removed', async () => {
    const { admin, world } = smallWorld({ guildConfigs: new Map() });
    expect((await admin.run('setup')).text).toContain('**Set up Rolewright**');
    expect(world.guildConfigs.has(GUILD)).toBe(true);
  });

  it('is for who manages the server, and only the one who runs it', async () => {
    const { ana, admin, as } = smallWorld();
    expect((await ana.run('setup')).text).toContain('You need the Manage Server permission');
    const seen = await admin.run('setup');
    expect((await ana.choose({ ...seen }, 'audit_channel', AUDIT_CHANNEL_ID)).text).toContain('Only the person');
    const demoted = as({ discordId: ADMIN, permissions: 0n });
    expect((await demoted.press(`setup:switch:${ADMIN}:auto_sync:off`)).text).toContain('You need the Manage Server');
    expect((await demoted.press(`setup:limits:${ANA}:`)).text).toContain('Only the person');
  });
});
