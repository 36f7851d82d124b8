/** Nicknames that Discord did not take: they are not tried again at each look. */
export interface RefusedNicks {
  note(guildId: string, discordId: string, nick: string): void;
  has(guildId: string, discordId: string, nick: string): boolean;
}

const REMEMBERED_MS = 24 * 60 * 60_000;

export function createRefusedNicks({ now }: { now: () => Date }): RefusedNicks {
  /** The longest ago first. */
  const refused = new Map<string, { nick: string; at: number }>();
  return {
    note(guildId, discordId, nick) {
      const at = now().getTime();
      const key = `${guildId}:${discordId}`;
      refused.delete(key);
      refused.set(key, { nick, at });
      for (const [other, entry] of refused) {
        if (entry.at > at - REMEMBERED_MS) return;
        refused.delete(other);
      }
    },
    has(guildId, discordId, nick) {
      const entry = refused.get(`${guildId}:${discordId}`);
      return entry?.nick === nick && entry.at > now().getTime() - REMEMBERED_MS;
    },
  };
}
