import type {
  AccessToken,
  Application,
  Attachment,
  AuditEntry,
  Channel,
  Guild,
  Member,
  RoleConnection,
  User,
} from '../records.ts';
import { defaultSettings, type Settings } from '../settings.ts';
import { createSnowflakes } from '../snowflakes.ts';

/** Something that happened, as the gateway would dispatch it. */
export interface WorldEvent {
  /** The dispatch name, e.g. GUILD_MEMBER_UPDATE. */
  readonly type: string;
  readonly guildId: string | null;
  /** Only this application hears of it (interactions, DMs, being added to a guild). */
  readonly applicationId: string | null;
  readonly channelId: string | null;
  readonly data: object;
}

interface EventTarget {
  guildId?: string;
  applicationId?: string;
  channelId?: string;
}

export interface WorldState {
  readonly settings: Settings;
  /** Where this Discord is reached, e.g. http://127.0.0.1:4000; set once it listens. */
  baseUrl: string;
  readonly now: () => number;
  readonly newId: () => string;
  readonly applications: Map<string, Application>;
  readonly users: Map<string, User>;
  readonly guilds: Map<string, Guild>;
  /** DM channels; guild channels live in their guild. */
  readonly dms: Map<string, Channel>;
  readonly attachments: Map<string, Attachment>;
  /** Bearer tokens by their text. Written by the OAuth2 part. */
  readonly accessTokens: Map<string, AccessToken>;
  /** By application and user. */
  readonly roleConnections: Map<string, RoleConnection>;
  /** Times of command creations, per application and guild. */
  readonly commandCreates: Map<string, number[]>;
  /** Tells every listener; `data` is only built if there is one. */
  publish(type: string, target: EventTarget, data: () => object): void;
  /** Hears every event until the returned function is called. */
  subscribe(listener: (event: WorldEvent) => void): () => void;
}

export interface WorldOptions {
  settings?: Partial<Settings>;
  now?: () => number;
}

export function createState({ settings, now = Date.now }: WorldOptions = {}): WorldState {
  const listeners = new Set<(event: WorldEvent) => void>();
  return {
    settings: { ...defaultSettings, ...settings },
    baseUrl: 'http://127.0.0.1',
    now,
    newId: createSnowflakes(now),
    applications: new Map(),
    users: new Map(),
    guilds: new Map(),
    dms: new Map(),
    attachments: new Map(),
    accessTokens: new Map(),
    roleConnections: new Map(),
    commandCreates: new Map(),
    publish(type, { guildId, applicationId, channelId }, data) {
      if (listeners.size === 0) return;
      const event: WorldEvent = {
        type,
        guildId: guildId ?? null,
        applicationId: applicationId ?? null,
        channelId: channelId ?? null,
        data: data(),
      };
      for (const listener of listeners) listener(event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The thing, or a thrown error that names what is missing: for those who drive the world, not for REST. */
export function must<T>(thing: T | undefined | null, what: string): T {
  if (thing === undefined || thing === null) throw new Error(`no such ${what} in the local Discord`);
  return thing;
}

export function guildOf(state: WorldState, guildId: string): Guild {
  return must(state.guilds.get(guildId), `guild ${guildId}`);
}

export function memberOf(state: WorldState, guildId: string, userId: string): Member {
  return must(guildOf(state, guildId).members.get(userId), `member ${userId} of guild ${guildId}`);
}

export function userOf(state: WorldState, userId: string): User {
  return must(state.users.get(userId), `user ${userId}`);
}

/** Who did something and why, for the audit log. */
export interface Actor {
  /** User id of the moderator or bot; null: nobody (an integration, Discord itself). */
  by?: string | null;
  reason?: string | null;
  /** The kind of integration it came from, e.g. `twitch`. */
  integration?: string;
}

export type NewAuditEntry = Pick<AuditEntry, 'targetId' | 'actionType' | 'changes'>;
