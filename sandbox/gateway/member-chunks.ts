import { GatewayIntentBits } from 'discord-api-types/v10';
import { z } from 'zod';
import { memberPayload } from '../payloads.ts';
import type { Guild } from '../records.ts';
import type { World } from '../world.ts';
import type { Session } from './session.ts';

const requestSchema = z.object({
  guild_id: z.string(),
  query: z.string().optional(),
  limit: z.number().int().nonnegative().default(0),
  presences: z.boolean().optional(),
  user_ids: z.union([z.string().transform((id) => [id]), z.array(z.string()).max(100)]).optional(),
  nonce: z.string().optional(),
});

type ChunkRequest = z.infer<typeof requestSchema>;

const chunkSize = 1_000;

/** Answers REQUEST_GUILD_MEMBERS (op 8). A whole list may be had once per guild and 30 s. */
export function createMemberChunks(world: World) {
  const lastFullList = new Map<string, number>();

  return (session: Session, data: unknown): void => {
    const request = requestSchema.safeParse(data).data;
    const guild = request && world.guilds.get(request.guild_id);
    if (!request || !guild?.members.has(session.application.botId)) return;
    const isFullList = request.user_ids === undefined && request.query === '' && request.limit === 0;
    if (isFullList) {
      if (!(session.intents & GatewayIntentBits.GuildMembers)) return;
      const waitMs = waitForFullList(session, guild);
      if (waitMs > 0) return limited(session, request, waitMs);
    }
    if (!isFullList && request.user_ids === undefined && request.query === undefined) return;
    sendChunks(session, guild, request, memberIds(guild, request));
  };

  function waitForFullList({ application }: Session, guild: Guild): number {
    const key = `${application.id} ${guild.id}`;
    const now = world.now();
    const waitMs = (lastFullList.get(key) ?? -Infinity) + 30_000 * world.settings.timeScale - now;
    if (waitMs <= 0) lastFullList.set(key, now);
    return waitMs;
  }

  function memberIds(guild: Guild, { user_ids, query = '', limit }: ChunkRequest): readonly string[] {
    if (user_ids) return user_ids.filter((id) => guild.members.has(id));
    if (query === '' && limit === 0) return world.memberIdsInOrder(guild);
    const prefix = query.toLowerCase();
    const found: string[] = [];
    for (const { userId, nick } of guild.members.values()) {
      if (found.length === Math.min(limit || 100, 100)) break;
      const name = world.users.get(userId)?.username.toLowerCase();
      if (name?.startsWith(prefix) || nick?.toLowerCase().startsWith(prefix)) found.push(userId);
    }
    return found;
  }

  /** One chunk per turn of the event loop, so that a large guild does not hold up everything else. */
  function sendChunks(session: Session, guild: Guild, request: ChunkRequest, ids: readonly string[]): void {
    const count = Math.max(1, Math.ceil(ids.length / chunkSize));
    const notFound = request.user_ids?.filter((id) => !guild.members.has(id));
    const withPresences = request.presences === true && session.intents & GatewayIntentBits.GuildPresences;
    const send = (index: number): void => {
      session.dispatch('GUILD_MEMBERS_CHUNK', {
        guild_id: guild.id,
        members: ids.slice(index * chunkSize, (index + 1) * chunkSize).flatMap((id) => payload(guild, id)),
        chunk_index: index,
        chunk_count: count,
        ...(notFound && { not_found: notFound }),
        ...(withPresences && { presences: [] }),
        ...nonceOf(request.nonce),
      });
      if (index + 1 < count) setImmediate(send, index + 1);
    };
    send(0);
  }

  function payload(guild: Guild, id: string): object[] {
    const user = world.users.get(id);
    const member = guild.members.get(id);
    return user && member ? [memberPayload(user, member)] : [];
  }
}

function limited(session: Session, { guild_id, nonce }: ChunkRequest, waitMs: number): void {
  const meta = { guild_id, ...nonceOf(nonce) };
  session.dispatch('RATE_LIMITED', { opcode: 8, retry_after: waitMs / 1_000, meta });
}

/** A nonce of more than 32 bytes is not sent back. */
function nonceOf(nonce: string | undefined): { nonce?: string } {
  return nonce !== undefined && Buffer.byteLength(nonce) <= 32 ? { nonce } : {};
}
