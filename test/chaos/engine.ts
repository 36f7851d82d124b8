import pino from 'pino';
import type { Guild } from '../../src/core/guild.ts';
import { createFacts } from '../../src/groups/facts.ts';
import { createLocalGroups, type LocalGroups } from '../../src/groups/local-groups.ts';
import { createHttpSource } from '../../src/groups/http-source.ts';
import { createLocalSource } from '../../src/groups/local-source.ts';
import { createJobs } from '../../src/jobs/jobs.ts';
import { createGuildJoiner } from '../../src/discord/guild-join.ts';
import { createAttributions } from '../../src/sync/attributions.ts';
import { createGuildEvents } from '../../src/sync/guild-events.ts';
import { createMappings, type Mappings } from '../../src/sync/mappings.ts';
import type { Cause } from '../../src/sync/results.ts';
import type { Notice } from '../../src/sync/notices.ts';
import { createSync, type Sync } from '../../src/sync/sync.ts';
import { createWitness } from '../../src/sync/witness.ts';
import type { Clock } from './clock.ts';
import { createPut, createReader, createWriter } from './discord-ports.ts';
import { openSession, type Session } from './gateway.ts';
import type { History } from './history.ts';
import { createLife, mortal, mortalSleep, mortalStore, type Life, type Strike } from './life.ts';
import { createRestClient } from './rest-client.ts';
import type { Scene } from './scene.ts';
import { createHostFetch, type ScriptedHost } from './source.ts';
import type { Stores } from './stores.ts';
import type { Weather } from './weather.ts';
import type { Wire } from './wire.ts';

export interface EngineParts {
  clock: Clock;
  scene: Scene;
  history: History;
  weather: Weather;
  wire: Wire;
  stores: Stores;
  host: ScriptedHost;
  newId: () => string;
  random: () => number;
  /** The number of this incarnation. */
  number: number;
  onDeath(last: string): void;
  /** What the gateway told of the guild. */
  heard(guild: Guild | null): void;
  strike?: Strike;
}

/** One process of Rolewright, from its start to its death: put together as src/app.ts does it, but for HTTP and discord.js. */
export interface Engine {
  life: Life;
  sync: Sync;
  mappings: Mappings;
  groups: LocalGroups;
  /** As identity does it: store, then sync. */
  link(discordId: string, accountId: string): Promise<void>;
  unlink(discordId: string): Promise<void>;
  /** A new gateway session: everything that was cached is gone, and events in between were not heard. */
  reconnect(): void;
}

/** Real jobs run more often; each turn costs virtual time nothing but real time something. */
const TICK_MS = 180_000;
/** How old a fact of a source may be that is silent. */
export const FACTS_MAX_AGE_MS = 60 * 60_000;
export const SYNC_INTERVAL_MS = 15 * 60_000;

