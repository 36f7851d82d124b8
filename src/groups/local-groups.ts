/** A group whose members Rolewright keeps itself. */
export interface LocalGroup {
  id: string;
  /** null: global, kept by operators. */
  guildId: string | null;
  name: string;
  description: string | null;
  createdBy: string | null;
  createdAt: Date;
  updatedAt: Date;
}

/** One member of a local group: an account, or a Discord user (who counts once he is linked). */
export interface GroupMember {
  accountId: string | null;
  discordId: string | null;
  /** false: the membership waits for this Discord user to link. */
  isLinked: boolean;
  expiresAt: Date | null;
  addedAt: Date;
}

/** The local groups: the one place that knows the rules for editing them. Errors are AppErrors; changes sync whom they touch. */
export interface LocalGroups {
  /** Groups that a guild's mappings may name: its own and the global ones. */
  list(guildId: string): Promise<(LocalGroup & { memberCount: number; mappingCount: number })[]>;
  /** By id, or by name (any case) in that guild; AppError group_not_found. */
  find(guildId: string, idOrName: string): Promise<LocalGroup>;
  members(groupId: string): Promise<GroupMember[]>;
  create(input: { guildId: string | null; name: string; description: string | null; createdBy: string | null }): Promise<LocalGroup>;
  /** Refused (group_in_use) while mappings name it, unless `mappings` says what happens to the roles they gave. */
  remove(group: LocalGroup, options: { mappings: 'refuse' | 'remove' | 'keep'; actor: string | null }): Promise<{ removedMappings: number }>;
  /** `isLinked` false: the membership waits for the link. */
  addDiscordUser(
    group: LocalGroup,
    discordId: string,
    options: { expiresAt: Date | null; actor: string | null },
  ): Promise<{ isNew: boolean; isLinked: boolean }>;
  removeDiscordUser(group: LocalGroup, discordId: string, actor: string | null): Promise<{ wasMember: boolean }>;
}
