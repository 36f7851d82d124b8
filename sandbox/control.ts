import { createServer } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import { z } from 'zod';
import { channelRoutes } from './control/channels.ts';
import { disturbanceRoutes } from './control/disturbances.ts';
import { ControlError, type Driven } from './control/driven.ts';
import { guildRoutes } from './control/guilds.ts';
import { interactionRoutes } from './control/interactions.ts';
import { memberRoutes } from './control/members.ts';
import { peopleRoutes } from './control/people.ts';
import { requestRoutes } from './control/requests.ts';
import { roleRoutes } from './control/roles.ts';
import { stateRoutes } from './control/state.ts';
import { controlPage } from './page.ts';

export interface Control {
  readonly url: string;
  close(): Promise<void>;
}

/** The port that drives everything; never the Discord port. `port` 0: any free one. The page stands at `/`, JSON under `/control`. */
export async function startControl(discord: Driven, port: number): Promise<Control> {
  const app = express().disable('x-powered-by').disable('etag');
  app.use(onlyLocal, controlPage());
  app.use(
    '/control',
    express.json({ limit: '1mb' }),
    stateRoutes(discord),
    peopleRoutes(discord),
    guildRoutes(discord),
    memberRoutes(discord),
    roleRoutes(discord),
    channelRoutes(discord),
    interactionRoutes(discord),
    disturbanceRoutes(discord),
    requestRoutes(discord),
  );
  app.use((request: Request) => {
    throw new ControlError(404, `the control port has no ${request.method} ${request.path}`);
  });
  app.use(errorAnswer);
  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the control port is not open');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Another site in the same browser must not drive this Discord. */
function onlyLocal(request: Request, _response: Response, next: NextFunction): void {
  const host = request.get('Host') ?? '';
  const origin = request.get('Origin');
  const isLocal = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host);
  if (isLocal && (origin === undefined || origin === `http://${host}`)) next();
  else next(new ControlError(403, 'the control port answers only to this machine and its own page'));
}

/** `{ error, issues? }`: 422 for input, 404 for what is not there, 409 for what cannot be done, 500 for a mistake of ours. */
function errorAnswer(error: unknown, _request: Request, response: Response, _next: NextFunction): void {
  if (response.headersSent) return;
  if (error instanceof z.ZodError) {
    const issues = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
    const first = issues.map((issue) => (issue.path === '' ? issue.message : `${issue.path}: ${issue.message}`));
    response.status(422).json({ error: first.join('; '), issues });
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  response.status(statusOf(error)).json({ error: message });
}

function statusOf(error: unknown): number {
  if (error instanceof ControlError) return error.status;
  // What express.json throws.
  if (error instanceof Error && 'status' in error && typeof error.status === 'number') return error.status;
  if (!(error instanceof Error) || error.name !== 'Error') return 500;
  return error.message.startsWith('no such ') ? 404 : 409;
}
