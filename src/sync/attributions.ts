/** An edit of a member's roles as Discord's audit log tells it. */
export interface RoleEdit {
  discordId: string;
  /** Who did it; null: nobody who has a name, such as an integration. */
  by: string | null;
  added: readonly string[];
  removed: readonly string[];
}

/** Who changed which role of whom lately: audit-log entries come as events of their own, before or after the member's. */
export interface Attributions {
  note(guildId: string, edit: RoleEdit): void;
  /** Discord id of the last one who did that to the role; null: not known. */
  who(guildId: string, discordId: string, roleId: string, did: 'added' | 'removed'): string | null;
}

const KEPT_MS = 5 * 60_000;

export function createAttributions({ now }: { now: () => Date }): Attributions {
  const edits = new Map<string, { by: string | null; at: number }>();
  const keyOf = (...parts: readonly string[]) => parts.join(':');

  return {
    note(guildId, { discordId, by, added, removed }) {
      const at = now().getTime();
      for (const [key, edit] of edits) if (edit.at < at - KEPT_MS) edits.delete(key);
      const all = [...added.map((roleId) => ['added', roleId]), ...removed.map((roleId) => ['removed', roleId])];
      for (const [did = '', roleId = ''] of all) edits.set(keyOf(guildId, discordId, did, roleId), { by, at });
    },

    who(guildId, discordId, roleId, did) {
      const edit = edits.get(keyOf(guildId, discordId, did, roleId));
      return edit && edit.at >= now().getTime() - KEPT_MS ? edit.by : null;
    },
  };
}
