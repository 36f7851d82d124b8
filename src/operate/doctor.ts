import manifest from '../../package.json' with { type: 'json' };
import { ConfigError, readConfig, VARIABLES, type Config } from '../config.ts';
import { openForReading } from '../db/database.ts';
import { createGuildStore } from '../db/guild-store.ts';
import { createMappingStore } from '../db/mapping-store.ts';
import type { Command } from '../discord/command.ts';
import { checkGroups, checkHostKeys } from './check-addresses.ts';
import { checkDatabase } from './check-database.ts';
import { checkApplication, checkCommands, checkReach } from './check-discord.ts';
import { checkGuilds, type KnownGuild } from './check-guilds.ts';
import { checkKeys } from './check-keys.ts';
import { createDiscordQuestions } from './discord-question.ts';
import { mend, ok, type Finding } from './finding.ts';

/** Everything that can be found out from here about whether Rolewright can work, as it is found out. Changes nothing. */
export async function* examine(
  env: Record<string, string | undefined>,
  { commands, nowMs }: { commands: readonly Command[]; nowMs: () => number },
): AsyncGenerator<Finding, void, void> {
  const config = configOf(env);
  if (Array.isArray(config)) {
    yield* config.map(mend);
    return;
  }
  const set = VARIABLES.filter((name) => env[name]?.trim()).length;
  yield ok(`configuration: ${set} of ${VARIABLES.length} settings are set, the others have their defaults`);

  const { findings, isUsable } = checkDatabase(config.databaseUrl);
  yield* findings;
  if (isUsable) yield* await checkKeys(config.databaseUrl, config.encryptionKeys);

  const { discord } = config;
  const ask = createDiscordQuestions({ ...discord, version: manifest.version, nowMs });
  const reach = await checkReach(ask, discord);
  yield* reach.findings;
  if (reach.isIn) {
    yield* await checkApplication(ask, discord);
    yield await checkCommands(ask, discord.clientId, commands);
    yield* await checkGuilds(ask, isUsable ? await knownGuilds(config.databaseUrl) : []);
  }

  yield* await checkGroups(config.groups);
  yield* await checkHostKeys(config.hostApplication);
}

function configOf(env: Record<string, string | undefined>): Config | string[] {
  try {
    return readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return [...error.problems];
    throw error;
  }
}

/** What is stored of the guilds that the bot has not left, and whose configuration stands. */
async function knownGuilds(databaseUrl: string): Promise<KnownGuild[]> {
  const database = openForReading(databaseUrl);
  try {
    const mappings = createMappingStore(database);
    const here = (await createGuildStore(database).all()).filter(
      ({ leftAt, removedAt }) => leftAt === null && removedAt === null,
    );
    return await Promise.all(
      here.map(async (settings) => ({ settings, mappings: await mappings.ofGuild(settings.guildId) })),
    );
  } finally {
    database.close();
  }
}
