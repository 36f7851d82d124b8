import { AuditLogEvent } from 'discord-api-types/v10';
import { objectOf, objectsOf, textOf } from '../../sandbox/json.ts';
import type { EventFault } from '../../sandbox/faults.ts';
import type { WorldEvent } from '../../sandbox/world.ts';
import type { Guild } from '../../src/core/guild.ts';
import { readMember } from '../../src/discord/member.ts';
import type { GuildEvents } from '../../src/sync/guild-events.ts';
import type { Clock } from './clock.ts';
import { guildNow } from './discord-ports.ts';
import type { History } from './history.ts';
import type { Scene } from './scene.ts';
import type { Weather } from './weather.ts';

/** One gateway session of one incarnation: tells it what happens from now on, as well as the weather lets it. */
export interface Session {
  /** The guild as far as the session has heard. */
  guild(): Guild | null;
  end(): void;
}

interface Told {
  /** Passes it on, and updates what the session knows. */
  deliver(): void;
}

export function openSession(parts: {
  clock: Clock;
  scene: Scene;
  history: History;
  weather: Weather;
  events: GuildEvents;
  /** What the session knows of the guild has changed. */
  heard(guild: Guild | null): void;
  /** An event that the engine could not handle. */
  failed(what: string, error: unknown): void;
}): Session {
  const { clock, scene, history, weather, events, failed } = parts;
  let isOpen = true;
  let guild: Guild | null = null;
  let lastAt = 0;
  let heldBack: Told | null = null;

  const hear = (seen: Guild | null): void => {
    guild = seen;
    parts.heard(seen);
  };
  const pass = (what: string, handle: () => Promise<void>): void => {
    handle().catch((error: unknown) => failed(what, error));
  };

  function toldOf(event: WorldEvent): Told | null {
    const { guildId } = scene;
    const seen = guildNow(scene);
    const data = objectOf(event.data);
    switch (event.type) {
      case 'GUILD_ROLE_CREATE':
      case 'GUILD_ROLE_UPDATE':
        return {
          deliver() {
            hear(seen);
            pass('role update', () => events.guildChanged(guildId));
          },
        };
      case 'GUILD_ROLE_DELETE':
        return {
          deliver() {
            hear(seen);
            pass('role delete', () => events.roleDeleted(guildId, textOf(data['role_id']) ?? ''));
          },
        };
      case 'GUILD_MEMBER_ADD':
        return { deliver: () => pass('member add', () => events.memberJoined(guildId, readMember(data))) };
      case 'GUILD_MEMBER_UPDATE':
        return { deliver: () => pass('member update', () => events.memberChanged(guildId, readMember(data))) };
      case 'GUILD_MEMBER_REMOVE':
        return { deliver: () => pass('member remove', () => events.memberLeft(guildId, userOf(event))) };
      case 'GUILD_AUDIT_LOG_ENTRY_CREATE': {
        const isOwn = data['user_id'] === scene.application.botId;
        if (data['action_type'] !== AuditLogEvent.MemberRoleUpdate) return null;
        const changed = objectsOf(data['changes']);
        const roles = (key: string): string[] =>
          changed.flatMap((change) =>
            change['key'] === key ? objectsOf(change['new_value']).flatMap(({ id }) => textOf(id) ?? []) : [],
          );
        const edit = {
          discordId: textOf(data['target_id']) ?? '',
          by: textOf(data['user_id']),
          added: roles('$add'),
          removed: roles('$remove'),
        };
        const handle = () => (isOwn ? events.rolesWritten(guildId, edit) : events.rolesEdited(guildId, edit));
        return { deliver: () => pass('audit log entry', handle) };
      }
      default:
        return null;
    }
  }

  /** In order, as one socket does it, unless the weather holds one back. */
  function schedule(told: Told, fault: EventFault | null): void {
    const deliver = (): void => {
      if (isOpen) told.deliver();
    };
    if (fault?.kind === 'drop') return;
    if (fault?.kind === 'delay') return clock.after(weather.latencyMs() + fault.ms, deliver);
    if (fault?.kind === 'reorder' && !heldBack) {
      heldBack = told;
      return clock.after(250, () => {
        if (heldBack !== told) return;
        heldBack = null;
        deliver();
      });
    }
    lastAt = Math.max(lastAt, clock.now() + weather.latencyMs());
    const late = heldBack;
    heldBack = null;
    clock.after(lastAt - clock.now(), () => {
      deliver();
      if (fault?.kind === 'duplicate') deliver();
      if (late && isOpen) late.deliver();
    });
  }

  const unsubscribe = scene.world.subscribe((event) => {
    const told = toldOf(event);
    if (!told) return;
    const fault = weather.event(event.type);
    const discordId = userOf(event);
    if (fault) history.tell(clock.now(), `event ${fault.kind}: ${event.type} ${scene.nameOf(discordId)}`);
    if (fault) history.disturb(clock.now(), discordId === '' ? null : discordId, `event ${fault.kind}`);
    schedule(told, fault);
  });

  clock.after(weather.latencyMs(), () => {
    if (!isOpen) return;
    hear(guildNow(scene));
    pass('ready', () => events.sessionReady([scene.guildId]));
    if (guild) pass('guild available', () => events.guildSeen(scene.guildId, 'Guild'));
  });

  return {
    guild: () => guild,
    end() {
      isOpen = false;
      unsubscribe();
    },
  };
}

function userOf({ data }: WorldEvent): string {
  const { user, target_id: target } = objectOf(data);
  return textOf(objectOf(user)['id']) ?? textOf(target) ?? '';
}
