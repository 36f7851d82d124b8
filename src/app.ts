import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'discord.js';
import type { Config } from './config.ts';
import manifest from '../package.json' with { type: 'json' };
import { createConfigChangeStore } from './db/config-change-store.ts';
import { createAccountStore } from './db/account-store.ts';
import { openDatabase } from './db/database.ts';
import { createGrantStore } from './db/grant-store.ts';
import { createGroupStore } from './db/group-store.ts';
import { createGuildStore, type GuildStore } from './db/guild-store.ts';
import { createLinkStore, type LinkStore } from './db/link-store.ts';
import { createMappingStore } from './db/mapping-store.ts';
import { createPersonalStore } from './db/personal-store.ts';
import { createReadMemory } from './db/read-memory.ts';
import { createRunStore } from './db/run-store.ts';
import { createSessionStore } from './db/session-store.ts';
import { createStateStore } from './db/state-store.ts';
import { createSuppressionStore } from './db/suppression-store.ts';
import { createWebhookStore } from './db/webhook-store.ts';
import { createAttachments, type Attachments } from './discord/attachments.ts';
import { createAuditChannel } from './discord/audit-channel.ts';
import { createClient } from './discord/client.ts';
import type { Command } from './discord/command.ts';
import { listenToInteractions } from './discord/dispatch.ts';
import { listenToGuilds } from './discord/events.ts';
import { createGuildBots } from './discord/guild-bots.ts';
import { createGuildJoiner } from './discord/guild-join.ts';
import { createGuildReader } from './discord/guild-reader.ts';
import { observeRest } from './discord/observe-rest.ts';
import type { RequestLimit } from './discord/request-gate.ts';
import { registerCommands } from './discord/register.ts';
import { BAD_GUILD_TOKEN, createRest, GLOBAL_LIMIT, steadyNow } from './discord/rest.ts';
import { createRoleWriter } from './discord/role-writer.ts';
import { createSession } from './discord/session.ts';
import { createFacts } from './groups/facts.ts';
import type { Affected } from './groups/group-changes.ts';
import { createGroupImports, type GroupImports } from './groups/group-imports.ts';
import { createGroupPushes } from './groups/group-pushes.ts';
import { createHostSource } from './groups/host-source.ts';
import { createLocalGroups, type GroupsOfGuilds } from './groups/local-groups.ts';
import { createLocalSource } from './groups/local-source.ts';
import { apiOperations } from './http/operations.ts';
import { createHttpServer } from './http/server.ts';
import { createAccess } from './identity/access.ts';
import { createAccounts } from './identity/accounts.ts';
import { createCallers } from './identity/callers.ts';
import { createDiscordOAuth } from './identity/discord-oauth.ts';
import { createHostLinks } from './identity/host-links.ts';
import { createHostTokens } from './identity/host-tokens.ts';
import { createLinkTokens } from './identity/link-tokens.ts';
import { createLinks, type Links } from './identity/links.ts';
import { createOAuthGuilds } from './identity/oauth-guilds.ts';
import { createRedirects } from './identity/redirects.ts';
import { rememberCallers } from './identity/remembered-callers.ts';
import { createSessions, type Sessions } from './identity/sessions.ts';
import { createTokenRefresh } from './identity/token-refresh.ts';
import { createTokenVault } from './identity/token-vault.ts';
import { startClock } from './jobs/clock.ts';
import { createJobs } from './jobs/jobs.ts';
import type { Logger } from './log.ts';
import { createJoinLatency } from './metrics/join-latency.ts';
import { createMetrics } from './metrics/metrics.ts';
import { observeOAuth } from './metrics/observed-oauth.ts';
import { observeRuns } from './metrics/observed-runs.ts';
import { timeStore } from './metrics/timed-store.ts';
import { createAttributions } from './sync/attributions.ts';
import type { Retry } from './sync/converge.ts';
import { createGuildConfigs, type GuildConfigs } from './sync/guild-configs.ts';
import { createGuildEvents } from './sync/guild-events.ts';
import { createHistory, type History } from './sync/history.ts';
import { createMappingChecks } from './sync/mapping-checks.ts';
import { createMappings, type Mappings } from './sync/mappings.ts';
import type { AuditChannel } from './sync/notices.ts';
import { wakeOwnBots } from './sync/own-bots.ts';
import type { GuildPlaces, GuildReader } from './sync/ports.ts';
import type { Cause } from './sync/results.ts';
import type { Runs } from './sync/runs.ts';
import { createSync, type Sync } from './sync/sync.ts';
import { createSyncServices } from './sync/sync-services.ts';
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

