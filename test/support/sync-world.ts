import { setTimeout as wait } from 'node:timers/promises';
import pino from 'pino';
import type { Mapping } from '../../src/core/mapping.ts';
import { createFacts } from '../../src/groups/facts.ts';
import { createLocalSource } from '../../src/groups/local-source.ts';
import { createAttributions } from '../../src/sync/attributions.ts';
import { createGuildEvents } from '../../src/sync/guild-events.ts';
import type { Notice } from '../../src/sync/notices.ts';
import type { GroupSource } from '../../src/sync/ports.ts';
import { createSync, type SyncParts } from '../../src/sync/sync.ts';
import { createWitness } from '../../src/sync/witness.ts';
import { aMapping } from './core-worlds.ts';
import { createFakeDiscord, GUILD_ID } from './fake-discord.ts';
import { aGroup, openStores } from './stores.ts';

/** The sync over a real database and a Discord of one guild that holds state. Time stands still until it is told. */
export async function createSyncWorld({ otherSources = [] }: { otherSources?: readonly GroupSource[] } = {}) {
  const clock = { now: new Date('2026-03-01T12:00:00Z') };
  const now = () => clock.now;
  let ids = 0;
  const newId = () => `id-${(ids += 1)}`;
  const log = pino({ level: 'silent' });
  const { guilds: settings, groups, links, mappings, grants, runs, suppressions } = await openStores();
  const discord = createFakeDiscord();
  const facts = createFacts([createLocalSource({ groups }), ...otherSources]);
  const stores = { settings, mappings, grants, runs, links, suppressions };
  const sleep = async (ms: number, signal?: AbortSignal) => wait(Math.min(ms, 5), undefined, { ...(signal && { signal }) });
  const witness = createWitness({ now, sleep });
  const attributions = createAttributions({ now });
  const notices: Notice[] = [];
  const audit = { tell: async (_: string, notice: Notice) => void notices.push(notice) };
  const parts: SyncParts = {
    ...stores,
    guilds: discord,
    writer: discord,
    buckets: discord,
    joiner: { join: async () => ({ outcome: 'not_linked', detail: 'nobody joins here', isPassing: false }) },
    facts,
    witness,
    attributions,
    audit,
    retry: { retries: 3, baseMs: 1 },
    seenWithinMs: 1,
    now,
    sleep,
    random: () => 0.5,
    newId,
    log,
  };
  /** A bot starts on what is there: as many as a test likes, one after the other. */
  const start = () => {
    const sync = createSync(parts);
    const events = createGuildEvents({ ...stores, sync, witness, attributions, audit, guilds: discord, now, log });
    discord.onMemberUpdate = (member) => witness.saw(GUILD_ID, member);
    return { sync, events };
  };
  const { sync, events } = start();
  await settings.joined(GUILD_ID, 'Guild', now());

  return {
    ...stores,
    groups,
    discord,
    facts,
    sync,
    events,
    start,
    notices,
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

    async link(discordId: string): Promise<string> {
      const discordUser = { id: discordId, username: `user${discordId}`, globalName: null };
      const linked = await links.link({
        discordUser,
        accountId: null,
        tokens: null,
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

    /** What the ledger holds of a member, by role. */
    async grantsOf(discordId: string): Promise<string[]> {
      return [...(await grants.ofMember(GUILD_ID, discordId)).keys()].sort();
    },
  };
}

export type SyncWorld = Awaited<ReturnType<typeof createSyncWorld>>;
export const MANUAL = { trigger: 'manual', actor: '1' } as const;
export const SCHEDULE = { trigger: 'schedule', actor: null } as const;
