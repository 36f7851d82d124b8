import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { DEFAULT_SETTINGS } from '../../src/sync/guild-settings.ts';
import { createGuildConfigs } from '../../src/sync/guild-configs.ts';
import { intervalText, readInterval, type GuildPatch } from '../../src/sync/guild-settings.ts';
import { createMappings } from '../../src/sync/mappings.ts';
import { wakeOwnBots } from '../../src/sync/own-bots.ts';
import type { Channel } from '../../src/sync/ports.ts';
import { createReadAllowance, ORDERED_READS_A_MINUTE } from '../../src/sync/read-allowance.ts';
import type { Cause } from '../../src/sync/results.ts';
import { GUILD_ID } from '../support/fake-discord.ts';
import { createFakeOwnBots } from '../support/fake-own-bots.ts';
import { captureLog } from '../support/log-lines.ts';
import { createSyncWorld } from '../support/sync-world.ts';

const OWNER = { discordId: '1', roleIds: [] };
const POSTING = PERMISSIONS.viewChannel | PERMISSIONS.sendMessages | PERMISSIONS.embedLinks;

function channel(id: string, botPermissions = POSTING): Channel {
  return { id, name: id, type: 0, position: 0, parentId: null, botPermissions };
}

async function createWorld({ scopes = ['identify', 'guilds.join'] }: { scopes?: string[] } = {}) {
  const world = await createSyncWorld();
  const { discord, settings, mappings, configChanges, facts, now, newId } = world;
  discord.botPermissions = PERMISSIONS.manageRoles | PERMISSIONS.viewAuditLog;
  discord.withRole('pilot', { position: 1 });
  await world.group('pilots');
  const places = { channels: [channel('open'), channel('silent', PERMISSIONS.viewChannel)] };
  const guilds = { guild: discord.guild, channels: () => (discord.isAvailable ? places.channels : []) };
  const ownBots = createFakeOwnBots();
  ownBots.good.set('good-token', 'their-bot');
  const syncs: { guildId: string; cause: Cause }[] = [];
  const syncLater = (guildId: string, cause: Cause) => void syncs.push({ guildId, cause });
  const edit = createMappings({ ...world, guilds: discord, facts, syncLater, now, newId });
  const mended: string[] = [];
  const ownGroups = {
    left: [
      { id: 'g1', guildId: GUILD_ID },
      { id: 'g2', guildId: null },
    ],
  };
  const configs = createGuildConfigs({
    settings,
    guilds,
    mappings: edit,
    mappingStore: mappings,
    removeGroups: async (guildId) => {
      ownGroups.left = ownGroups.left.filter((group) => group.guildId !== guildId);
    },
    configChanges,
    ownBots,
    allowance: createReadAllowance(ORDERED_READS_A_MINUTE, world),
    seal: async (token, rowId) => `sealed ${rowId} ${token.length}`,
    sync: { mended: (guildId) => void mended.push(guildId) },
    syncLater,
    discord: { authorizeUrl: 'https://discord.example/oauth2/authorize', clientId: '42', scopes },
    now,
  });
  const changes = async () => (await configChanges.search({ guildId: GUILD_ID }, 1, 100)).changes.toReversed();
  return { ...world, configs, edit, ownBots, syncs, mended, changes, places, ownGroups };
}

describe('a token that somebody tries', () => {
  it('is asked of Discord so many times a minute at most: who asks too often with wrong ones is shut out', async () => {
    const { configs, ownBots, pass } = await createWorld();
    const tryIt = (token: string, author = OWNER) => configs.update(GUILD_ID, author, { botToken: token });
    for (let time = 0; time < 10; time += 1) {
      await expect(tryIt(`wrong-${time}`)).rejects.toMatchObject({ code: 'bot_token_refused' });
    }
    await expect(tryIt('good-token')).rejects.toMatchObject({ code: 'rate_limited' });
    expect(ownBots.userIdOf(GUILD_ID)).toBeNull();
    await configs.update(GUILD_ID, OWNER, { autoSync: false, botToken: null });
    pass(60);
    await tryIt('good-token');
    expect(ownBots.userIdOf(GUILD_ID)).toBe('their-bot');
  });
});

