import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import pino from 'pino';
import { expect } from 'vitest';
import type { Mapping } from '../../src/core/mapping.ts';
import { createFacts } from '../../src/groups/facts.ts';
import { createLocalSource } from '../../src/groups/local-source.ts';
import { createAttributions } from '../../src/sync/attributions.ts';
import { createGuildEvents } from '../../src/sync/guild-events.ts';
import type { Notice } from '../../src/sync/notices.ts';
import type { GroupSource, Sleep } from '../../src/sync/ports.ts';
import { createSync, type SyncParts } from '../../src/sync/sync.ts';
import { createWitness } from '../../src/sync/witness.ts';
import { aMapping } from './core-worlds.ts';
import { createFakeDiscord, BOSS_ROLE, GUILD_ID, type FakeDiscord } from './fake-discord.ts';
import { mortal, type Life } from './mortal.ts';
import { severalGuilds } from './several-guilds.ts';
import { aGroup, openStores, someTokens } from './stores.ts';

interface SyncWorldParts {
  otherSources?: readonly GroupSource[];
  /** Other guilds that the bot is in. */
  otherGuilds?: readonly FakeDiscord[];
  /** Time that passes; without it, it stands still until it is told. */
  time?: { now: () => Date; steady?: () => Date; sleep: Sleep };
}

