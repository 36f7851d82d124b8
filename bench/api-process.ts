import { readConfig } from '../src/config.ts';
import { createLogger } from '../src/log.ts';
import { startApp } from '../src/app.ts';
import { environmentFor } from './bot.ts';
import { serve } from './child-process.ts';
import type { StartedDiscord } from './discord-process.ts';

const MOST = '1000000';

/** The whole bot in a process of its own, asked over HTTP; no rate limit of ours is in the way. */
const actions = {
  async start(place: StartedDiscord, databaseUrl: string): Promise<{ port: number; token: string }> {
    const env = { ...environmentFor(place, databaseUrl), RATE_LIMIT_PER_SESSION: MOST, RATE_LIMIT_AUTH: MOST };
    const config = readConfig(env);
    const log = createLogger({ level: config.logLevel });
    const { app, port, sessions } = await startApp(config, { log, commands: [] });
    const owner = await app.links.find(place.ownerId);
    if (!owner) throw new Error('the owner is not linked');
    const { token } = await sessions.start(owner);
    return { port, token };
  },
};

export type ApiActions = typeof actions;

serve(actions);