export function startEngine(parts: EngineParts): Engine {
  const { clock, scene, history, stores: kept, newId, number } = parts;
  const life = createLife((last) => {
    session?.end();
    parts.onDeath(last);
  }, parts.strike);
  const now = clock.date;
  const log = pino({ level: 'silent' });
  const failed = (what: string, error: unknown): void =>
    history.tell(clock.now(), `failed: ${what}: ${error instanceof Error ? error.message : String(error)}`);
  const inBackground = (what: string, work: Promise<unknown>): void => {
    work.catch((error: unknown) => failed(what, error));
  };

  const settings = mortalStore(life, 'settings', kept.settings);
  const groups = mortalStore(life, 'groups', kept.groups);
  const links = mortalStore(life, 'links', kept.links);
  const mappings = mortalStore(life, 'mappings', kept.mappings);
  const grants = mortalStore(life, 'grants', kept.grants);
  const runs = mortalStore(life, 'runs', kept.runs);
  const suppressions = mortalStore(life, 'suppressions', kept.suppressions);
  const configChanges = mortalStore(life, 'config changes', kept.configChanges);
  const stores = { settings, mappings, grants, runs, links, suppressions, configChanges };

  const rest = createRestClient({ clock, scene, history, wire: parts.wire, life: number });
  let session: Session | null = null;
  const guilds = createReader({ clock, scene, rest, life, seen: () => session?.guild() ?? null });
  const writer = createWriter(rest, life);
  const fetch = mortal(life, 'host', createHostFetch(parts.host, clock));
  const host = { url: 'http://groups', token: null, maxAgeMs: FACTS_MAX_AGE_MS, externalIdsOf: links.externalIdsOf };
  const source = createHttpSource({ ...host, now, log, fetch });
  const facts = createFacts([createLocalSource({ groups }), source]);
  const sleep = mortalSleep(life, clock.sleep);
  const witness = createWitness({ now, sleep });
  const attributions = createAttributions({ now });
  const audit = {
    tell: async (_: string, notice: Notice) => history.tell(clock.now(), `told: ${notice.kind}`),
  };
  const { application, world } = scene;
  const joiner = createGuildJoiner({
    rest: { put: createPut(rest, life) },
    async accessTokenOf(discordId, scope) {
      const given = { applicationId: application.id, userId: discordId, scopes: [scope] };
      return { result: 'token', accessToken: world.addAccessToken(given).token };
    },
  });
  const sync = createSync({
    ...stores,
    guilds,
    writer,
    joiner,
    buckets: rest,
    facts,
    witness,
    attributions,
    audit,
    retry: { retries: 3, baseMs: 2000 },
    seenWithinMs: 2000,
    now,
    sleep,
    random: parts.random,
    newId,
    log,
  });
  const events = createGuildEvents({ ...stores, sync, guilds, witness, attributions, audit, now, log });

  const syncGuildLater = (guildId: string, cause: Cause): void => inBackground('sync', sync.guild(guildId, cause));
  const syncUsersLater = (discordIds: readonly string[], cause: Cause): void =>
    inBackground('sync', Promise.all(discordIds.map((discordId) => sync.everywhere(discordId, cause))));
  const mappingRules = createMappings({ ...stores, guilds, facts, sync, syncLater: syncGuildLater, now, newId });
  const localGroups = createLocalGroups({
    groups,
    mappings,
    removeMappings: mappingRules.remove,
    authoriseEnding: () => undefined,
    guilds,
    configChanges,
    links,
    now,
    newId,
    syncGuildLater,
    onChanged({ discordIds, guildId }, { trigger, actor }) {
      const cause: Cause = { trigger, actor };
      if (guildId === null) return syncUsersLater(discordIds, cause);
      inBackground('sync', Promise.all(discordIds.map((discordId) => sync.member(guildId, discordId, cause))));
    },
  });
  const jobs = createJobs({
    guilds,
    settings,
    groups,
    states: { purgeExpired: async () => 0 },
    sessions: { purgeExpired: async () => 0 },
    links: { purgeFormerBefore: async () => 0 },
    forgetUnreachable: async () => undefined,
    webhooks: { purgeExpired: async () => undefined },
    runs,
    configChanges,
    expireHolds: sync.expireHolds,
    checkGuild: events.guildChecked,
    refreshTokens: async () => undefined,
    retentionDays: 90,
    guildSeenLater: (guildId) => inBackground('events', events.guildSeen(guildId, 'Guild')),
    syncGuildLater,
    syncUsersLater,
    syncIntervalMs: SYNC_INTERVAL_MS,
    now,
  });

  function connect(): void {
    session?.end();
    const { weather } = parts;
    session = openSession({ clock, scene, history, weather, events, heard: parts.heard, failed });
  }

  const forever = new AbortController().signal;
  function tick(): void {
    if (life.isDead) return;
    for (const job of jobs) if (job.name !== 'purge') inBackground(`job ${job.name}`, job.run(forever));
    clock.after(TICK_MS, tick);
  }

  connect();
  clock.after(TICK_MS, tick);

  return {
    life,
    sync,
    mappings: mappingRules,
    groups: localGroups,
    reconnect: connect,

    async link(discordId, accountId) {
      if (!(await links.findAccount(accountId))) {
        await links.createAccount({ id: accountId, externalId: null, createdAt: now() });
      }
      const discordUser = { id: discordId, username: scene.nameOf(discordId), globalName: null };
      await links.link({ discordUser, accountId, tokens: JOINS, newAccountId: newId(), now: now() });
      await sync.everywhere(discordId, { trigger: 'link', actor: discordId });
    },

    async unlink(discordId) {
      await links.unlink(discordId, now());
      await sync.everywhere(discordId, { trigger: 'unlink', actor: discordId });
    },
  };
}

/** He agreed to be brought into guilds. */
const JOINS = { accessToken: 'sealed', refreshToken: null, expiresAt: null, scopes: ['guilds.join'] };
