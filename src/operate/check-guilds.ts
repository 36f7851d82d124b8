import { z } from 'zod';
import { blocksOf, mendOf } from '../core/doctor.ts';
import type { Guild, Role } from '../core/guild.ts';
import { guildPermissions } from '../core/permissions.ts';
import type { Mapping } from '../core/mapping.ts';
import type { StoredGuild } from '../db/guild-store.ts';
import { mendOfNeed, permissionsMissing } from '../sync/guild-doctor.ts';
import { wordsOf } from './check-discord.ts';
import type { AskDiscord } from './discord-question.ts';
import { mend, ok, type Finding } from './finding.ts';

/** What is stored of a guild. */
export interface KnownGuild {
  settings: StoredGuild;
  mappings: readonly Pick<Mapping, 'roleId' | 'roleName' | 'isActive'>[];
}

const listed = z.array(z.object({ id: z.string(), name: z.string() }));
const ownUser = z.object({ id: z.string() });
const ownMember = z.object({ roles: z.array(z.string()) });
const role = z.object({
  id: z.string(),
  name: z.string(),
  position: z.int(),
  permissions: z.string().transform(BigInt),
  managed: z.boolean().default(false),
  tags: z.looseObject({}).optional(),
});
const guildBody = z.object({ id: z.string(), name: z.string(), owner_id: z.string(), roles: z.array(role) });

/** Whether the bot can work in each guild where it is known to be. */
export async function checkGuilds(ask: AskDiscord, known: readonly KnownGuild[]): Promise<Finding[]> {
  const user = await ask('/users/@me');
  const guilds = await ask('/users/@me/guilds');
  const bot = 'why' in user ? undefined : ownUser.safeParse(user.json).data;
  const here = 'why' in guilds ? undefined : listed.safeParse(guilds.json).data;
  if (!bot) return [mend(`Discord does not tell who the bot is (${wordsOf(user)}). Try again later.`)];
  if (!here) return [mend(`Discord does not list the bot's servers (${wordsOf(guilds)}). Try again later.`)];
  const findings: Finding[] = [];
  if (here.length === 0) findings.push(mend('The bot is in no server. Invite it: README.md, "Run it for real".'));
  for (const one of known) {
    const { guildId, name } = one.settings;
    if (!here.some(({ id }) => id === guildId)) {
      findings.push(
        mend(
          `${name} (${guildId}): the bot is not in this server any more. Invite it again, or remove its configuration.`,
        ),
      );
    } else findings.push(...(await checkGuild(ask, bot.id, one)));
  }
  const isNew = here.filter(({ id }) => !known.some(({ settings }) => settings.guildId === id));
  if (isNew.length > 0) findings.push(ok(`servers: ${isNew.length} that Rolewright takes up when it runs`));
  return findings;
}

async function checkGuild(ask: AskDiscord, botId: string, { settings, mappings }: KnownGuild): Promise<Finding[]> {
  const { guildId, name } = settings;
  // A bot of the guild's own does the writing there.
  const actor = settings.botUserId ?? botId;
  const said = await ask(`/guilds/${guildId}`);
  const me = await ask(`/guilds/${guildId}/members/${actor}`);
  const body = 'why' in said ? undefined : guildBody.safeParse(said.json).data;
  const member = 'why' in me ? undefined : ownMember.safeParse(me.json).data;
  if (!body || !member)
    return [mend(`${name} (${guildId}): Discord does not show it (${wordsOf(body ? me : said)}). Try again later.`)];
  const guild = guildOf(body, { botId: actor, roleIds: member.roles });
  const roleIds = new Set(mappings.filter(({ isActive }) => isActive).map(({ roleId }) => roleId));
  const nameOf = (roleId: string) =>
    guild.roles.get(roleId)?.name ?? mappings.find((mapping) => mapping.roleId === roleId)?.roleName ?? roleId;
  const faults = [
    ...permissionsMissing(settings, guild).map(mendOfNeed),
    ...[...blocksOf(guild, roleIds)]
      .filter(([, block]) => block !== 'missing_manage_roles')
      .map(([roleId, block]) => mendOf(block, nameOf(roleId))),
  ];
  if (faults.length > 0) return faults.map((fault) => mend(`${guild.name} (${guildId}): ${fault}`));
  const mapped = roleIds.size === 0 ? 'no role is mapped yet' : `the bot can give all ${roleIds.size} mapped roles`;
  return [ok(`server: in ${guild.name} (${guildId}) ${mapped}`)];
}

function guildOf(body: z.output<typeof guildBody>, { botId, roleIds }: { botId: string; roleIds: string[] }): Guild {
  const roles = new Map(body.roles.map((one) => [one.id, roleOf(one)]));
  const known = { id: body.id, name: body.name, ownerId: body.owner_id, roles };
  return { ...known, bot: { roleIds, permissions: guildPermissions(known, { discordId: botId, roleIds }) } };
}

function roleOf({ id, name, position, permissions, managed, tags }: z.output<typeof role>): Role {
  // Discord tells by the key alone; its value is null.
  return {
    id,
    name,
    position,
    permissions,
    isManaged: managed,
    isLinked: tags !== undefined && 'guild_connections' in tags,
  };
}