describe('the configuration of a guild', () => {
  it('shows the settings, what the bot may do, and how each mapping is', async () => {
    const { configs, edit, discord } = await createWorld();
    const { id } = await edit.create(GUILD_ID, OWNER, { groupId: 'pilots', roleId: 'pilot' }, {});
    expect(await configs.find(GUILD_ID)).toMatchObject({
      guild: { ...DEFAULT_SETTINGS, guildId: GUILD_ID, name: 'Guild' },
      botPermissions: discord.botPermissions,
      status: 'healthy',
      lastError: null,
      missingPermissions: [],
      doctor: [],
    });
    discord.botPermissions = 0n;
    const ill = await configs.find(GUILD_ID);
    expect(ill).toMatchObject({ status: 'degraded', missingPermissions: ['Manage Roles', 'View Audit Log'] });
    expect(ill.doctor.map(({ code, mappingId }) => [code, mappingId])).toEqual([
      ['missing_manage_roles', null],
      ['missing_view_audit_log', null],
      ['missing_manage_roles', id],
    ]);
    expect(ill.doctor[0]?.mend).toContain('Give Rolewright');
  });

  it('tells what the enabled features lack, and what is no longer there', async () => {
    const { configs, discord, places } = await createWorld();
    discord.withRole('bypass');
    const all = { bypassRoleId: 'bypass', auditChannelId: 'open', nicknameTemplate: '{name}', autoJoin: true };
    await configs.update(GUILD_ID, OWNER, all);
    discord.roles.delete('bypass');
    places.channels = [];
    const { doctor, missingPermissions } = await configs.find(GUILD_ID);
    expect(missingPermissions).toEqual(['Manage Nicknames', 'Create Invite']);
    expect(doctor.map(({ code }) => code)).toEqual([
      'missing_manage_nicknames',
      'missing_create_invite',
      'bypass_role_deleted',
      'audit_channel_closed',
    ]);
  });

  it('says so while the bot is not there, or was paused', async () => {
    const { configs, discord, settings, now } = await createWorld();
    await settings.noteHealth(GUILD_ID, { healthStatus: 'paused', lastError: 'Discord refuses.' }, now());
    expect(await configs.find(GUILD_ID)).toMatchObject({ status: 'paused', lastError: 'Discord refuses.' });
    discord.isAvailable = false;
    const gone = await configs.find(GUILD_ID);
    expect(gone).toMatchObject({ status: 'unreachable', botPermissions: null, doctor: [{ code: 'bot_not_in_guild' }] });
    expect(gone.lastError).toContain('not in this server');
  });

  it('changes what was named, keeps who did it, and syncs only where it matters', async () => {
    const { configs, changes, syncs } = await createWorld();
    const patch = { maxRoleChangesPerSync: 500, syncIntervalSeconds: 3600 };
    expect((await configs.update(GUILD_ID, OWNER, patch)).guild).toMatchObject(patch);
    expect(syncs).toEqual([]);
    await configs.update(GUILD_ID, OWNER, { syncPendingMembers: true });
    expect(syncs).toEqual([{ guildId: GUILD_ID, cause: { trigger: 'guild_event', actor: '1' } }]);
    await configs.update(GUILD_ID, OWNER, { syncPendingMembers: true });
    expect(await changes()).toMatchObject([
      {
        subject: 'guild',
        subjectId: GUILD_ID,
        action: 'update',
        actor: '1',
        before: { max_role_changes_per_sync: 100, sync_interval: null },
        after: { max_role_changes_per_sync: 500, sync_interval: '1h' },
      },
      { before: { sync_pending_members: false }, after: { sync_pending_members: true } },
    ]);
  });

  it('is not changed on top of an edit that one has not seen', async () => {
    const { configs } = await createWorld();
    const { guild } = await configs.find(GUILD_ID);
    await configs.update(GUILD_ID, OWNER, { autoSync: false }, { unchangedSince: guild.updatedAt });
    const late = { unchangedSince: guild.updatedAt };
    const refused = { code: 'changed_meanwhile' };
    await expect(configs.update(GUILD_ID, OWNER, { autoSync: true }, late)).rejects.toMatchObject(refused);
    await expect(configs.remove(GUILD_ID, OWNER, { roles: 'keep', ...late })).rejects.toMatchObject(refused);
    expect((await configs.find(GUILD_ID)).guild.autoSync).toBe(false);
  });

  it.each<{ name: string; patch: GuildPatch; setting: keyof GuildPatch }>([
    { name: 'no changes at all', patch: { maxRoleChangesPerSync: 0 }, setting: 'maxRoleChangesPerSync' },
    { name: 'too many changes', patch: { maxRoleChangesPerSync: 100_001 }, setting: 'maxRoleChangesPerSync' },
    { name: 'half a change', patch: { maxRoleChangesPerSync: 1.5 }, setting: 'maxRoleChangesPerSync' },
    { name: 'more than all', patch: { maxRemovalsPercent: 101 }, setting: 'maxRemovalsPercent' },
    { name: 'every second', patch: { syncIntervalSeconds: 1 }, setting: 'syncIntervalSeconds' },
    { name: 'once a month', patch: { syncIntervalSeconds: 30 * 86_400 }, setting: 'syncIntervalSeconds' },
    { name: 'a role of elsewhere', patch: { bypassRoleId: 'ghost' }, setting: 'bypassRoleId' },
    { name: '@everyone', patch: { bypassRoleId: GUILD_ID }, setting: 'bypassRoleId' },
    { name: 'a channel of elsewhere', patch: { auditChannelId: 'ghost' }, setting: 'auditChannelId' },
    {
      name: 'a channel it cannot post in',
      patch: { notificationChannelId: 'silent' },
      setting: 'notificationChannelId',
    },
    { name: 'a nickname without a name', patch: { nicknameTemplate: '[{ticker}]' }, setting: 'nicknameTemplate' },
  ])('refuses $name', async ({ patch, setting }) => {
    const { configs, changes } = await createWorld();
    await expect(configs.update(GUILD_ID, OWNER, patch)).rejects.toMatchObject({ code: 'invalid_input', setting });
    expect((await configs.find(GUILD_ID)).guild).toMatchObject(DEFAULT_SETTINGS);
    expect(await changes()).toEqual([]);
  });

  it('brings people in only where linking asks them for that', async () => {
    const { configs } = await createWorld({ scopes: ['identify'] });
    await expect(configs.update(GUILD_ID, OWNER, { autoJoin: true })).rejects.toMatchObject({ setting: 'autoJoin' });
  });

  it('takes settings that need a look at the guild only while it can be seen', async () => {
    const { configs, discord } = await createWorld();
    discord.isAvailable = false;
    for (const patch of [{ bypassRoleId: 'pilot' }, { auditChannelId: 'open' }]) {
      await expect(configs.update(GUILD_ID, OWNER, patch)).rejects.toMatchObject({ code: 'bot_not_in_guild' });
    }
    await configs.update(GUILD_ID, OWNER, { isEnabled: false, bypassRoleId: null });
    expect((await configs.find(GUILD_ID)).guild.isEnabled).toBe(false);
  });

  it('is of guilds that the bot knows', async () => {
    const { configs } = await createWorld();
    const none = { code: 'guild_not_found' };
    await expect(configs.find('nowhere')).rejects.toMatchObject(none);
    await expect(configs.insist('nowhere')).rejects.toMatchObject(none);
    await expect(configs.update('nowhere', OWNER, {})).rejects.toMatchObject(none);
    await expect(configs.remove('nowhere', OWNER, { roles: 'keep' })).rejects.toMatchObject(none);
    await expect(configs.create('nowhere', OWNER, {})).rejects.toMatchObject({ code: 'bot_not_in_guild' });
    await expect(configs.create(GUILD_ID, OWNER, {})).rejects.toMatchObject({ code: 'guild_exists' });
    expect((await configs.list(['nowhere', GUILD_ID])).map(({ guild }) => guild.guildId)).toEqual([GUILD_ID]);
  });
});

