import type { Application, Member } from './records.ts';
import { channelActions } from './world/channels.ts';
import { guildActions } from './world/guilds.ts';
import { memberActions } from './world/members.ts';
import { peopleActions } from './world/people.ts';
import { roleActions } from './world/roles.ts';
import { createState, must, type Actor, type WorldOptions } from './world/state.ts';

export type { Actor, WorldEvent, WorldOptions } from './world/state.ts';

export type World = ReturnType<typeof createWorld>;

/** Discord's state and everything that may happen to it. Knows no HTTP; who may do what is for REST to ask. */
export function createWorld(options: WorldOptions = {}) {
  const state = createState(options);
  const roles = roleActions(state);
  const members = memberActions(state);
  return Object.assign(state, {
    ...peopleActions(state),
    ...guildActions(state),
    ...members,
    ...roles,
    ...channelActions(state),

    /** Somebody adds the bot to his guild: its managed role appears (right above @everyone unless told otherwise), the bot joins. */
    addBot(
      guildId: string,
      application: Application,
      permissions: bigint,
      place: Actor & { position?: number } = {},
    ): Member {
      const guild = must(state.guilds.get(guildId), `guild ${guildId}`);
      const present = guild.members.get(application.botId);
      if (present) return present;
      const role = roles.addRole(guildId, {
        name: application.name,
        permissions,
        managed: true,
        tags: { bot_id: application.botId },
        ...(place.position !== undefined && { position: place.position }),
      });
      return members.completeJoinOfBot(guildId, application.id, role.id, place);
    },

    /** The bot is thrown out; its managed role goes with it. */
    removeBot(guildId: string, application: Application, actor: Actor = {}): void {
      const role = roles.botRole(guildId, application.id);
      members.kick(guildId, application.botId, actor);
      if (role) roles.deleteRole(guildId, role.id);
    },
  });
}
