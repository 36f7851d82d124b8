import process from 'node:process';
import { commands } from '../commands/index.ts';
import { startApp } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { DatabaseError } from './db/database.ts';
import { isPassing } from './discord/rest.ts';
import { createLogger } from './log.ts';

/** An error whose message is all that the operator needs: no stack, exit code 1. */
function isPlain(error: unknown): error is Error {
  return error instanceof ConfigError || error instanceof DatabaseError;
}

try {
  const config = readConfig(process.env);
  const log = createLogger({ level: config.logLevel });
  process.on('uncaughtException', (err) => {
    // discord.js stops listening to a gateway socket that is still connecting when it lets go of it.
    if (isPassing(err)) return log.warn({ err }, 'a connection that nobody waits for failed');
    log.fatal({ err }, 'Rolewright met an error that it cannot get over');
    process.exit(1);
  });
  const running = await startApp(config, { log, commands });
  log.info({ port: running.port }, 'Rolewright listens');

  let isStopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    log.info({ signal }, 'stopping');
    await running.stop();
    log.info('stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
} catch (error) {
  process.stderr.write(`${isPlain(error) ? error.message : String(error)}\n`);
  process.exit(1);
}
