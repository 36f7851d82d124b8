import type { Gateway } from '../gateway.ts';
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
          shards: 1,
          session_start_limit: gateway.startLimits(botOf(call)),
        }),
    },
  ];
}

function socketUrl(baseUrl: string): string {
  return baseUrl.replace('http', 'ws');
}
