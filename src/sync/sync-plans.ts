import type { Agreement } from '../core/agreement.ts';
import type { MemberPlan } from '../core/plan.ts';
import type { StoredGuild } from '../db/guild-store.ts';
import type { MappingStore } from '../db/mapping-store.ts';
import { AppError } from '../errors.ts';
import type { Consent, Orderer } from './consent.ts';
import { createGate } from './gate.ts';
import type { SyncOrder } from './manual-sync.ts';
import { onlyRoles, rolesWith } from './narrow.ts';
import type { Previews } from './previews.ts';
import { READS_OF_A_GUILD, type ReadAllowance } from './read-allowance.ts';
import type { FindScope } from './sync-scope.ts';

/** What a sync would do in one guild. */
export interface PlannedGuild {
  guildId: string;
  guildName: string;
  /** Members that were looked at. */
  usersTotal: number;
  rolesAdded: number;
  rolesRemoved: number;
  blocked: number;
  /** Members for whom there is anything to tell; the first of `membersTotal`. */
  members: { discordId: string; plan: MemberPlan }[];
  membersTotal: number;
}

export interface SyncPlans {
  /** Changes nothing. AppErrors as for the sync itself. */
  plan(
    order: SyncOrder,
    by: Pick<Orderer, 'payer' | 'authorIn'>,
  ): Promise<{ guilds: PlannedGuild[]; guildsTotal: number; notLinked: string[] }>;
}

/** Guilds that one dry run looks at, members that it tells of in each, and members that it reads one by one. */
const MOST_GUILDS = 25;
const MOST_TOLD = 200;
const MOST_READ = 200;
const READ_AT_ONCE = 6;

export function createSyncPlans(parts: {
  previews: Pick<Previews, 'previewGuild' | 'previewMember'>;
  mappings: Pick<MappingStore, 'find' | 'ofGuild'>;
  find: FindScope;
  allowance: ReadAllowance;
  consent: Consent;
}): SyncPlans {
  const { previews, find } = parts;

  async function rolesOf(guildId: string, mappingId: string): Promise<ReadonlySet<string>> {
    if ((await parts.mappings.find(mappingId))?.guildId !== guildId) {
      throw new AppError('mapping_not_found', 'There is no such mapping.');
    }
    return rolesWith(await parts.mappings.ofGuild(guildId), mappingId);
  }

  async function planWhole({ guildId, name }: StoredGuild, mappingId: string | null): Promise<PlannedGuild> {
    const only = mappingId === null ? null : await rolesOf(guildId, mappingId);
    const { usersTotal, members } = await previews.previewGuild(guildId);
    const narrowed = members.map(({ discordId, plan }) => ({ discordId, plan: onlyRoles(plan, only) }));
    return summed(guildId, name, usersTotal, narrowed);
  }

  async function planMembers(
    { guildId, name }: StoredGuild,
    discordIds: readonly string[],
    asked: Agreement | undefined,
  ): Promise<PlannedGuild> {
    const gate = createGate(READ_AT_ONCE);
    const looks = await Promise.all(
      discordIds.map((discordId) => gate.through(() => previews.previewMember(guildId, discordId, asked))),
    );
    const members = looks.flatMap(({ discordId, plan }) => (plan ? [{ discordId, plan }] : []));
    return summed(guildId, name, members.length, members);
  }

  return {
    async plan({ scope, userIds, mappingId }, by) {
      const { payer } = by;
      const guilds = await find.someGuilds(scope);
      const looked = guilds.slice(0, MOST_GUILDS);
      const planned: PlannedGuild[] = [];
      if (userIds === null) parts.allowance.take(payer, looked.length * READS_OF_A_GUILD);
      const people = userIds && (await find.people(userIds, looked, payer, MOST_READ));
      for (const guild of looked) {
        const discordIds = people?.members.flatMap((one) => (one.guildId === guild.guildId ? [one.discordId] : []));
        const asked = discordIds && ((await parts.consent(by, guild.guildId)) ?? undefined);
        planned.push(discordIds ? await planMembers(guild, discordIds, asked) : await planWhole(guild, mappingId));
      }
      return { guilds: planned, guildsTotal: guilds.length, notLinked: people?.notLinked ?? [] };
    },
  };
}

function summed(
  guildId: string,
  guildName: string,
  usersTotal: number,
  all: readonly { discordId: string; plan: MemberPlan }[],
): PlannedGuild {
  const members = all.filter(
    ({ plan: { changes, blocked, kept } }) => changes.length + blocked.length + kept.length > 0,
  );
  const changes = members.flatMap(({ plan }) => plan.changes);
  const rolesAdded = changes.filter(({ action }) => action === 'add').length;
  return {
    guildId,
    guildName,
    usersTotal,
    rolesAdded,
    rolesRemoved: changes.length - rolesAdded,
    blocked: members.reduce((sum, { plan }) => sum + plan.blocked.length, 0),
    members: members.slice(0, MOST_TOLD),
    membersTotal: members.length,
  };
}
