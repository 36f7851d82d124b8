import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { createGroupStore } from '../../src/db/group-store.ts';
import { createGuildStore } from '../../src/db/guild-store.ts';
import { createLinkStore } from '../../src/db/link-store.ts';
import { NOW } from '../support/core-worlds.ts';
import { at, startGuild, until, type LocalGuild } from '../support/local-discord.ts';
import { startBot } from '../support/running-bot.ts';

/** A database where everybody is linked and the admins have chosen their audit channel. */
async function preparedDatabase({ guild, members, channel }: LocalGuild) {
  const folder = await mkdtemp(join(tmpdir(), 'rolewright-'));
  const databaseUrl = `file:${join(folder, 'test.db')}`;
  const database = openDatabase(databaseUrl);
  onTestFinished(async () => {
    database.close();
    await rm(folder, { recursive: true });
  });
  const settings = createGuildStore(database);
  await settings.joined(guild.id, guild.name, NOW);
  await settings.update(guild.id, { auditChannelId: channel.id }, NOW);
  const links = createLinkStore(database);
  for (const { id, username } of members) {
    const accountId = `account-${id}`;
    await links.createAccount({ id: accountId, externalId: null, createdAt: NOW });
    const discordUser = { id, username, globalName: null };
    await links.link({ discordUser, accountId, tokens: null, newAccountId: 'unused', now: NOW });
  }
  return { databaseUrl, groups: createGroupStore(database) };
}

/** Seven members hold a role, and their group has been emptied behind the bot's back. */
async function emptiedGroup() {
  const local = await startGuild({}, { memberNames: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] });
  const { databaseUrl, groups } = await preparedDatabase(local);
  const { app } = await startBot(local, { env: { DATABASE_URL: databaseUrl } });
  await until(() => app.guilds.guild(local.guild.id) !== null);
  const role = at(local.roles, 1);
  const owner = { discordId: local.owner.id, roleIds: [] };
  const group = await app.groups.create({ guildId: local.guild.id, name: 'P', description: null, createdBy: null });
  await app.mappings.create(local.guild.id, owner, { groupId: group.id, roleId: role.id }, { isConfirmed: true });
  for (const { id } of local.members) {
    await app.groups.addDiscordUser(group, id, { expiresAt: null, editor: { discordId: local.owner.id, roleIds: [] } });
  }
  const holders = () => [...local.guild.members.values()].filter(({ roles }) => roles.has(role.id)).length;
  const settled = local.members.map(({ id }) =>
    app.sync.member(local.guild.id, id, { trigger: 'manual', actor: null }),
  );
  await Promise.all(settled);
  const everybody = local.members.flatMap(({ id }) => [{ accountId: `account-${id}` }, { discordId: id }]);
  await groups.removeMembers(group.id, everybody);
  return { ...local, app, holders };
}

it.each([
  { label: 'Approve', title: '✅ 7 removals approved', says: ': 7 roles removed.', left: 0 },
  { label: 'Discard', title: '🚫 7 removals discarded', says: '. These roles stay', left: 7 },
])('asks in the audit channel before everybody loses a role; $label', async ({ label, title, says, left }) => {
  const { app, guild, channel, owner, discord, holders } = await emptiedGroup();
  const done = await app.sync.guild(guild.id, { trigger: 'schedule', actor: null });
  expect(done).toMatchObject({ held: 7, rolesRemoved: 0 });
  const about = (text: string) => [...channel.messages.values()].filter(({ embeds }) => embeds[0]?.title === text);
  await until(() => about('⏸️ 7 removals wait for approval').length > 0);
  const message = at(about('⏸️ 7 removals wait for approval'), 0);
  expect(holders()).toBe(7);

  discord.interactions.click({ userId: owner.id, message, component: label });
  await until(() => message.embeds[0]?.title === title);
  expect(message.embeds[0]?.description).toContain(`by <@${owner.id}>${says}`);
  expect(message).toMatchObject({ content: '', components: [] });
  expect(holders()).toBe(left);
  await app.sync.guild(guild.id, { trigger: 'schedule', actor: null });
  expect(about(title)).toEqual([message]);
  expect(about('⏸️ 7 removals wait for approval')).toEqual([]);
  expect(holders()).toBe(left);
});

it.each([
  { word: 'approve', title: '✅ 7 removals approved' },
  { word: 'discard', title: '🚫 7 removals discarded' },
] as const)('says in the audit channel that somebody decided elsewhere: $word', async ({ word, title }) => {
  const { app, guild, channel, owner } = await emptiedGroup();
  await app.sync.guild(guild.id, { trigger: 'schedule', actor: null });
  await until(() => channel.messages.size > 0);
  const message = at([...channel.messages.values()], 0);
  const held = await app.runs.held(guild.id);
  await app.runs[word](guild.id, held?.run.id ?? '', { discordId: owner.id, roleIds: [] });
  await until(() => message.embeds[0]?.title === title);
  expect(message.components).toEqual([]);
});
