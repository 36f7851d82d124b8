import { z } from 'zod';
import { instant } from '../fields.ts';
import { operation, type Operation } from '../operation.ts';
import { databaseTrouble, type Health } from './health.ts';

const noFigures = { configuredGuilds: 0, activeUsers: 0, lastSyncAt: null };

const status = z.object({
  module: z.literal('discord'),
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  message: z.string(),
  configured_guilds: z.int(),
  active_users: z.int(),
  last_sync_at: instant.nullable(),
  database_connected: z.boolean(),
  discord_api_healthy: z.boolean(),
});

/** GET /api/discord/status - for everybody: how the Discord module is. */
export function statusOperations({ health }: { health: Health }): Operation[] {
  return [
    operation({
      method: 'get',
      path: '/api/discord/status',
      id: 'getStatus',
      tag: 'Status',
      summary: 'How Rolewright is',
      who: 'all',
      answers: { 200: status },
      async handle({ req }) {
        const database = await databaseTrouble(health, (err) => {
          req.log.error({ err }, 'the database does not answer');
        });
        const gateway = health.gatewayTrouble();
        const trouble = gateway ?? health.sourceTrouble();
        const { configuredGuilds, activeUsers, lastSyncAt } = database === null ? await health.figures() : noFigures;
        return {
          status: 200,
          body: {
            module: 'discord',
            status: database !== null ? 'unhealthy' : trouble !== null ? 'degraded' : 'healthy',
            message: database ?? trouble ?? 'Everything works.',
            configured_guilds: configuredGuilds,
            active_users: activeUsers,
            last_sync_at: lastSyncAt,
            database_connected: database === null,
            discord_api_healthy: gateway === null,
          },
        };
      },
    }),
  ];
}
