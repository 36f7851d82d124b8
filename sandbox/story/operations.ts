import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { insist, insistOnWrites, type Step } from './scene.ts';
import { until } from './until.ts';

/** The bot as a process: it starts, it starts again, it keeps secrets. */
export const arrival: Step = {
  title: 'Rolewright starts, signs in to this Discord and registers its commands',
  play: async ({ bot, application, untilQuiet }) => {
    await bot.start();
    const { commands } = application;
    await until('the commands are registered', () => commands.size > 0);
    await untilQuiet();
    return [...commands.values()].map(({ name, type }) => (type === 1 ? `/${name}` : `“${name}”`)).join(' ');
  },
};

export const operations: Step[] = [
  {
    title:
      'The bot stops and starts again (Discord lets it sign in once in 5 s). Nothing has changed, so it writes nothing',
    play: async ({ bot, discord, run, answer, people, roles, holds, untilQuiet, watchWrites, rolesOf }) => {
      await untilQuiet();
      const writes = watchWrites();
      const exitCode = await bot.stop();
      insist(exitCode === 0, `the bot should stop with exit code 0, but ended with ${exitCode}`);
      const before = discord.requests.all.length;
      await bot.start();
      await until('the bot has looked at all members', () =>
        discord.requests.all.slice(before).some(({ path, method }) => method === 'GET' && path.endsWith('/members')),
      );
      await answer(run(people.mira, 'sync server', { dry_run: true }), /nothing to change/);
      await untilQuiet();
      insistOnWrites(writes(), 0);
      insist(holds(people.ben, roles.pilot), 'Ben lost @Pilot');
      return `no write call; ${rolesOf(people.ben)}`;
    },
  },
  {
    title: 'Somebody searches the log and the database for secrets',
    play: async ({ discord, bot, folder }) => {
      const files = await readdir(folder);
      const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'latin1')));
      const secrets = [...bot.secrets, ...discord.world.accessTokens.keys()];
      const leaks = files.filter((_, index) => secrets.some((secret) => texts[index]?.includes(secret)));
      insist(leaks.length === 0, `a secret stands in ${leaks.join(', ')}`);
      return `${files.length} files, ${secrets.length} secrets, none found`;
    },
  },
];
