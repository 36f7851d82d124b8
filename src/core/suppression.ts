/**
 * A role of one member that Rolewright leaves as it is, whatever the mappings say: somebody took it away and the
 * mapping respects that (`drift`), it was taken and given too often (`fight`), or a change was undone (`undo`). Ends
 * when an admin syncs that member.
 */
export interface Suppression {
  guildId: string;
  discordId: string;
  roleId: string;
  reason: 'drift' | 'fight' | 'undo';
  /** Discord id of the one who changed it; null: not known. */
  changedBy: string | null;
  since: Date;
}
