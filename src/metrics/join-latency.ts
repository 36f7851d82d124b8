import type { GuildEvents } from '../sync/guild-events.ts';
import type { RoleWriter, WriteAnswer } from '../sync/ports.ts';

/** Measures from the event that somebody joined until Discord has taken his first role. */
export interface JoinLatency {
  events(events: GuildEvents): GuildEvents;
  writer(writer: RoleWriter): RoleWriter;
}

/** @param steadyMs a clock that nobody sets */
export function createJoinLatency({
  steadyMs,
  note,
}: {
  steadyMs: () => number;
  note: (ms: number) => void;
}): JoinLatency {
  /** Who is being looked at because he joined, and since when. */
  const joined = new Map<string, number>();

  async function written(guildId: string, discordId: string, write: Promise<WriteAnswer>): Promise<WriteAnswer> {
    const answer = await write;
    const key = keyOf(guildId, discordId);
    const since = joined.get(key);
    if (since !== undefined && answer.outcome === 'applied') {
      joined.delete(key);
      note(steadyMs() - since);
    }
    return answer;
  }

  return {
    events: (events) => ({
      ...events,
      async memberJoined(guildId, member) {
        const key = keyOf(guildId, member.discordId);
        joined.set(key, steadyMs());
        try {
          await events.memberJoined(guildId, member);
        } finally {
          joined.delete(key);
        }
      },
    }),

    writer: (writer) => ({
      ...writer,
      addRole: (guildId, discordId, ...rest) =>
        written(guildId, discordId, writer.addRole(guildId, discordId, ...rest)),
      editMember: (guildId, discordId, ...rest) =>
        written(guildId, discordId, writer.editMember(guildId, discordId, ...rest)),
    }),
  };
}

function keyOf(guildId: string, discordId: string): string {
  return `${guildId}:${discordId}`;
}
