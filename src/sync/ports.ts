import type { RoleBlock } from '../core/doctor.ts';
import type { Facts, SourceAnswer } from '../core/facts.ts';
import type { Guild, Member } from '../core/guild.ts';
import type { BucketState, Lane } from '../core/pace.ts';

export type { BucketState, Lane };

/** What became of one change. `blocked:` carries the doctor's code. */
export type Outcome =
  | 'applied'
  | 'already'
  | 'lost'
  | `blocked:${RoleBlock}`
  | 'member_left'
  | 'guild_gone'
  | 'role_gone'
  | 'forbidden'
  | 'failed'
  | 'held'
  | 'deferred'
  | 'cancelled'
  | 'undone';

/** What became of a change that was made, though somebody took it back since. */
export const MADE = ['applied', 'undone'] as const satisfies Outcome[];

/** The rate-limit buckets of a guild that its work goes through: PUT/DELETE of one role, PATCH and GET of a member. */
export type BucketName = 'role' | 'member' | 'look';

/** The rate limits as Discord tells them; null while nothing is known. */
export interface Buckets {
  state(guildId: string, bucket: BucketName): BucketState | null;
}

/** Waits; rejects when the signal aborts. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/**
 * Discord's answer to one write. `isPassing`: the same write may work in a moment (5xx, network). `unauthorized`: the
 * bot token was refused; as the outcome of a change that is `failed`.
 */
export type WriteAnswer =
  | { outcome: 'applied' }
  | { outcome: 'member_left' | 'guild_gone' | 'role_gone' | 'forbidden' | 'unauthorized'; detail: string }
  | { outcome: 'failed'; detail: string; isPassing: boolean };

/** Reads Discord. Throws when Discord did not answer; null when it said "there is none". */
export interface GuildReader {
  /** The guild as the gateway shows it now; null where the bot is not, or while Discord keeps it unavailable. */
  guild(guildId: string): Guild | null;
  guildIds(): string[];
  /** One member, fresh from Discord (not from a cache). */
  fetchMember(guildId: string, discordId: string): Promise<Member | null>;
  /** All members in pages of up to 1000, ordered by id, fresh from Discord. */
  listMembers(guildId: string): AsyncIterable<Member[]>;
}

/** A text (0) or announcement (5) channel of a guild. */
export interface Channel {
  id: string;
  name: string;
  type: 0 | 5;
  position: number;
  /** Its category. */
  parentId: string | null;
  /** What the operator's bot may do in it. */
  botPermissions: bigint;
}

/** What a guild looks like beside what deciding needs, as the gateway shows it now; empty where the bot is not. */
export interface GuildPlaces {
  /** In the order that Discord shows them in, by position. */
  channels(guildId: string): Channel[];
  /** By role; 0 = none. */
  roleColors(guildId: string): ReadonlyMap<string, number>;
}

/** The bots of their own that guilds have. */
export interface OwnBots {
  /** Whose token it is, if that bot can work in the guild. AppError bot_token_refused, discord_unavailable. */
  check(guildId: string, token: string): Promise<{ userId: string }>;
  /** That bot works in the guild from now on; null: the operator's. */
  use(guildId: string, bot: { token: string; userId: string } | null): void;
  /** Looks at what the own bot, if there is one, may do in the guild. Never throws: an older look stays. */
  refresh(guildId: string): Promise<void>;
  /** The own bot that works in the guild; null: the operator's does. */
  userIdOf(guildId: string): string | null;
  /** Discord does not take the own bot's token any more. */
  isRefused(guildId: string): boolean;
}

/** What one PATCH changes of a member; what is left out stays. */
interface MemberEdit {
  /** His whole set of roles, replaced. */
  roleIds?: readonly string[];
  /** null takes his nickname away. */
  nick?: string | null;
}

/** Writes members. `reason` goes to the guild's audit log. Never throws for what Discord answered. */
export interface RoleWriter {
  addRole(guildId: string, discordId: string, roleId: string, reason: string): Promise<WriteAnswer>;
  removeRole(guildId: string, discordId: string, roleId: string, reason: string): Promise<WriteAnswer>;
  editMember(guildId: string, discordId: string, edit: MemberEdit, reason: string): Promise<WriteAnswer>;
}

/** How a source is asked: an answer at most that old will do, 0 = ask anew. */
interface Asking {
  maxAgeMs: number;
}

/** A source of facts. It never throws: what it cannot say is `unknown`. */
export interface GroupSource {
  /** `local`, `http`: the prefix of its groups' ids (`local` ones have none). */
  readonly name: string;
  /** One answer per account asked for. */
  factsOf(accountIds: readonly string[], now: Date, asking: Asking): Promise<Map<string, SourceAnswer>>;
  /** Those of the group ids that a mapping of this guild may name (a source that can't tell says yes). */
  existing(guildId: string, groupIds: readonly string[]): Promise<Set<string>>;
}

/** The facts of all sources together. */
export interface FactLoader {
  /** Set-wise: one entry per account asked for. */
  factsOf(accountIds: readonly string[], now: Date, asking: Asking): Promise<Map<string, Facts>>;
  /** Those of the group ids that a mapping of this guild may name. */
  existing(guildId: string, groupIds: readonly string[]): Promise<Set<string>>;
}
