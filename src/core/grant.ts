/** A row of the ledger: Rolewright gave this member this role, because of these mappings. */
export interface Grant {
  guildId: string;
  discordId: string;
  roleId: string;
  mappingIds: readonly string[];
  grantedAt: Date;
  /** The run that gave it; null when it was adopted without a call or the run is no longer kept. */
  runId: string | null;
  /** Since when no mapping gives it any more (its grace runs from here); null while one does. */
  undesiredSince: Date | null;
  /** Its last mapping was disabled or deleted and the role is to go, though no active mapping names it. */
  isReleased: boolean;
  /** Discord confirmed that the role was given, or it was seen; false while that is only on its way. */
  isConfirmed: boolean;
}
