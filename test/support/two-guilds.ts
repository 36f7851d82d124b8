import pino from 'pino';
import { createReadAllowance, ORDERED_READS_A_MINUTE } from '../../src/sync/read-allowance.ts';
import { createSyncServices } from '../../src/sync/sync-services.ts';
import type { Sync } from '../../src/sync/sync.ts';
import { createFakeDiscord, GUILD_ID } from './fake-discord.ts';
import { severalGuilds } from './several-guilds.ts';
import { aGroup, aMapping } from './stores.ts';
import { createSyncWorld } from './sync-world.ts';

export const OTHER_ID = '300000000000000001';

/** Two guilds, each with its pilots and a role for them, and what people may ask of the syncs there. */
export async function createTwoGuilds() {
  const other = createFakeDiscord(OTHER_ID);
  const world = await createSyncWorld({ otherGuilds: [other] });
  await world.settings.joined(OTHER_ID, 'Other', world.now());
  // A guild that the stores come with.
  await world.settings.left('guild', world.now());
  await world.mapping('pilots', 'pilot');
  await world.groups.create(aGroup({ id: 'crew', guildId: OTHER_ID, name: 'Crew' }));
  other.withRole('sailor');
  await world.mappings.create(aMapping({ id: 'm-other', guildId: OTHER_ID, groupId: 'crew', roleId: 'sailor' }));
  const failures: unknown[] = [];
  const guilds = severalGuilds([world.discord, other]);
  const servicesFor = (sync: Sync) =>
    createSyncServices({
      ...world,
      guilds,
      sync,
      allowance: createReadAllowance(ORDERED_READS_A_MINUTE, world),
      inBackground: (work) => void work.catch((error: unknown) => failures.push(error)),
      log: pino({ level: 'silent' }),
    });

  return {
    ...world,
    other,
    failures,
    servicesFor,
    ...servicesFor(world.sync),

    /** A linked member of both guilds, in the group of both. */
    async sailor(discordId: string): Promise<string> {
      world.discord.withMember(discordId);
      other.withMember(discordId);
      const accountId = await world.link(discordId);
      await world.addToGroup('pilots', discordId);
      await world.addToGroup('crew', discordId);
      return accountId;
    },

    async ended(runId: string) {
      for (let tries = 0; tries < 2_000; tries += 1) {
        const run = await world.runs.find(runId);
        if (run?.completedAt) return run;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      throw new Error('the run does not end');
    },
  };
}

/** Who may know of everybody, and who may not. */
export const OPERATOR = { accountId: 'operator', isOperator: true };
export const ADMIN = { accountId: 'admin', isOperator: false };
export const BOTH = { guildIds: [GUILD_ID, OTHER_ID] };
