import { AuditLogEvent, Events, GatewayDispatchEvents, type Client, type GatewayDispatchPayload } from 'discord.js';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { GuildEvents } from '../sync/guild-events.ts';
import type { GuildBots } from './guild-bots.ts';
import { readMember } from './member.ts';

/** Passes on what the gateway says. Member events are taken raw: no member is cached, so discord.js would keep them back. */
export function listenToGuilds(
  client: Client,
  events: GuildEvents,
  { bots, log, signal }: { bots: Pick<GuildBots, 'refresh' | 'saw' | 'userIdOf'>; log: Logger; signal: AbortSignal },
): void {
  const pass = (event: string, guildId: string, handle: () => Promise<void>): void => {
    const handled = async (): Promise<void> => handle();
    handled().catch((err: unknown) => {
      if (!signal.aborted) log.error({ err, event, guildId }, 'event could not be handled');
    });
  };

  const seen = async (guildId: string, name: string): Promise<void> => {
    await bots.refresh(guildId);
    await events.guildSeen(guildId, name);
  };

  client.on(Events.GuildAvailable, ({ id, name }) => pass('guild available', id, () => seen(id, name)));
  client.on(Events.GuildCreate, ({ id, name }) => pass('guild create', id, () => seen(id, name)));
  client.on(Events.GuildDelete, ({ id }) => pass('guild delete', id, () => events.guildLost(id)));
  client.on(Events.GuildUpdate, (_, { id }) => pass('guild update', id, () => events.guildChanged(id)));
  client.on(Events.GuildRoleCreate, ({ guild }) => pass('role create', guild.id, () => events.guildChanged(guild.id)));
  client.on(Events.GuildRoleUpdate, (_, { guild }) =>
    pass('role update', guild.id, () => events.guildChanged(guild.id)),
  );
  client.on(Events.GuildRoleDelete, ({ id, guild }) =>
    pass('role delete', guild.id, () => events.roleDeleted(guild.id, id)),
  );
  client.on(Events.GuildMemberUpdate, (_, { id, guild }) => {
    if (id === client.user?.id) pass('own member update', guild.id, () => events.guildChanged(guild.id));
  });

  client.on(Events.Raw, (packet: GatewayDispatchPayload) => {
    if (packet.t === GatewayDispatchEvents.Ready) {
      pass('ready', '', async () => {
        const here = new Set(packet.d.guilds.map(({ id }) => id));
        // discord.js keeps guilds that the bot was removed from while it was away.
        client.guilds.cache.sweep(({ id }) => !here.has(id));
        await events.sessionReady([...here]);
      });
    } else if (packet.t === GatewayDispatchEvents.GuildMemberAdd) {
      const { guild_id: guildId } = packet.d;
      pass('member add', guildId, () => events.memberJoined(guildId, readMember(packet.d)));
    } else if (packet.t === GatewayDispatchEvents.GuildMemberUpdate) {
      const { guild_id: guildId } = packet.d;
      pass('member update', guildId, async () => {
        const member = readMember(packet.d);
        if (bots.saw(guildId, member)) await events.guildChanged(guildId);
        await events.memberChanged(guildId, member);
      });
    } else if (packet.t === GatewayDispatchEvents.GuildMemberRemove) {
      const { guild_id: guildId, user } = packet.d;
      pass('member remove', guildId, async () => {
        if (bots.saw(guildId, { discordId: user.id, roleIds: new Set() })) await events.guildChanged(guildId);
        await events.memberLeft(guildId, user.id);
      });
    } else if (packet.t === GatewayDispatchEvents.GuildAuditLogEntryCreate) {
      const { guild_id: guildId, action_type: action, target_id: discordId, user_id: by, changes = [] } = packet.d;
      if (action !== AuditLogEvent.MemberRoleUpdate || discordId === null) return;
      const roles = (key: string) =>
        changes.flatMap((change) => (change.key === key ? roleIdsIn(change.new_value) : []));
      const edit = { discordId, added: roles('$add'), removed: roles('$remove') };
      const isOwn = by !== null && [client.user?.id, bots.userIdOf(guildId)].includes(by);
      pass('audit log entry', guildId, () =>
        isOwn ? events.rolesWritten(guildId, edit) : events.rolesEdited(guildId, { ...edit, by }),
      );
    }
  });
}

const rolesInEntry = z.array(z.object({ id: z.string() })).catch([]);

function roleIdsIn(value: unknown): string[] {
  return rolesInEntry.parse(value).map(({ id }) => id);
}
