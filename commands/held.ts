import type { App } from '../src/app.ts';
import type { Change, Run } from '../src/db/run-store.ts';

/** Removals that wait for an admin's word; null when none do. */
export async function heldRemovals(
  app: Pick<App, 'runs'>,
  guildId: string,
): Promise<{ run: Run; changes: Change[] } | null> {
  const held = await app.runs.held(guildId);
  const changes = held?.changes.filter(({ outcome }) => outcome === 'held') ?? [];
  return held && changes.length > 0 ? { run: held.run, changes } : null;
}

/** The roles of this member that wait for an admin's word. */
export async function heldRoles(app: Pick<App, 'runs'>, guildId: string, discordId: string): Promise<Set<string>> {
  const held = await heldRemovals(app, guildId);
  return new Set(held?.changes.filter((change) => change.discordId === discordId).map(({ roleId }) => roleId));
}
