import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'discord.js';
import { createApi } from './app/api.ts';
import { createBase, type Overrides } from './app/base.ts';
import { createDiscord } from './app/discord.ts';
import { createGroups, createSources } from './app/groups.ts';
import { createIdentity, createTokens } from './app/identity.ts';
import { createSyncsLater } from './app/later.ts';
import { createStores } from './app/stores.ts';
import type { Config } from './config.ts';
import { openDatabase } from './db/database.ts';
import type { Attachments } from './discord/attachments.ts';
import { createAuditChannel } from './discord/audit-channel.ts';
import { createClient } from './discord/client.ts';
import type { Command } from './discord/command.ts';
import { listenToInteractions } from './discord/dispatch.ts';
import { listenToGuilds } from './discord/events.ts';
import { createGuildJoiner } from './discord/guild-join.ts';
import { observeRest } from './discord/observe-rest.ts';
import { registerCommands } from './discord/register.ts';
import { steadyNow } from './discord/rest.ts';
import { createRoleWriter } from './discord/role-writer.ts';
import type { GroupImports } from './groups/group-imports.ts';
import type { GroupsOfGuilds } from './groups/local-groups.ts';
import type { Links } from './identity/links.ts';
import { tellLostKeys } from './identity/sealed-tokens.ts';
import type { Sessions } from './identity/sessions.ts';
import { startClock } from './jobs/clock.ts';
import { createJobs } from './jobs/jobs.ts';
import type { Logger } from './log.ts';
import { createJoinLatency } from './metrics/join-latency.ts';
import { createAttributions } from './sync/attributions.ts';
import { createGuildConfigs, type GuildConfigs } from './sync/guild-configs.ts';
import { createGuildEvents } from './sync/guild-events.ts';
import { createHistory, type History } from './sync/history.ts';
import { createMappings, type Mappings } from './sync/mappings.ts';
import type { AuditChannel } from './sync/notices.ts';
import { wakeOwnBots } from './sync/own-bots.ts';
import type { GuildPlaces, GuildReader } from './sync/ports.ts';
import type { Runs } from './sync/runs.ts';
import { createSync, type Sync } from './sync/sync.ts';
import { tellRuns } from './sync/told-runs.ts';
import { createWitness } from './sync/witness.ts';

/** What commands and routes may use. */
export interface App {
  attachments: Attachments;
  guilds: GuildReader & GuildPlaces;
  guildConfigs: GuildConfigs;
  groups: GroupsOfGuilds;
  groupImports: GroupImports;
  links: Links;
  mappings: Mappings;
  sync: Sync;
  runs: Runs;
  history: History;
}

export interface RunningApp {
  app: App;
  sessions: Sessions;
  port: number;
  stop(): Promise<void>;
}

/** How long the write in flight may take to finish when Rolewright stops; everything together stays under 5 s. */
const FINISH_MS = 3_000;

/** Of Discord's 50 requests a second so many may be writes of roles: people who wait ask for more than that. */
const WRITES_SHARE = 0.8;

