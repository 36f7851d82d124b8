import { expect, it, vi } from 'vitest';
import { PERMISSIONS } from '../../src/core/permissions.ts';
import { startApi } from '../support/api-world.ts';
import { until } from '../support/local-discord.ts';

/** The group Boss gives @Captain, an administrator's role; `low` has Manage Server, and stands far below it. */
async function startWithBoss() {
  const { local, bot, guildId, ownerId } = await startApi();
  const { discord, channel } = local;
  const { world } = discord;
  const captain = world.addRole(guildId, { name: 'Captain', permissions: PERMISSIONS.administrator, position: 1 });
  const staff = world.addRole(guildId, { name: 'Staff', permissions: PERMISSIONS.manageGuild, position: 1 });
  const low = world.addUser({ username: 'low' }).id;
  world.join(guildId, low, { roles: [staff.id] });
  const { groups, mappings, guilds } = bot.app;
  await until(() => guilds.guild(guildId)?.roles.has(staff.id) ?? false);
  await until(() => local.application.commands.size > 0);
  const group = await groups.create({ guildId, name: 'Boss', description: null, createdBy: ownerId });
  const draft = { groupId: group.id, roleId: captain.id };
  await mappings.create(guildId, { discordId: ownerId, roleIds: [] }, draft, { confirmDangerous: true });
  const run = (userId: string, command: string, options: Record<string, string>) =>
    discord.interactions.slash({ userId, guildId, command, options });
  const attach = (text: string) => {
    const content = Buffer.from(text);
    const file = { channelId: channel.id, filename: 'boss.csv', contentType: 'text/csv', content };
    return world.addAttachment(file).id;
  };
  return { low, ownerId, run, attach, members: () => groups.members(group.id) };
}

it('members of a group that gives a powerful role are for whoever could give it by hand, and a file is no way around', async () => {
  const { low, ownerId, run, attach, members } = await startWithBoss();
  const refused = '@Captain gives power, by its permissions or by its place, and you could not give it by hand';
  const change = { group: 'Boss', user: low };
  expect(await run(low, 'group add', change).text()).toContain(refused);
  expect(await run(low, 'group remove', change).text()).toContain(refused);
  const file = attach(`group,discord_id\nBoss,${low}\nCrew,${low}\n`);
  const asked = run(low, 'group import', { file });
  expect(await asked.text()).toContain('1 member added');
  expect(await asked.text()).toMatch(/Line 2: @.?Captain gives power/);
  const pressed = await asked.click('Apply');
  await vi.waitFor(async () => expect(await pressed.text()).toContain('1 group created and 1 member added'));
  expect(await members()).toEqual([]);

  expect(await run(ownerId, 'group add', change).text()).toContain('is now in **Boss**');
  expect(await members()).toMatchObject([{ discordId: low }]);
});