async function removed() {
  const world = await createWorld();
  const { configs, edit } = world;
  await edit.create(GUILD_ID, OWNER, { groupId: 'pilots', roleId: 'pilot' }, {});
  await configs.update(GUILD_ID, OWNER, { maxRemovalsPercent: 50, botToken: 'good-token' });
  await configs.remove(GUILD_ID, OWNER, { roles: 'remove' });
  return world;
}

describe('a removed configuration', () => {
  it('takes mappings, groups, settings and the own bot with it, and is not found any more', async () => {
    const { configs, mappings, ownGroups, ownBots, settings, changes } = await removed();
    await expect(configs.find(GUILD_ID)).rejects.toMatchObject({ code: 'guild_not_found' });
    await expect(configs.remove(GUILD_ID, OWNER, { roles: 'keep' })).rejects.toMatchObject({ code: 'guild_not_found' });
    expect(await configs.list([GUILD_ID])).toEqual([]);
    expect(await mappings.ofGuild(GUILD_ID)).toEqual([]);
    expect(ownGroups.left).toEqual([{ id: 'g2', guildId: null }]);
    expect(ownBots.working.size).toBe(0);
    expect(await settings.find(GUILD_ID)).toMatchObject({ ...DEFAULT_SETTINGS, botUserId: null });
    const last = (await changes()).at(-1);
    expect(last).toMatchObject({ action: 'delete', before: { max_removals_percent: 50 }, after: null });
  });

  it('releases what its mappings gave, or lets it be', async () => {
    for (const roles of ['remove', 'keep'] as const) {
      const world = await createWorld();
      const { configs, edit, grants, discord, sync } = world;
      await world.pilot('7');
      await edit.create(GUILD_ID, OWNER, { groupId: 'pilots', roleId: 'pilot' }, {});
      await sync.guild(GUILD_ID, { trigger: 'manual', actor: '1', isConfirmed: true });
      expect(discord.rolesOf('7')).toEqual(['pilot']);
      await configs.remove(GUILD_ID, OWNER, { roles });
      const left = await grants.ofGuild(GUILD_ID);
      expect([...(left.get('7')?.values() ?? [])].map(({ isReleased }) => isReleased)).toEqual(
        roles === 'remove' ? [true] : [],
      );
    }
  });

  it.each<{ name: string; act: (world: Awaited<ReturnType<typeof createWorld>>) => Promise<unknown> }>([
    { name: 'when it is made anew', act: ({ configs }) => configs.create(GUILD_ID, OWNER, {}) },
    { name: 'with a setting', act: ({ configs }) => configs.update(GUILD_ID, OWNER, { autoSync: false }) },
    {
      name: 'with a mapping',
      act: ({ edit }) => edit.create(GUILD_ID, OWNER, { groupId: 'pilots', roleId: 'pilot' }, {}),
    },
  ])('comes back $name', async ({ act }) => {
    const world = await removed();
    await act(world);
    expect((await world.configs.find(GUILD_ID)).guild.maxRemovalsPercent).toBe(20);
  });

  it('does not come back because the bot is still there', async () => {
    const { configs, events } = await removed();
    await events.guildSeen(GUILD_ID, 'Guild');
    await expect(configs.find(GUILD_ID)).rejects.toMatchObject({ code: 'guild_not_found' });
    await events.guildLost(GUILD_ID);
    await events.guildSeen(GUILD_ID, 'Guild');
    await expect(configs.find(GUILD_ID)).resolves.toMatchObject({ status: 'healthy' });
  });

  it('may be one of a guild that the bot has left', async () => {
    const { configs, edit, events, discord, mappings } = await createWorld();
    await edit.create(GUILD_ID, OWNER, { groupId: 'pilots', roleId: 'pilot' }, {});
    await events.guildLost(GUILD_ID);
    discord.isAvailable = false;
    await configs.remove(GUILD_ID, OWNER, { roles: 'remove' });
    expect(await mappings.ofGuild(GUILD_ID)).toEqual([]);
  });

  it('stays whole when its author may not end one of its mappings', async () => {
    const { configs, edit, mappings } = await createWorld();
    await edit.create(GUILD_ID, OWNER, { groupId: 'pilots', roleId: 'pilot' }, {});
    const stranger = { discordId: '99', roleIds: [] };
    await expect(configs.remove(GUILD_ID, stranger, { roles: 'keep' })).rejects.toMatchObject({ code: 'forbidden' });
    expect(await mappings.ofGuild(GUILD_ID)).toHaveLength(1);
    await expect(configs.find(GUILD_ID)).resolves.toBeDefined();
  });
});

