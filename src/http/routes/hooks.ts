import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { GroupPushes } from '../../groups/group-pushes.ts';
import { hostAnswer } from '../../host-answer.ts';
import { text, uuid } from '../fields.ts';
import { operation, type Operation } from '../operation.ts';
import { provenWebhook } from '../webhook-signature.ts';

/** What proves a webhook, and what becomes of it. */
export interface GroupHook {
  secret: string;
  pushes: GroupPushes;
}

const push = z
  .strictObject({
    external_id: text(200, 1).optional().meta({ description: 'How your application calls the account.' }),
    user_id: uuid.optional().meta({ description: 'Or how Rolewright does.' }),
    facts: hostAnswer.optional().meta({
      description:
        'How the account is now, in the shape that GROUPS_URL answers with. Left out: Rolewright asks for it.',
      example: { groups: [{ id: 'pilots' }], characters: 2 },
    }),
  })
  .refine((body) => (body.external_id === undefined) !== (body.user_id === undefined), {
    error: 'name the account by external_id or by user_id, not by both',
  })
  .meta({ id: 'GroupPush', example: { external_id: '42', facts: { groups: [{ id: 'pilots' }] } } });

const result = z
  .enum(['queued', 'unknown_user', 'seen_before'])
  .meta({ description: 'queued: it is looked at now. The others change nothing.' });

/** @param hook null: no secret is configured, so that nothing is there */
export function hookOperations({ hook }: { hook: GroupHook | null }): Operation[] {
  function insist(): GroupHook {
    if (!hook) throw new AppError('not_found', 'Webhooks are not set up here: GROUPS_HOOK_SECRET is missing.');
    return hook;
  }

  return [
    operation({
      method: 'post',
      path: '/api/hooks/groups',
      id: 'pushGroups',
      tag: 'Hooks',
      summary: 'Say that an account has changed',
      description:
        'Standard Webhooks: signed with GROUPS_HOOK_SECRET within the last 5 minutes; each webhook-id counts once. ' +
        'The roles of its Discord users follow within seconds, as far as the blast-radius guard lets them. Facts that may ' +
        'be older than what is known (webhook-timestamp, whole seconds) are not believed: the host is asked instead. ' +
        'Where it has no address, facts that were signed before the last ones change nothing.',
      who: 'webhook',
      problems: ['not_found', 'webhook_refused'],
      body: push,
      answers: { 202: z.object({ result }) },
      authorize: async () => insist(),
      prove: (req) => void provenWebhook(req, insist().secret),
      async handle({ body, req, allowed: { secret, pushes } }) {
        const { external_id: externalId, user_id: accountId = '', facts } = body;
        const who = externalId === undefined ? { accountId } : { externalId };
        const { id: webhookId, signedAt } = provenWebhook(req, secret);
        const pushed = await pushes.take({ webhookId, signedAt, who, ...(facts && { facts }) });
        return { status: 202, body: { result: pushed } };
      },
    }),
  ];
}
