import { auditEntryPayload } from '../payloads.ts';
import type { AuditEntry, Guild } from '../records.ts';
import type { Actor, NewAuditEntry, WorldState } from './state.ts';

/** Entries kept per guild: what 45 days of a busy guild come to; a benchmark must not fill the memory with them. */
const keptEntries = 20_000;

/** Writes an entry and tells who may hear of it. An action without an actor leaves none. */
export function recordAudit(
  state: WorldState,
  guild: Guild,
  { by, reason, integration }: Actor,
  entry: NewAuditEntry,
): void {
  if (!by) return;
  const recorded = {
    id: state.newId(),
    userId: by,
    reason: reason ?? null,
    targetId: entry.targetId,
    actionType: entry.actionType,
    changes: entry.changes,
    options: integration === undefined ? null : { integration_type: integration },
  };
  guild.auditLog.push(recorded);
  if (guild.auditLog.length > keptEntries * 1.5) guild.auditLog.splice(0, guild.auditLog.length - keptEntries);
  state.publish('GUILD_AUDIT_LOG_ENTRY_CREATE', { guildId: guild.id }, () => ({
    ...auditEntryPayload(recorded),
    guild_id: guild.id,
  }));
}

/** What differs between two records, as an audit entry lists it; a side that has nothing to show stays away. */
export function changesBetween(before: AuditedValues, after: AuditedValues): AuditEntry['changes'] {
  const keys = Object.keys(after).filter((key) => before[key] !== after[key]);
  return keys.map((key) => ({ key, old_value: before[key] ?? undefined, new_value: after[key] ?? undefined }));
}

type AuditedValues = Readonly<Record<string, string | number | boolean | null>>;