/** The sync over a real database and a Discord of one guild that holds state. */
export async function createSyncWorld({ otherSources = [], otherGuilds = [], time }: SyncWorldParts = {}) {
  const clock = { now: new Date('2026-03-01T12:00:00Z') };
  const now = time?.now ?? (() => clock.now);
  let ids = 0;
  const newId = () => `id-${(ids += 1)}`;
  const log = pino({ level: 'silent' });
  const { guilds: settings, groups, links, mappings, grants, runs, suppressions, configChanges } = await openStores();
  const discord = createFakeDiscord();
  const facts = createFacts([createLocalSource({ groups }), ...otherSources]);
  const stores = { settings, mappings, grants, runs, links, suppressions };
  const sleep = time?.sleep ?? nap;
  const notices: Notice[] = [];
  const audit = { tell: async (_: string, notice: Notice) => void notices.push(notice) };
  const lives: Life[] = [];

  /** A bot starts on what is there: as many as a test likes, one after the other. */
  const start = () => {
    const life: Life = { isOver: false };
    lives.push(life);
    const witness = createWitness({ now, sleep });
    const attributions = createAttributions({ now });
    const ports = mortal(severalGuilds([discord, ...otherGuilds]), life);
    const db = {
      settings: mortal(settings, life),
      mappings: mortal(mappings, life),
      grants: mortal(grants, life),
      runs: mortal(runs, life),
      links: mortal(links, life),
      suppressions: mortal(suppressions, life),
    };
    const parts: SyncParts = {
      ...db,
      guilds: ports,
      writer: ports,
      buckets: ports,
      joiner: ports,
      facts: mortal(facts, life),
      witness,
      attributions,
      audit: mortal(audit, life),
      retry: { retries: 3, baseMs: 1 },
      seenWithinMs: 1,
      writesPerSecond: Infinity,
      now,
      ...(time?.steady && { steady: time.steady }),
      sleep,
      random: () => 0.5,
      newId,
      log,
    };
    const sync = createSync(parts);
    const events = createGuildEvents({ ...parts, sync });
    for (const one of [discord, ...otherGuilds]) {
      const [guildId = GUILD_ID] = one.guildIds();
      one.onMemberUpdate = (member) => witness.saw(guildId, member);
    }
    return { sync, events };
  };
  const { sync, events } = start();
  await settings.joined(GUILD_ID, 'Guild', now());

  return {
    ...stores,
    configChanges,
    groups,
    discord,
    facts,
    sync,
    events,
    start,
    notices,

    /** The process dies as it stands, and another one starts on what it left. */
    killAndStart() {
      for (const life of lives) life.isOver = true;
      return start();
    },

    pass(seconds: number): void {
      clock.now = new Date(clock.now.getTime() + seconds * 1000);
    },

    clock,
    newId,
    now,

    async group(id: string): Promise<void> {
      await groups.create(aGroup({ id, guildId: GUILD_ID }));
    },

    /** A mapping from the group to the role; both are made where they are missing. */
    async mapping(groupId: string, roleId: string, parts: Partial<Mapping> = {}): Promise<Mapping> {
      if (!groupId.includes(':') && !(await groups.find(groupId))) await this.group(groupId);
      if (!discord.roles.has(roleId)) discord.withRole(roleId);
      return mappings.create(aMapping({ id: newId(), guildId: GUILD_ID, groupId, roleId, roleName: roleId, ...parts }));
    },

    /** @param scopes what he agreed to; none: no tokens are kept */
    async link(discordId: string, scopes: string[] = []): Promise<string> {
      const discordUser = { id: discordId, username: `user${discordId}`, globalName: null };
      const linked = await links.link({
        discordUser,
        accountId: null,
        tokens: scopes.length > 0 ? { ...someTokens, scopes } : null,
        newAccountId: newId(),
        now: now(),
      });
      if (linked.result !== 'linked') throw new Error('not linked');
      return linked.link.accountId;
    },

    async addToGroup(groupId: string, discordId: string): Promise<void> {
      await groups.addMember({ id: newId(), groupId, discordId, expiresAt: null, addedBy: null }, now());
    },

    async removeFromGroup(groupId: string, discordId: string): Promise<void> {
      await groups.removeMembers(groupId, [{ discordId }]);
    },

    /** A member who is linked and in the group. */
    async pilot(discordId: string, groupId = 'pilots', roleIds: readonly string[] = []): Promise<void> {
      discord.withMember(discordId, roleIds);
      await this.link(discordId);
      await this.addToGroup(groupId, discordId);
    },

    /** So many such members, by the names of 1, 2, 3 ..., who hold the roles of the mappings by our grant. */
    async crew(count: number, groupId = 'pilots'): Promise<string[]> {
      const names = Array.from({ length: count }, (_, index) => String(index + 1));
      for (const name of names) await this.pilot(name, groupId);
      await sync.guild(GUILD_ID, CONFIRMED);
      discord.writes = [];
      this.pass(3600);
      return names;
    },

    /** One line a change of the run, in order: `1 +pilot applied`; `open` is planned and not done yet. */
    async changesOf(runId: string | null | undefined): Promise<string[]> {
      const all = await runs.allOf(runId ?? '');
      return all.map(
        ({ discordId, action, roleId, outcome }) =>
          `${discordId} ${action === 'add' ? '+' : '-'}${roleId} ${outcome ?? 'open'}`,
      );
    },

    /** The same of the guild's held run; only what still is. */
    async held(): Promise<string[]> {
      const held = await runs.heldOf(GUILD_ID);
      return (await this.changesOf(held?.run.id)).filter((line) => line.endsWith('held'));
    },

    /** What the ledger holds of a member, by role. */
    async grantsOf(discordId: string): Promise<string[]> {
      return [...(await grants.ofMember(GUILD_ID, discordId)).keys()].sort();
    },
  };
}

/** Nobody waits long where time stands still. */
const nap: Sleep = async (ms, signal) => wait(Math.min(ms, 5), undefined, { ...(signal && { signal }) });

/** Whatever was begun goes on until it waits for something. */
export async function aWhile(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await nextTurn();
}

/** Asks until it is so. */
export function eventually<T>(ask: () => T) {
  return expect.poll(ask, { timeout: 15_000, interval: 5 });
}

export type SyncWorld = Awaited<ReturnType<typeof createSyncWorld>>;
export const MANUAL = { trigger: 'manual', actor: '1' } as const;
/** What somebody saw before and said yes to. */
export const CONFIRMED = { trigger: 'manual', actor: '1', isConfirmed: true } as const;
export const SCHEDULE = { trigger: 'schedule', actor: null } as const;
/** Somebody who may give any mapped role by hand. */
export const BOSS = { discordId: '77', roleIds: [BOSS_ROLE] };
