import { z } from 'zod';
import { operation, type Operation } from '../operation.ts';

/** How Rolewright is, asked from its parts. */
export interface Health {
  /** Rejects when the database does not answer. */
  pingDatabase(): Promise<void>;
  /** null: the gateway is ready; else why it is not, in words. */
  gatewayTrouble(): string | null;
  /** null: the source of groups answers, or there is none; else what that means, in words. */
  sourceTrouble(): string | null;
  figures(): Promise<{ configuredGuilds: number; activeUsers: number; lastSyncAt: Date | null }>;
}

const alive = z.object({ status: z.literal('alive') });
const readiness = z
  .object({
    status: z.enum(['ready', 'not_ready']),
    checks: z.object({ database: z.string(), gateway: z.string() }).meta({ description: '`ok`, or what hinders it.' }),
  })
  .meta({ id: 'Readiness' });

/** GET /livez: the process answers. GET /readyz: it can do its work; else 503 says what hinders it. */
export function healthOperations({ health }: { health: Health }): Operation[] {
  return [
    operation({
      method: 'get',
      path: '/livez',
      id: 'isAlive',
      tag: 'Status',
      summary: 'Whether the process answers',
      who: 'all',
      isProbe: true,
      answers: { 200: alive },
      handle: async () => ({ status: 200, body: { status: 'alive' } }),
    }),
    operation({
      method: 'get',
      path: '/readyz',
      id: 'isReady',
      tag: 'Status',
      summary: 'Whether it can do its work',
      who: 'all',
      isProbe: true,
      answers: { 200: readiness, 503: readiness },
      async handle({ req }) {
        const database = await databaseTrouble(health, (err) => {
          req.log.error({ err }, 'the database does not answer');
        });
        const gateway = health.gatewayTrouble();
        const checks = { database: database ?? 'ok', gateway: gateway ?? 'ok' };
        return database === null && gateway === null
          ? { status: 200, body: { status: 'ready', checks } }
          : { status: 503, body: { status: 'not_ready', checks } };
      },
    }),
  ];
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
