import { Router } from 'express';
import { only } from '../problem.ts';

/** How Rolewright is, asked from its parts. */
export interface Health {
  /** Rejects when the database does not answer. */
  pingDatabase(): Promise<void>;
  /** null: the gateway is ready; else why it is not, in words. */
  gatewayTrouble(): string | null;
  figures(): Promise<{ configuredGuilds: number; activeUsers: number; lastSyncAt: Date | null }>;
}

/** GET /livez: the process answers. GET /readyz: it can do its work; else 503 says what hinders it. */
export function healthRoutes({ health }: { health: Health }): Router {
  const router = Router();
  router
    .route('/livez')
    .get((_req, res) => {
      res.json({ status: 'alive' });
    })
    .all(only('GET', 'HEAD'));
  router
    .route('/readyz')
    .get(async (req, res) => {
      const database = await databaseTrouble(health, (err) => {
        req.log.error({ err }, 'the database does not answer');
      });
      const gateway = health.gatewayTrouble();
      const isReady = database === null && gateway === null;
      res.status(isReady ? 200 : 503).json({
        status: isReady ? 'ready' : 'not_ready',
        checks: { database: database ?? 'ok', gateway: gateway ?? 'ok' },
      });
    })
    .all(only('GET', 'HEAD'));
  return router;
}

/** null: it answers. What the driver says goes to the log: it may name files. */
export async function databaseTrouble(
  health: Pick<Health, 'pingDatabase'>,
  onTrouble: (error: unknown) => void,
): Promise<string | null> {
  try {
    await health.pingDatabase();
    return null;
  } catch (error) {
    onTrouble(error);
    return 'The database does not answer; the log says why.';
  }
}
