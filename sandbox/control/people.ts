import { Router } from 'express';
import { z } from 'zod';
import { userPayload } from '../payloads.ts';
import { must } from '../world/state.ts';
import { authorizationsOf } from '../oauth/authorizations.ts';
import { bodyOf, snowflake, type Driven } from './driven.ts';

/** Users and applications, and what ends their tokens. */
export function peopleRoutes({ world }: Driven): Router {
  const router = Router();
  router.post('/users', (request, response) => {
    const { username, global_name } = bodyOf(request, {
      username: z.string().min(1).max(32),
      global_name: z.string().max(32).nullable().default(null),
    });
    response.status(201).json(userPayload(world.addUser({ username, globalName: global_name })));
  });

  router.post('/applications', (request, response) => {
    const { name, redirect_uris } = bodyOf(request, {
      name: z.string().min(1).max(32).default('Rolewright'),
      redirect_uris: z.array(z.url()).default([]),
    });
    const application = world.addApplication({ name, redirectUris: redirect_uris });
    const { id, clientSecret, botToken } = application;
    response.status(201).json({ client_id: id, client_secret: clientSecret, bot_token: botToken });
  });

  router.patch('/applications/:application_id', (request, response) => {
    const application = must(world.applications.get(request.params.application_id), 'application');
    const change = bodyOf(request, {
      redirect_uris: z.array(z.url()).optional(),
      portal_intents: z
        .strictObject({ guildMembers: z.boolean(), presences: z.boolean(), messageContent: z.boolean() })
        .partial()
        .optional(),
    });
    if (change.redirect_uris) application.redirectUris = change.redirect_uris;
    Object.assign(application.portalIntents, change.portal_intents);
    response.sendStatus(204);
  });

  /** As when the owner resets the token and keeps the new one to himself. */
  router.delete('/applications/:application_id/bot-token', (request, response) => {
    world.revokeBotToken(request.params.application_id);
    response.sendStatus(204);
  });

  /** As when the user removes the application under "Authorized Apps". */
  router.delete('/applications/:application_id/authorizations/:user_id', (request, response) => {
    const { application_id, user_id } = request.params;
    authorizationsOf(world).revoke(snowflake.parse(application_id), snowflake.parse(user_id));
    response.sendStatus(204);
  });
  return router;
}
