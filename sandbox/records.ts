import type { Json } from './json.ts';
import type { APIApplicationCommandOption, APIEmbed } from 'discord-api-types/v10';

/** What the local Discord knows. Times are ms since 1970; permissions are bigint bit sets. */
export interface Application {
  readonly id: string;
  name: string;
  readonly botId: string;
  /** null once revoked. */
  botToken: string | null;
  clientSecret: string;
  readonly publicKey: string;
  ownerId: string;
  redirectUris: string[];
  isPublicClient: boolean;
  /** The privileged intents switched on in the developer portal. */
  portalIntents: { guildMembers: boolean; presences: boolean; messageContent: boolean };
  readonly commands: Map<string, Command>;
  /** What its linked roles may ask for. */
  roleMetadata: RoleMetadata[];
  /** Times of this day's session starts. */
  sessionStarts: number[];
}

export interface User {
  readonly id: string;
  username: string;
  globalName: string | null;
  avatar: string | null;
  readonly bot: boolean;
  email: string | null;
  locale: string;
  mfaEnabled: boolean;
  acceptsDms: boolean;
}

export interface Guild {
  readonly id: string;
  name: string;
  icon: string | null;
  ownerId: string;
  features: string[];
  mfaLevel: 0 | 1;
  unavailable: boolean;
  readonly roles: Map<string, Role>;
  readonly members: Map<string, Member>;
  /** Who left, was kicked or banned: they come back with a flag that says so. */
  readonly formerMemberIds: Set<string>;
  readonly channels: Map<string, Channel>;
  /** User id -> reason. */
  readonly bans: Map<string, string | null>;
  /** Oldest first. */
  readonly auditLog: AuditEntry[];
  /** Member ids in order, kept while nobody joins or leaves. */
  sortedMemberIds: string[] | null;
}

interface RoleTags {
  bot_id?: string;
  integration_id?: string;
  premium_subscriber?: null;
  subscription_listing_id?: string;
  available_for_purchase?: null;
  guild_connections?: null;
}

export interface Role {
  readonly id: string;
  name: string;
  permissions: bigint;
  position: number;
  color: number;
  hoist: boolean;
  managed: boolean;
  mentionable: boolean;
  tags: RoleTags | null;
  flags: number;
}

export interface Member {
  readonly userId: string;
  nick: string | null;
  avatar: string | null;
  /** Never holds @everyone. */
  roles: ReadonlySet<string>;
  /** null: a guest. */
  readonly joinedAt: number | null;
  premiumSince: number | null;
  pending: boolean;
  mute: boolean;
  deaf: boolean;
  communicationDisabledUntil: number | null;
  flags: number;
}

interface Overwrite {
  id: string;
  /** 0 role, 1 member. */
  type: 0 | 1;
  allow: bigint;
  deny: bigint;
}

export interface Channel {
  readonly id: string;
  readonly type: number;
  readonly guildId: string | null;
  name: string | null;
  topic: string | null;
  position: number;
  parentId: string | null;
  overwrites: Overwrite[];
  readonly recipientIds: string[];
  readonly messages: Map<string, Message>;
}

export interface Attachment {
  readonly id: string;
  readonly channelId: string;
  readonly filename: string;
  readonly contentType: string;
  readonly content: Buffer;
}

export interface Message {
  readonly id: string;
  readonly channelId: string;
  readonly guildId: string | null;
  readonly authorId: string;
  /** The application whose interaction or bot wrote it. */
  readonly applicationId: string | null;
  content: string;
  embeds: APIEmbed[];
  components: Json[];
  attachments: Attachment[];
  flags: number;
  readonly timestamp: number;
  editedAt: number | null;
  /** The interaction that brought it, if one did. */
  readonly interaction: { id: string; type: number; userId: string; name: string | null } | null;
  readonly referenceId: string | null;
}

interface AuditChange {
  key: string;
  old_value?: unknown;
  new_value?: unknown;
}

export interface AuditEntry {
  readonly id: string;
  readonly userId: string | null;
  readonly targetId: string | null;
  readonly actionType: number;
  readonly reason: string | null;
  readonly changes: AuditChange[];
  readonly options: Record<string, string> | null;
}

export interface Command {
  readonly id: string;
  readonly applicationId: string;
  /** null: a global command. */
  readonly guildId: string | null;
  readonly type: number;
  name: string;
  description: string;
  options: APIApplicationCommandOption[];
  /** null: everyone; 0n: administrators only. */
  defaultMemberPermissions: bigint | null;
  contexts: number[] | null;
  integrationTypes: number[] | null;
  nsfw: boolean;
  version: string;
  nameLocalizations: Record<string, string> | null;
  descriptionLocalizations: Record<string, string> | null;
}

/** One thing that a linked role may ask for, in Discord's own shape. */
export interface RoleMetadata {
  type: number;
  key: string;
  name: string;
  description: string;
  name_localizations?: unknown;
  description_localizations?: unknown;
}

/** What an application says of a user, in Discord's own shape. */
export interface RoleConnection {
  platform_name: string | null;
  platform_username: string | null;
  metadata: Record<string, string>;
}

/** A user's authorization of an application, as an access token. */
export interface AccessToken {
  readonly token: string;
  readonly applicationId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly expiresAt: number;
}