describe('the token of a bot of the guild’s own', () => {
  it('is tried, sealed for its row, and told to nobody', async () => {
    const { configs, settings, ownBots, changes, syncs, mended } = await createWorld();
    const config = await configs.update(GUILD_ID, OWNER, { botToken: 'good-token' });
    expect(config.guild.botUserId).toBe('their-bot');
    expect(await settings.botTokens()).toEqual([
      { guildId: GUILD_ID, botToken: `sealed guild:${GUILD_ID} 10`, botUserId: 'their-bot' },
    ]);
    expect(ownBots.working.get(GUILD_ID)).toEqual({ token: 'good-token', userId: 'their-bot' });
    expect([mended, syncs.length]).toEqual([[GUILD_ID], 1]);
    const told = await changes();
    expect(told).toMatchObject([{ before: { bot_user_id: null }, after: { bot_user_id: 'their-bot' } }]);
    expect(JSON.stringify([told, config, await settings.all()], bigints)).not.toMatch(/good-token|sealed/);

    await configs.update(GUILD_ID, OWNER, { botToken: null });
    expect(await settings.botTokens()).toEqual([]);
    expect(ownBots.working.size).toBe(0);
  });

  it('is not stored unless Discord takes it', async () => {
    const { configs, settings, ownBots } = await createWorld();
    const stays = { autoSync: false, botToken: 'bad-token' };
    await expect(configs.update(GUILD_ID, OWNER, stays)).rejects.toMatchObject({ code: 'bot_token_refused' });
    ownBots.isDiscordDown = true;
    await expect(configs.update(GUILD_ID, OWNER, stays)).rejects.toMatchObject({ code: 'discord_unavailable' });
    expect(await settings.botTokens()).toEqual([]);
    expect((await configs.find(GUILD_ID)).guild.autoSync).toBe(true);
  });

  it('is said to be refused, or not to be readable', async () => {
    const { configs, ownBots } = await createWorld();
    await configs.update(GUILD_ID, OWNER, { botToken: 'good-token' });
    ownBots.refused.add(GUILD_ID);
    expect(await configs.find(GUILD_ID)).toMatchObject({ status: 'degraded', doctor: [{ code: 'bot_token_refused' }] });
    ownBots.working.clear();
    expect(await configs.find(GUILD_ID)).toMatchObject({ doctor: [{ code: 'bot_token_unreadable' }] });
  });

  it('is set to work again at start; one that cannot be read does not hold up the others', async () => {
    const { configs, settings, ownBots, now } = await createWorld();
    await configs.update(GUILD_ID, OWNER, { botToken: 'good-token' });
    await settings.configure('broken', 'Broken', now());
    await settings.edit('broken', { botToken: 'rubbish', botUserId: 'x' }, now());
    ownBots.working.clear();
    const logged = captureLog();
    await wakeOwnBots({ settings, open, ownBots, log: logged.log });
    expect([...ownBots.working]).toEqual([[GUILD_ID, { token: 'good-token', userId: 'their-bot' }]]);
  });
});

