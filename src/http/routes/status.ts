import { Router } from 'express';
import { only } from '../problem.ts';
import { databaseTrouble, type Health } from './health.ts';

const noFigures = { configuredGuilds: 0, activeUsers: 0, lastSyncAt: null };

/** GET /api/discord/status - for everybody: how the Discord module is. */
export function statusRoutes({ health }: { health: Health }): Router {
  const router = Router();
  router
    .route('/api/discord/status')
    .get(async (req, res) => {
      const database = await databaseTrouble(health, (err) => {
        req.log.error({ err }, 'the database does not answer');
      });
      const gateway = health.gatewayTrouble();
      const { configuredGuilds, activeUsers, lastSyncAt } = database === null ? await health.figures() : noFigures;
      res.json({
        module: 'discord',
        status: database !== null ? 'unhealthy' : gateway !== null ? 'degraded' : 'healthy',
        message: database ?? gateway ?? 'Everything works.',
        configured_guilds: configuredGuilds,
        active_users: activeUsers,
        last_sync_at: lastSyncAt,
        database_connected: database === null,
        discord_api_healthy: gateway === null,
      });
    })
    .all(only('GET', 'HEAD'));
  return router;
}
