import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { startApi } from './api-world.ts';
import { at } from './local-discord.ts';
import type { RunningBot } from './running-bot.ts';

const made = z.object({ id: z.string() });

/** A guild in which the group Pilots (or `groupId`, of a host) gives a role, and so many linked members. */
export async function startWithPilots(
  count: number,
  { env = {}, groupId }: { env?: Record<string, string>; groupId?: string } = {},
) {
  const api = await startApi({ env });
  const { send, guildId, ownerId, local, bot } = api;
  const owner = await api.login(ownerId);
  const group = await send('POST /api/groups', { as: owner, body: { name: 'Pilots', guild_id: guildId } });
  const { id } = made.parse(group.body);
  const role = at(local.roles, 1);
  const draft = { group_id: groupId ?? id, discord_role_id: role.id };
  await send(`POST /api/discord/guilds/${guildId}/role-mappings`, { as: owner, body: draft });
  const { world } = local.discord;
  const discordIds: string[] = [];
  const accountIds: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const user = world.addUser({ username: `pilot${index}` });
    world.join(guildId, user.id);
    await api.login(user.id);
    discordIds.push(user.id);
    accountIds.push((await bot.app.links.find(user.id))?.accountId ?? '');
  }
  const isHolder = (discordId: string) =>
    world.guilds.get(guildId)?.members.get(discordId)?.roles.has(role.id) ?? false;
  return {
    ...api,
    owner,
    one: `/api/groups/${id}`,
    role,
    discordIds,
    accountIds,
    isHolder,
    /** How many of them have the role now. */
    holders: () => discordIds.filter(isHolder).length,
  };
}

/** The removals that wait for an admin, once there are so many. */
export async function heldOf({ app }: RunningBot, guildId: string, count: number) {
  for (let tries = 0; tries < 400; tries += 1) {
    const held = await app.runs.held(guildId);
    if (held?.changes.length === count) return held.changes;
    await sleep(10);
  }
  throw new Error(`there are not ${count} removals on hold`);
}
