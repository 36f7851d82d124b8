import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { createLinkStore } from '../../src/db/link-store.ts';
import { NOW } from '../support/core-worlds.ts';
import { at, startGuild, until, type LocalGuild } from '../support/local-discord.ts';
import { startBot } from '../support/running-bot.ts';

/** The same, where the members have linked. */
async function linkedWorld() {
  const local = await startGuild({}, { memberNames: ['ana', 'ben'] });
  const folder = await mkdtemp(join(tmpdir(), 'rolewright-'));
  const databaseUrl = `file:${join(folder, 'test.db')}`;
  const database = openDatabase(databaseUrl);
  onTestFinished(async () => {
    database.close();
    await rm(folder, { recursive: true });
  });
  const links = createLinkStore(database);
  for (const { id, username } of local.members) {
    const accountId = `account-${id}`;
    await links.createAccount({ id: accountId, externalId: null, createdAt: NOW });
    const discordUser = { id, username, globalName: null };
    await links.link({ discordUser, accountId, tokens: null, newAccountId: 'unused', now: NOW });
  }
  return world(local, { DATABASE_URL: databaseUrl });
}

/** The whole bot before a local Discord that checks every message's form, and people who use it. */
async function world(local?: LocalGuild, env: Record<string, string> = {}) {
  const place = local ?? (await startGuild({}, { memberNames: ['ana', 'ben'] }));
  const bot = await startBot(place, { env });
  // Discord lets a bot sign in once in 5 s.
  await until(() => place.application.commands.size > 0 && bot.app.guilds.guild(place.guild.id) !== null, 20_000);
  const { discord, guild, owner } = place;
  const inGuild = { userId: owner.id, guildId: guild.id };
  return {
    ...place,
    bot,
    app: bot.app,
    author: { discordId: owner.id, roleIds: [] },
    slash: (command: string, options = {}, userId = owner.id) =>
      discord.interactions.slash({ ...inGuild, userId, command, options }),
    menu: (command: string, targetId: string) => discord.interactions.userMenu({ ...inGuild, command, targetId }),
  };
}

