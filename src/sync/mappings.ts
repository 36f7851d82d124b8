import type { Finding } from '../core/doctor.ts';
import type { Conditions, Mapping } from '../core/mapping.ts';
import type { Cause, GuildPreview } from './sync.ts';

/** The person who edits: mapping a role asks for the right to give it by hand. */
export interface Author {
  discordId: string;
  /** His roles in that guild, without @everyone. */
  roleIds: readonly string[];
}

/** What a person says of a mapping; the rest has defaults. */
export interface MappingDraft {
  groupId: string;
  roleId: string;
  conditions?: Partial<Conditions>;
  priority?: number;
  exclusiveSet?: string | null;
  onForeign?: Mapping['onForeign'];
  onDrift?: Mapping['onDrift'];
  addOnly?: boolean;
  graceSeconds?: number;
  isActive?: boolean;
}

export type MappingEdit = Partial<Omit<MappingDraft, 'roleId'>>;

export interface MappingWithHealth {
  mapping: Mapping;
  /** From the doctor; empty = ok. */
  findings: Finding[];
}

/** What a new mapping would do, told before anything happens. */
export interface MappingPreview {
  findings: Finding[];
  /** Permissions of the role that ask for an explicit yes; empty = none. */
  dangerous: string[];
  /** Members who hold the role now without a grant of ours, and would keep it (or lose it, by `onForeign`). */
  foreignHolders: number;
  preview: GuildPreview;
}

/** The mappings of a guild: the one place that knows the rules for editing them. Errors are AppErrors. */
export interface Mappings {
  list(guildId: string): Promise<MappingWithHealth[]>;
  find(guildId: string, mappingId: string): Promise<MappingWithHealth>;
  /** Checks everything that `create` checks except the dangerous role's confirmation, and shows what would happen. */
  preview(guildId: string, author: Author, draft: MappingDraft): Promise<MappingPreview>;
  /** Saves it and syncs the guild in the background. */
  create(guildId: string, author: Author, draft: MappingDraft, confirmDangerous: boolean): Promise<Mapping>;
  /** `roles` says what happens to roles that only this mapping gave, when the edit disables it. */
  edit(
    guildId: string,
    author: Author,
    mappingId: string,
    edit: MappingEdit,
    options: { confirmDangerous: boolean; roles: 'remove' | 'keep' },
  ): Promise<Mapping>;
  remove(guildId: string, author: Author, mappingId: string, roles: 'remove' | 'keep'): Promise<Mapping>;
}

export type SyncLater = (guildId: string, cause: Cause) => void;
