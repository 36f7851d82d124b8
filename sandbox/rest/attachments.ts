import { Router } from 'express';
import type { World } from '../world.ts';

/** The files of messages and options, where `url` says they are. */
export function attachmentFiles(world: World): Router {
  const router = Router();
  router.get('/:channel_id/:attachment_id/:filename', (request, response) => {
    const attachment = world.attachments.get(request.params.attachment_id);
    if (attachment) response.type(attachment.contentType).send(attachment.content);
    else response.sendStatus(404);
  });
  return router;
}
