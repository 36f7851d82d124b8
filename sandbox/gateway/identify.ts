import { z } from 'zod';
import type { Application } from '../records.ts';
import type { World } from '../world.ts';
import { disallowedIntents, knownIntents } from './intents.ts';

const identifySchema = z.object({
  token: z.string(),
  intents: z.number(),
  shard: z.tuple([z.number().int(), z.number().int()]).optional(),
  large_threshold: z.number().optional(),
});

const guildsPerShard = 2_500;

export type Identified =
  | { kind: 'session'; token: string; application: Application; intents: number; shard: readonly [number, number] }
  | { kind: 'close'; code: number; reason: string }
  /** Too many at once: op 9, not resumable. */
  | { kind: 'invalid' };

/** Decides about an IDENTIFY: token, shard, intents, then how often and how many at once. */
export function createIdentify(world: World) {
  const lastStart = new Map<string, number>();

  return (data: unknown): Identified => {
    const read = identifySchema.safeParse(data);
    if (!read.success) return close(4002, 'Error while decoding payload.');
    const { token, intents, shard = [0, 1] as const } = read.data;
    const application = world.applicationOfBotToken(token);
    if (!application) return close(4004, 'Authentication failed.');
    const [shardId, shards] = shard;
    if (shardId < 0 || shards < 1 || shardId >= shards) return close(4010, 'Invalid shard.');
    if (guildsOf(application) > guildsPerShard * shards) return close(4011, 'Sharding required.');
    if (intents < 0 || intents & ~knownIntents) return close(4013, 'Invalid intent(s).');
    if (disallowedIntents(intents, application)) return close(4014, 'Disallowed intent(s).');
    return start(application, shardId) ?? { kind: 'session', token, application, intents, shard };
  };

  /** One start per 5 s and concurrency key; more than the day allows costs the token. */
  function start(application: Application, shardId: number): Identified | null {
    const { maxConcurrency, sessionStartsPerDay, timeScale } = world.settings;
    const now = world.now();
    const key = `${application.id} ${shardId % maxConcurrency}`;
    if (now - (lastStart.get(key) ?? -Infinity) < 5_000 * timeScale) return { kind: 'invalid' };
    lastStart.set(key, now);
    const starts = recentStarts(world, application);
    application.sessionStarts = [...starts, now];
    if (starts.length < sessionStartsPerDay) return null;
    world.revokeBotToken(application.id);
    return close(4004, 'Authentication failed.');
  }

  function guildsOf({ botId }: Application): number {
    return [...world.guilds.values()].filter(({ members }) => members.has(botId)).length;
  }
}

function close(code: number, reason: string): Identified {
  return { kind: 'close', code, reason };
}

/** Session starts of the last 24 hours. */
export function recentStarts(world: World, { sessionStarts }: Application): number[] {
  return sessionStarts.filter((at) => at > world.now() - 86_400_000);
}