async function open(jwe: string, rowId: string): Promise<string> {
  if (jwe !== `sealed ${rowId} 10`) throw new Error('no JWE');
  return 'good-token';
}

function bigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

describe('the invitation of the bot', () => {
  it('asks for the least that is needed', async () => {
    const { configs } = await createWorld();
    const permissions = async (guildId: string) =>
      new URL(await configs.installUrl(guildId)).searchParams.get('permissions');
    expect(await permissions('nowhere')).toBe('268455040');
    expect(await permissions(GUILD_ID)).toBe('268455040');
    await configs.update(GUILD_ID, OWNER, { nicknameTemplate: '{name}', autoJoin: true });
    expect(await permissions(GUILD_ID)).toBe(String(268_455_040 + 2 ** 27 + 1));
    expect(await configs.installUrl('1')).toBe(
      'https://discord.example/oauth2/authorize?client_id=42&scope=bot+applications.commands&permissions=268455040&guild_id=1&disable_guild_select=true',
    );
  });
});

describe('the time between two syncs', () => {
  it.each([
    ['15m', 900, '15m'],
    ['90s', 90, '90s'],
    ['120s', 120, '2m'],
    ['24h', 86_400, '1d'],
    ['soon', null, null],
    ['15', null, null],
    ['-5m', null, null],
  ])('is read from %s', (text, seconds, shown) => {
    expect(readInterval(text)).toBe(seconds);
    if (seconds !== null) expect(intervalText(seconds)).toBe(shown);
  });
});
