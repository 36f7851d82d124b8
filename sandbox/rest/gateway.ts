import type { Gateway } from '../gateway.ts';
import type { Application } from '../records.ts';
import type { World } from '../world.ts';
import { botOf, json, type Route } from './call.ts';

/** Where the gateway is, and how often it may be entered. */
export function gatewayRoutes(gateway: Gateway): Route[] {
  return [
    { method: 'GET', path: '/gateway', auth: 'nobody', handle: ({ world }) => json({ url: socketUrl(world.baseUrl) }) },
    {
      method: 'GET',
      path: '/gateway/bot',
      handle: (call) =>
        json({
          url: socketUrl(call.world.baseUrl),
          shards: shardsFor(call.world, botOf(call)),
          session_start_limit: gateway.startLimits(botOf(call)),
        }),
    },
  ];
}

/** What Discord recommends: a shard for every thousand guilds. */
function shardsFor({ guilds }: World, { botId }: Application): number {
  const joined = [...guilds.values()].filter(({ members }) => members.has(botId)).length;
  return Math.max(1, Math.ceil(joined / 1_000));
}

function socketUrl(baseUrl: string): string {
  return baseUrl.replace('http', 'ws');
}