/** Builds everything and starts it. Settles when the HTTP server listens; Discord may come later. */
export async function startApp(
  config: Config,
  { log: root, commands }: { log: Logger; commands: readonly Command[] },
  overrides: Overrides = {},
): Promise<RunningApp> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const base = createBase(config, root, signal, overrides);
  const { metrics, log, inBackground, now, newId, wait, retry, seenWithinMs, globalLimit } = base;

  const database = openDatabase(config.databaseUrl);
  const stores = createStores(database, metrics);
  const { settings, mappings, grants, runs, links, suppressions, configChanges } = stores;
  const discord = createDiscord(base, createWiredClient);
  const { rest, session, guildBots, guilds } = discord;
  const sources = createSources(base, stores);
  const { facts } = sources;
  const identityTokens = createTokens(base, stores);
  const { tokens, vault } = identityTokens;

  const channel = createAuditChannel({ rest, settings, guilds, runs, log: log('audit'), retry, signal });
  // Nobody waits until the admins have been told.
  const audit: AuditChannel = {
    tell: async (guildId, notice) => inBackground('audit', channel.tell(guildId, notice)),
  };
  const joins = createJoinLatency({ steadyMs: () => performance.now(), note: metrics.roleAfterJoin });
  const witness = createWitness({ now, sleep: wait });
  const attributions = createAttributions({ now });
  const synced = { settings, mappings, grants, runs, links, suppressions, configChanges };
  const sync = createSync({
    ...synced,
    runs: tellRuns(runs, audit),
    guilds,
    writer: joins.writer(createRoleWriter(guildBots.rest)),
    joiner: createGuildJoiner({ rest, accessTokenOf: tokens.accessTokenOf }),
    buckets: guildBots.rest.buckets,
    writesPerSecond: (globalLimit.limit / globalLimit.windowMs) * 1000 * WRITES_SHARE,
    writeWaited: metrics.writeWaited,
    facts,
    witness,
    attributions,
    audit,
    retry,
    seenWithinMs,
    now,
    steady: steadyNow,
    sleep: wait,
    random: Math.random,
    newId,
    log: log('sync'),
  });
  const events = joins.events(
    createGuildEvents({ ...synced, sync, guilds, witness, attributions, audit, now, log: log('sync') }),
  );
  const later = createSyncsLater(base, sync);
  const { syncGuildLater, syncUsersLater } = later;

  const mappingRules = createMappings({
    mappings,
    settings,
    configChanges,
    guilds,
    facts,
    sync,
    syncLater: syncGuildLater,
    now,
    newId,
  });
  const removeMappings = mappingRules.remove;
  const { localGroups, groupImports, hook } = createGroups(base, stores, discord, sources, { removeMappings, later });
  const identity = createIdentity(base, database, stores, discord, identityTokens, sync);
  const app: App = {
    attachments: discord.attachments,
    guilds,
    sync,
    runs: sync.runs,
    history: createHistory(synced),
    mappings: mappingRules,
    groups: localGroups,
    groupImports,
    guildConfigs: createGuildConfigs({
      settings,
      guilds,
      mappings: mappingRules,
      mappingStore: mappings,
      removeGroups: localGroups.removeAll,
      configChanges,
      ownBots: guildBots,
      allowance: identity.allowance,
      seal: vault.seal,
      sync,
      syncLater: syncGuildLater,
      discord: config.discord,
      now,
    }),
    links: identity.links,
  };

  function createWiredClient(): Client {
    const client = createClient(config.discord);
    observeRest(client.rest, metrics);
    listenToGuilds(client, events, { bots: guildBots, log: log('events'), signal });
    listenToInteractions(client, { commands, app, log: log('commands') });
    return client;
  }

  let commandTrouble: string | null = null;
  const http = createApi(base, database, stores, {
    app,
    localGroups,
    hook,
    identity,
    gatewayTrouble: () =>
      signal.aborted ? 'Rolewright is stopping.' : (session.problem() ?? rest.problem() ?? commandTrouble),
    gatewayNow: discord.gatewayNow,
    isGroupsSourceUp: () => sources.host?.isUp() ?? null,
  });
  await wakeOwnBots({ settings, open: vault.open, ownBots: guildBots, log: log('guild bots') });
  const { port } = await http.listen();
  inBackground(
    'tokens',
    tellLostKeys({ links, guilds: settings, keys: config.encryptionKeys, signal, log: log('tokens') }),
  );
  const connect = async (): Promise<void> => {
    const outcome = await session.start();
    const applicationId = config.discord.clientId;
    if (outcome !== 'in') return;
    const answer = await registerCommands({ rest, applicationId, commands, log: log('commands'), signal });
    if (answer === 'refused') commandTrouble = COMMANDS_REFUSED;
  };
  inBackground('gateway', connect());
  const jobs = createJobs({
    ...stores,
    guilds,
    forgetUnreachable: identity.accounts.forgetUnreachable,
    expireHolds: sync.expireHolds,
    refreshTokens: async (ends) => void (await tokens.refreshDue(ends)),
    async checkGuild(guildId) {
      await guildBots.refresh(guildId);
      await events.guildChecked(guildId);
    },
    retentionDays: config.retentionDays,
    guildSeenLater(guildId) {
      const name = guilds.guild(guildId)?.name;
      if (name !== undefined) inBackground('events', events.guildSeen(guildId, name));
    },
    syncGuildLater,
    syncUsersLater,
    syncIntervalMs: config.syncIntervalMs,
    now,
  });
  const clock = startClock(jobs, log('jobs'));

  return {
    app,
    sessions: identity.sessions,
    port,
    async stop() {
      stopping.abort();
      await clock.stop();
      await Promise.all([Promise.race([sync.stop(), sleep(FINISH_MS, undefined, { ref: false })]), http.close()]);
      await tokens.stop();
      await session.stop();
      database.close();
    },
  };
}

const COMMANDS_REFUSED =
  'Discord refuses to take the slash commands. Check that DISCORD_CLIENT_ID and DISCORD_BOT_TOKEN are of the same application, and restart Rolewright.';
