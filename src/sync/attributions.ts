/** An edit of a member's roles by somebody else, as Discord's audit log tells it. */
export interface RoleEdit {
  discordId: string;
  /** Discord id of who did it; null: nobody who has one, such as an integration. */
  by: string | null;
  added: readonly string[];
  removed: readonly string[];
}

/** What somebody last did to one role of one member. */
interface LastEdit {
  did: 'added' | 'removed';
  by: string | null;
  at: Date;
}

/** Who changed which role of whom lately: audit-log entries come as events of their own, before or after the member's. */
export interface Attributions {
  note(guildId: string, edit: RoleEdit): void;
  /** null: not known. */
  last(guildId: string, discordId: string, roleId: string): LastEdit | null;
  /** Discord id of the last one who did that to the role; null: not known. */
  who(guildId: string, discordId: string, roleId: string, did: LastEdit['did']): string | null;
}

const KEPT_MS = 5 * 60_000;

export function createAttributions({ now }: { now: () => Date }): Attributions {
  /** The oldest first. */
  const edits = new Map<string, LastEdit>();

  function forgetOld(): void {
    const until = now().getTime() - KEPT_MS;
    for (const [key, { at }] of edits) {
      if (at.getTime() >= until) return;
      edits.delete(key);
    }
  }

  function last(guildId: string, discordId: string, roleId: string): LastEdit | null {
    forgetOld();
    return edits.get(`${guildId}:${discordId}:${roleId}`) ?? null;
  }

  return {
    note(guildId, { discordId, by, added, removed }) {
      forgetOld();
      const at = now();
      const save = (did: LastEdit['did']) => (roleId: string) => {
        const key = `${guildId}:${discordId}:${roleId}`;
        edits.delete(key);
        edits.set(key, { did, by, at });
      };
      added.forEach(save('added'));
      removed.forEach(save('removed'));
    },

    last,

    who(guildId, discordId, roleId, did) {
      const edit = last(guildId, discordId, roleId);
      return edit?.did === did ? edit.by : null;
    },
  };
}