describe('in Discord', () => {
  it('/setup takes a channel, a switch and a form, and /settings shows them', async () => {
    const { slash, channel } = await world();
    const asked = slash('setup');
    expect(await asked.text()).toContain('Choose an **audit channel**');
    const chosen = await asked.select(customIdIn(await asked.message(), 'audit_channel'), [channel.id]);
    const after = await chosen.messageWhere(({ content }) => content.includes(`<#${channel.id}>`));
    expect(after.content).toContain('✅ 2. Rolewright tells what it changes');
    const form = await asked.click('Limits …');
    const done = await form.submit({ max_role_changes_per_sync: '500', max_removals_percent: '25' });
    await done.messageWhere(({ content }) => content.includes('at most 500 roles'));
    await asked.click('Sync by itself: on');
    await until(() => at(asked.messages, 0).content.includes('Set up Rolewright'));
    expect(await slash('settings show').text()).toContain('`max_removals_percent`: 25 %');
  });

  it('/panel goes on working after a restart', async () => {
    const first = await world();
    const { slash, channel, members } = first;
    expect(await slash('panel').text()).toContain('✅ Posted in');
    const posted = at([...channel.messages.values()], 0);
    await first.bot.stop();
    const { discord } = await world(first);
    for (const { id } of members) {
      const pressed = discord.interactions.click({ userId: id, message: posted, component: 'Link your account' });
      expect(await pressed.text()).toContain('This link is only for you');
    }
    expect(posted.components).toHaveLength(1);
  });

  it('the menus on a user explain and sync', async () => {
    const { menu, app, author, guild, roles, members } = await world();
    const [ana] = members;
    const group = await app.groups.create({ guildId: guild.id, name: 'P', description: null, createdBy: null });
    await app.mappings.create(guild.id, author, { groupId: group.id, roleId: at(roles, 1).id }, { isConfirmed: true });
    const explained = menu('Explain roles', ana?.id ?? '');
    expect(await explained.text()).toContain(`❌ <@&${at(roles, 1).id}> ← **P**`);
    const inFull = await explained.select(customIdIn(await explained.message(), 'role'), [at(roles, 1).id]);
    await inFull.messageWhere(({ content }) => content.includes('does **not** have'));
    expect(await menu('Sync roles', ana?.id ?? '').text()).toContain('There is nothing to change');
  });

  it('a run is told in the audit channel, found by /audit, and undone from either', async () => {
    const { slash, app, author, guild, roles, members, channel, discord, owner } = await world();
    const [ana] = members;
    await app.guildConfigs.update(guild.id, author, { auditChannelId: channel.id });
    const roleId = at(roles, 1).id;
    const group = await app.groups.create({ guildId: guild.id, name: 'P', description: null, createdBy: null });
    await app.mappings.create(guild.id, author, { groupId: group.id, roleId, onForeign: 'remove' }, {});
    discord.world.giveRole(guild.id, ana?.id ?? '', roleId, { by: owner.id });
    await until(() => channel.messages.size > 0);
    const told = at([...channel.messages.values()], 0);
    expect(told.embeds[0]?.title).toBe('🔄 1 role removed');
    expect(told.embeds[0]?.description).toContain(`<@${ana?.id}>: −<@&${roleId}>`);
    expect(await slash('audit').text()).toContain(`<@${ana?.id}> −<@&${roleId}>`);
    const asked = discord.interactions.click({ userId: owner.id, message: told, component: 'Undo' });
    expect(await asked.text()).toContain('1 role given back');
    const undone = await asked.click('Undo it');
    await undone.messageWhere(({ content }) => content.includes('✅ The undo is done.'));
    expect(guild.members.get(ana?.id ?? '')?.roles.has(roleId)).toBe(true);
    expect(told.components).toHaveLength(1);
  });

  it('a sync that takes long is followed by all who ask, and cancelled from where it is shown', async () => {
    const memberNames = Array.from({ length: 30 }, (_, index) => `member${index}`);
    const { slash, app, author, guild, roles, members, discord, owner } = await world(
      await startGuild({ settings: { timeScale: 0.5 } }, { memberNames }),
    );
    const roleId = at(roles, 1).id;
    const group = await app.groups.create({ guildId: guild.id, name: 'P', description: null, createdBy: null });
    for (const { id } of members) discord.world.giveRole(guild.id, id, roleId, { by: owner.id });
    await app.mappings.create(guild.id, author, { groupId: group.id, roleId, onForeign: 'remove' }, {});
    // More than go without a person's word.
    await vi.waitFor(async () => expect(await app.runs.held(guild.id)).not.toBeNull());
    const first = slash('sync server');
    expect(await first.text()).toContain('30 members would change');
    const applied = await first.click('Apply');
    await applied.messageWhere((one) => readable(one).includes('Cancel the sync'));
    const second = slash('sync server');
    const shown = await second.text();
    expect(shown).toContain('This message follows that sync.');
    await second.messageWhere(({ content }) => content !== '' && !shown.includes(content));
    expect(await (await second.click('Cancel the sync')).text()).toContain('The sync is cancelled.');
    for (const asked of [applied, second])
      await asked.messageWhere(({ content }) => content.includes('You cancelled this sync: '));
    expect(readable(at(second.messages, 0))).toContain('Preview what is left');
    expect(readable(at(first.messages, 0))).not.toContain('Cancel the sync');
  }, 30_000);

  it('“Sync now” pressed in many messages at once is few syncs, and says when there is nothing to sync', async () => {
    const { slash, app, author, guild, roles, members, discord, owner } = await linkedWorld();
    const ana = at(members, 0);
    const press = async () => {
      const asked = slash('me', {}, ana.id);
      await asked.text();
      return asked;
    };
    const idle = await (await press()).click('Sync now');
    await idle.messageWhere(({ content }) => content.includes('This server has no mappings'));

    const roleId = at(roles, 1).id;
    const group = await app.groups.create({ guildId: guild.id, name: 'P', description: null, createdBy: null });
    const mapping = { groupId: group.id, roleId, onForeign: 'remove' as const };
    await app.guildConfigs.update(guild.id, author, { autoSync: false });
    await app.mappings.create(guild.id, author, mapping, {});
    discord.world.giveRole(guild.id, ana.id, roleId, { by: owner.id });
    const asked = await Promise.all(Array.from({ length: 6 }, press));
    const before = discord.requests.count({ method: 'GET' });
    const pressed = await Promise.all(asked.map(async (one) => one.click('Sync now')));
    for (const one of pressed) await one.messageWhere(({ content }) => content.includes('Sandbox Guild'));
    expect(discord.requests.writes()).toHaveLength(1);
    expect(discord.requests.count({ method: 'GET' }) - before).toBeLessThanOrEqual(3);
    expect(await app.runs.recent(guild.id, 10)).toHaveLength(1);
  });

  it('what fails while Discord has an outage is said where its beginning was told, and can be tried again', async () => {
    const { slash, app, author, guild, roles, members, discord } = await linkedWorld();
    const ana = at(members, 0);
    const group = await app.groups.create({ guildId: guild.id, name: 'P', description: null, createdBy: null });
    await app.mappings.create(guild.id, author, { groupId: group.id, roleId: at(roles, 1).id }, {});
    const asked = slash('me', {}, ana.id);
    await asked.text();
    const route = /members/;
    const outage = discord.faults.rest({ method: 'GET', route, fault: { kind: 'status', status: 503 } });
    const failed = await asked.click('Sync now');
    await failed.messageWhere(({ content }) => content.startsWith('Discord does not answer right now.'));
    outage();
    const again = await asked.click('Sync now');
    await again.messageWhere(({ content }) => content.includes('✅ Everything is as it should be.'));
  });

  it('mappings go out as a file and come in again', async () => {
    const { slash, app, author, guild, roles } = await world();
    const group = await app.groups.create({ guildId: guild.id, name: 'P', description: null, createdBy: null });
    const draft = { groupId: group.id, roleId: at(roles, 1).id, priority: 3 };
    const made = await app.mappings.create(guild.id, author, draft, { isConfirmed: true });
    const exported = await slash('map export').message();
    const file = at(exported.attachments, 0);
    await app.mappings.remove(guild.id, author, [made.id], { roles: 'keep' });
    const asked = slash('map import', { file: file.id });
    expect(await asked.text()).toContain('Import this file? 1 mapping added.');
    const done = await asked.click('Apply');
    await done.messageWhere(({ content }) => content.includes('✅ Imported: 1 mapping added'));
    expect(await app.mappings.list(guild.id)).toMatchObject([{ mapping: draft }]);
  });
});

function customIdIn({ components }: { components: readonly unknown[] }, action: string): string {
  const found = /"custom_id":"([^"]*)"/g;
  const ids = [...JSON.stringify(components).matchAll(found)].map(([, id = '']) => id);
  return ids.find((id) => id.split(':')[1] === action) ?? '';
}

function readable({ content, components }: { content: string; components: readonly unknown[] | null }): string {
  return content + JSON.stringify(components);
}