/** What tests may set otherwise than production does. */
export interface Overrides {
  now?: () => Date;
  retry?: Retry;
  /** How long to wait for the event that shows a write. */
  seenWithinMs?: number;
  /** Where Discord's seconds are shorter. */
  globalLimit?: RequestLimit;
}

export interface RunningApp {
  app: App;
  sessions: Sessions;
  port: number;
  stop(): Promise<void>;
}

/** How long the write in flight may take to finish when Rolewright stops; everything together stays under 5 s. */
const FINISH_MS = 3_000;

/** So long is kept what was read and may depend on more than the database: a token's end, a role's place. */
const REMEMBERED_MS = 1_000;

/** Of Discord's 50 requests a second so many may be writes of roles: people who wait ask for more than that. */
const WRITES_SHARE = 0.8;

/** Builds everything and starts it. Settles when the HTTP server listens; Discord may come later. */
export async function startApp(
  config: Config,
  { log, commands }: { log: Logger; commands: readonly Command[] },
  {
    now = () => new Date(),
    retry = { retries: 3, baseMs: 2000 },
    seenWithinMs = 2000,
    globalLimit = GLOBAL_LIMIT,
  }: Overrides = {},
): Promise<RunningApp> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const part = (name: string) => log.child({ part: name });
  const inBackground = (name: string, work: Promise<unknown>): void => {
    work.catch((err: unknown) => {
      if (!signal.aborted) part(name).error({ err }, 'background work failed');
    });
  };

  const metrics = createMetrics();
  const timed = <S extends object>(name: string, store: S): S =>
    timeStore(store, (ms) => metrics.storeCalled(name, ms));
  const joins = createJoinLatency({ steadyMs: () => performance.now(), note: metrics.roleAfterJoin });
  const database = openDatabase(config.databaseUrl);
  const settings = timed('guilds', createGuildStore(database));
  const configChanges = timed('config_changes', createConfigChangeStore(database));
  const groups = timed('groups', createGroupStore(database));
  const links = timed('links', createLinkStore(database));
  const states = timed('states', createStateStore(database));
  const mappings = timed('mappings', createMappingStore(database));
  const grants = timed('grants', createGrantStore(database));
  const runs = observeRuns(timed('runs', createRunStore(database)), metrics);
  const suppressions = timed('suppressions', createSuppressionStore(database));

  const rest = createRest(config.discord, { globalLimit, steady: steadyNow, observer: metrics });
  const session = createSession({
    token: config.discord.botToken,
    createClient: createWiredClient,
    log: part('gateway'),
  });
  const guildBots = createGuildBots({
    main: rest,
    restOf: (botToken) =>
      createRest(
        { ...config.discord, botToken },
        { globalLimit, steady: steadyNow, badToken: BAD_GUILD_TOKEN, observer: metrics },
      ),
    log: part('guild bots'),
    retry,
    signal,
  });
  const gateway = { client: session.client, retry, signal };
  const guilds = createGuildReader({ ...gateway, rest: guildBots.rest, ownBotOf: guildBots.memberOf });
  const hostSource = createHostSource(config.groups, { externalIdsOf: links.externalIdsOf, now, log: part('groups') });
  const facts = createFacts([createLocalSource({ groups }), ...(hostSource ? [hostSource] : [])]);
  const vault = createTokenVault(config.encryptionKeys);
  const oauth = observeOAuth(
    createDiscordOAuth({ ...config.discord, version: manifest.version, now, observer: metrics }),
    metrics,
  );
  const thresholdMs = config.tokenRefreshThresholdMs;
  const tokens = createTokenRefresh({ links, vault, oauth, now, thresholdMs, log: part('tokens') });
  const channel = createAuditChannel({ rest, settings, guilds, runs, log: part('audit'), retry, signal });
  // Nobody waits until the admins have been told.
  const audit: AuditChannel = {
    tell: async (guildId, notice) => inBackground('audit', channel.tell(guildId, notice)),
  };
  const witness = createWitness({ now, sleep: wait });
  const attributions = createAttributions({ now });
  const stores = { settings, mappings, grants, runs, links, suppressions, configChanges };
  const sync = createSync({
    ...stores,
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
    newId: randomUUID,
    log: part('sync'),
  });
  const events = joins.events(
    createGuildEvents({ ...stores, sync, guilds, witness, attributions, audit, now, log: part('sync') }),
  );

  const syncGuildLater = (guildId: string, cause: Cause) => inBackground('sync', sync.guild(guildId, cause));
  /** Others get their turn between any two, for thousands of memberships can end at once. */
  const oneByOne = async (discordIds: readonly string[], begin: (discordId: string) => Promise<unknown>) => {
    for (const discordId of discordIds) {
      inBackground('sync', begin(discordId));
      await nextTurn();
    }
  };
  const syncUsersLater = (discordIds: readonly string[], cause: Cause) =>
    inBackground(
      'sync',
      oneByOne(discordIds, (discordId) => sync.everywhere(discordId, cause)),
    );
  const syncMembersLater = (guildId: string, discordIds: readonly string[], cause: Cause) =>
    inBackground(
      'sync',
      oneByOne(discordIds, (discordId) => sync.member(guildId, discordId, cause)),
    );

  const mappingRules = createMappings({
    mappings,
    settings,
    configChanges,
    guilds,
    facts,
    sync,
    syncLater: syncGuildLater,
    now,
    newId: randomUUID,
  });
  const sessionStore = timed('sessions', createSessionStore(database));
  const sessions = createSessions({
    store: sessionStore,
    jwtSecret: config.jwtSecret,
    issuer: config.http.apiBaseUrl,
    now,
    newId: randomUUID,
  });
  // Whoever administers a guild whose own bot fails must be able to mend it.
  const access = createAccess({
    guilds: createGuildReader({ ...gateway, rest }),
    isBotIn: async (guildId) => (await settings.find(guildId))?.leftAt === null,
    oauthGuildsOf: createOAuthGuilds({ tokens, oauth }),
    now,
  });
  const groupParts = {
    groups,
    mappings,
    configChanges,
    now,
    newId: randomUUID,
    onChanged({ discordIds, guildId }: Affected, cause: Cause) {
      if (guildId === null) syncUsersLater(discordIds, cause);
      else syncMembersLater(guildId, discordIds, cause);
    },
    syncGuildLater,
  };
  const localGroups = createLocalGroups({
    ...groupParts,
    removeMappings: mappingRules.remove,
    authoriseEnding: createMappingChecks({ guilds, facts }).authoriseEnding,
    links,
  });
  const { hookSecret } = config.groups;
  const webhooks = createWebhookStore(database);
  const pushes =
    hostSource &&
    createGroupPushes({
      source: hostSource,
      webhooks,
      links,
      now,
      syncUsersLater: (discordIds) => syncUsersLater(discordIds, { trigger: 'push', actor: null }),
    });
  const linkTokens = createLinkTokens({ links, vault, oauth, log: part('identity') });
  const onUnlinked = async (discordId: string, actor: string) =>
    void (await sync.everywhere(discordId, { trigger: 'unlink', actor }));
  const onLinked = (discordId: string) => sync.everywhere(discordId, { trigger: 'link', actor: discordId });
  const accounts = createAccounts({
    accounts: timed('accounts', createAccountStore(database)),
    personal: timed('personal', createPersonalStore(database)),
    sessions,
    linkTokens,
    guilds,
    onUnlinked,
    now,
    log: part('identity'),
  });
  const hostLinks = createHostLinks({
    links,
    linkTokens,
    oauth,
    clientId: config.discord.clientId,
    onLinked: (discordId) => inBackground('sync', onLinked(discordId)),
    now,
    newId: randomUUID,
    log: part('identity'),
  });
  const app: App = {
    attachments: createAttachments({ ...config.discord, isProduction: config.environment === 'production' }),
    guilds,
    sync,
    runs: sync.runs,
    history: createHistory(stores),
    mappings: mappingRules,
    groups: localGroups,
    groupImports: createGroupImports(groupParts),
    guildConfigs: createGuildConfigs({
      settings,
      guilds,
      mappings: mappingRules,
      mappingStore: mappings,
      async removeGroups(guildId, author) {
        for (const group of await localGroups.list(guildId)) {
          if (group.guildId === guildId) await localGroups.remove(group, { mappings: 'refuse', author });
        }
      },
      configChanges,
      ownBots: guildBots,
      seal: vault.seal,
      sync,
      syncLater: syncGuildLater,
      discord: config.discord,
      now,
    }),
    links: createLinks({
      links,
      states,
      vault,
      oauth,
      redirects: createRedirects([config.http.frontendUrl, config.http.apiBaseUrl]),
      apiBaseUrl: config.http.apiBaseUrl,
      jwtSecret: config.jwtSecret,
      scopes: config.discord.scopes,
      stateExpiryMs: config.stateExpiryMs,
      onLinked,
      onUnlinked,
      onEnded: metrics.oauthEnded,
      now,
      log: part('identity'),
    }),
  };

  function createWiredClient(): Client {
    const client = createClient(config.discord);
    observeRest(client.rest, metrics);
    listenToGuilds(client, events, { bots: guildBots, log: part('events'), signal });
    listenToInteractions(client, { commands, app, log: part('commands') });
    return client;
  }

  function gatewayNow(): { isUp: boolean; pingMs: number | null } {
    const pingMs = session.client()?.ws.ping ?? -1;
    return { isUp: session.problem() === null, pingMs: pingMs < 0 ? null : pingMs };
  }

  let commandTrouble: string | null = null;
  const http = createHttpServer({
    operations: apiOperations(
      {
        ...app,
        groups: localGroups,
        hook: hookSecret !== null && pushes ? { secret: hookSecret, pushes } : null,
        sessions,
        accounts,
        hostLinks,
        access,
        syncs: createSyncServices({
          ...stores,
          sync,
          guilds,
          inBackground: (work) => inBackground('sync', work),
          now,
          newId: randomUUID,
          log: part('sync'),
        }),
        now,
        health: {
          pingDatabase: () => database.ping(),
          gatewayTrouble: () =>
            signal.aborted ? 'Rolewright is stopping.' : (session.problem() ?? rest.problem() ?? commandTrouble),
          figures: () => figures(stores),
        },
        figures: {
          contentType: metrics.contentType,
          text: () => metrics.text({ waiting: sync.waiting(), gateway: gatewayNow() }),
        },
      },
      {
        isProduction: config.environment === 'production',
        stateExpiryMs: config.stateExpiryMs,
        frontendUrl: config.http.frontendUrl,
        hasFrontend: config.http.frontendUrl !== config.http.apiBaseUrl,
        metricsToken: config.http.metricsToken,
      },
    ),
    callers: rememberCallers(
      createCallers({
        sessions,
        hostTokens: createHostTokens(config.hostApplication, { now }),
        links,
        operatorIds: config.operatorIds,
        now,
        newId: randomUUID,
      }),
      createReadMemory({ database, maxAgeMs: REMEMBERED_MS, most: 1_000, now }),
    ),
    memory: createReadMemory({ database, maxAgeMs: REMEMBERED_MS, most: 200, now }),
    observe: metrics.httpAnswered,
    config,
    log: part('http'),
  });
  await wakeOwnBots({ settings, open: vault.open, ownBots: guildBots, log: part('guild bots') });
  const { port } = await http.listen();
  const connect = async (): Promise<void> => {
    const outcome = await session.start();
    const applicationId = config.discord.clientId;
    if (outcome !== 'in') return;
    const answer = await registerCommands({ rest, applicationId, commands, log: part('commands'), signal });
    if (answer === 'refused') commandTrouble = COMMANDS_REFUSED;
  };
  inBackground('gateway', connect());
  const jobs = createJobs({
    guilds,
    settings,
    groups,
    states,
    sessions: sessionStore,
    webhooks,
    runs,
    configChanges,
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
  const clock = startClock(jobs, part('jobs'));

  return {
    app,
    sessions,
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

async function wait(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { ...(signal && { signal }) });
}

const COMMANDS_REFUSED =
  'Discord refuses to take the slash commands. Check that DISCORD_CLIENT_ID and DISCORD_BOT_TOKEN are of the same application, and restart Rolewright.';

/** The figures of the public status: what is set up, and when it last worked. */
async function figures({ settings, links }: { settings: GuildStore; links: LinkStore }) {
  const here = (await settings.all()).filter(({ leftAt, removedAt }) => leftAt === null && removedAt === null);
  const syncs = here.flatMap(({ lastFullSyncAt }) => lastFullSyncAt?.getTime() ?? []);
  return {
    configuredGuilds: here.length,
    activeUsers: await links.count(),
    lastSyncAt: syncs.length > 0 ? new Date(Math.max(...syncs)) : null,
  };
}
