import type { SourceAnswer } from '../core/facts.ts';
import type { GroupStore } from '../db/group-store.ts';
import type { GroupSource } from '../sync/ports.ts';

const NO_GROUPS: ReadonlySet<string> = new Set();

/** The groups that Rolewright keeps itself: what the database says is known, and as old as now. */
export function createLocalSource({ groups }: { groups: Pick<GroupStore, 'groupIdsOf' | 'existing'> }): GroupSource {
  return {
    name: 'local',
    async factsOf(accountIds, now) {
      const groupIds = await groups.groupIdsOf(accountIds, now);
      // Accounts in the same groups share the answer as well.
      const answers = new Map<ReadonlySet<string>, SourceAnswer>();
      const answerFor = (accountId: string): SourceAnswer => {
        const ids = groupIds.get(accountId) ?? NO_GROUPS;
        const answer = answers.get(ids) ?? { status: 'known', asOf: now, groupIds: ids };
        answers.set(ids, answer);
        return answer;
      };
      return new Map(accountIds.map((accountId) => [accountId, answerFor(accountId)]));
    },
    existing: (guildId, groupIds) => groups.existing(guildId, groupIds),
  };
}
