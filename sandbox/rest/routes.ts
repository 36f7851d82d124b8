import type { Gateway } from '../gateway.ts';
import type { Interactions } from '../interactions.ts';
import { applicationRoutes } from './applications.ts';
import type { Route } from './call.ts';
import { channelRoutes } from './channels.ts';
import { commandRoutes } from './commands.ts';
import { gatewayRoutes } from './gateway.ts';
import { guildRoutes } from './guilds.ts';
import { interactionRoutes } from './interactions.ts';
import { memberRoutes } from './members.ts';
import { roleConnectionRoutes } from './role-connections.ts';
import { roleRoutes } from './roles.ts';
import { userRoutes } from './users.ts';
import { webhookRoutes } from './webhooks.ts';

/** Every REST route of the local Discord. What is not here answers 501. The busiest come first. */
export function allRoutes({ gateway, interactions }: { gateway: Gateway; interactions: Interactions }): Route[] {
  return [
    ...memberRoutes,
    ...roleRoutes,
    ...guildRoutes,
    ...interactionRoutes(interactions),
    ...webhookRoutes(interactions),
    ...channelRoutes,
    ...userRoutes,
    ...commandRoutes,
    ...applicationRoutes,
    ...roleConnectionRoutes,
    ...gatewayRoutes(gateway),
  ];
}
