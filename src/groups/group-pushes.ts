import type { LinkStore } from '../db/link-store.ts';
import type { WebhookStore } from '../db/webhook-store.ts';
import { readAnswer } from './http-answer.ts';
import type { PushedSource } from './push-source.ts';

/** What a host pushes: that an account changed, and how it is now (absent: it is to be asked). */
interface Push {
  /** Of the webhook: each counts once. */
  webhookId: string;
  /** When the webhook was signed, in whole seconds. */
  signedAt: Date;
  who: { externalId: string } | { accountId: string };
  facts?: unknown;
}

/** `queued`: his Discord users are looked at now; the others change nothing. */
type Pushed = 'queued' | 'unknown_user' | 'seen_before';

/** What hosts say by themselves of accounts. */
export interface GroupPushes {
  take(push: Push): Promise<Pushed>;
}

export interface GroupPushesParts {
  source: PushedSource;
  webhooks: Pick<WebhookStore, 'take'>;
  links: Pick<LinkStore, 'findByExternalId' | 'findAccount' | 'ofAccount'>;
  now: () => Date;
  /** Looks at them in every guild, in its own time. */
  syncUsersLater(discordIds: readonly string[]): void;
}

/** Senders try again for a day or two; what was taken once is nothing new so long. */
const REMEMBERED_MS = 3 * 86_400_000;

export function createGroupPushes({ source, webhooks, links, now, syncUsersLater }: GroupPushesParts): GroupPushes {
  return {
    async take({ webhookId, signedAt, who, facts }) {
      const account = await ('externalId' in who
        ? links.findByExternalId(who.externalId)
        : links.findAccount(who.accountId));
      const siblings = account ? await links.ofAccount(account.id) : [];
      const at = now();
      // From here on nothing can go wrong: a webhook that is noted has been taken in.
      if (!(await webhooks.take(webhookId, new Date(at.getTime() + REMEMBERED_MS)))) return 'seen_before';
      if (!account) return 'unknown_user';
      const id = account.externalId ?? account.id;
      if (facts === undefined) source.forget(id, signedAt);
      else source.told(id, readAnswer(facts, at), signedAt);
      syncUsersLater(siblings.map(({ discordId }) => discordId));
      return 'queued';
    },
  };
}
