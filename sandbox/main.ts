import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { startDiscord } from './discord.ts';
import { playStory, tellWhatToTry } from './story.ts';
import { createBot } from './story/bot.ts';
import { buildGuild } from './story/guild.ts';
import { createScene } from './story/scene.ts';

/** `npm run sandbox [-- --once] [-- --port 4400]`: a local Discord, the bot wired to it, and the main job as a story. */
const { once, port } = readArguments();
const discord = await startDiscord({ controlPort: port }).catch((error: unknown) => give(portWords(error)));
const folder = await mkdtemp(join(tmpdir(), 'rolewright-sandbox-'));
const botPort = await freePort();
const redirectUri = `http://127.0.0.1:${botPort}/api/discord/auth/callback`;
const story = buildGuild(discord.world, redirectUri);
const bot = createBot({ ...discord, application: story.application, port: botPort, folder });
const scene = createScene(discord, story, bot, folder);

let isStopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));

console.log(`\nA local Discord is up, with the server “${story.guild.name}”.\n`);
const isTrue = await playStory(scene);
if (once || !isTrue) await stop(isTrue ? 0 : 1);
else if (!isStopping) tellWhatToTry(scene);

/** Stops the bot, then Discord, and leaves nothing behind. */
async function stop(exitCode: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await bot.stop();
  await discord.close();
  await rm(folder, { recursive: true, force: true });
  console.log(exitCode === 0 ? '\nAll stopped.' : '\nThe story did not come true; all stopped.');
  process.exit(exitCode);
}

function readArguments(): { once: boolean; port: number } {
  try {
    const { values } = parseArgs({
      options: { once: { type: 'boolean', default: false }, port: { type: 'string', default: '0' } },
    });
    const wanted = Number(values.port);
    const isPort = Number.isInteger(wanted) && wanted >= 0 && wanted < 65_536;
    if (isPort) return { once: values.once, port: wanted };
    return give('--port takes a number up to 65535, the port of the page.');
  } catch (error) {
    return give(error instanceof Error ? error.message : String(error));
  }
}

function portWords(error: unknown): string {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return isTaken ? `Port ${port} is in use. Choose another one: npm run sandbox -- --port <number>` : String(error);
}

function give(words: string): never {
  console.error(words);
  process.exit(1);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('there is no free port');
  return address.port;
}
