import { lte } from 'drizzle-orm';
import type { Database } from './database.ts';
import { seenWebhooks } from './schema.ts';

export type WebhookStore = ReturnType<typeof createWebhookStore>;

/** Webhooks that were taken; each counts once. */
export function createWebhookStore({ orm }: Pick<Database, 'orm'>) {
  return {
    /** Takes the webhook of that id: of several calls one gets true. It is remembered until `expiresAt`. */
    async take(id: string, expiresAt: Date): Promise<boolean> {
      const taken = orm.insert(seenWebhooks).values({ id, expiresAt }).onConflictDoNothing();
      return taken.returning({ id: seenWebhooks.id }).get() !== undefined;
    },

    async purgeExpired(now: Date): Promise<void> {
      orm.delete(seenWebhooks).where(lte(seenWebhooks.expiresAt, now)).run();
    },
  };
}
