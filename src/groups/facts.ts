import { sourceOf, type Facts, type SourceAnswer } from '../core/facts.ts';
import type { FactLoader, GroupSource } from '../sync/ports.ts';

const SILENT: SourceAnswer = { status: 'unknown', asOf: null, reason: 'The source did not answer for this account.' };

/** Asks all sources, each once for the whole set of accounts. A group of a source that is not here does not exist. */
export function createFacts(sources: readonly GroupSource[]): FactLoader {
  return {
    async factsOf(accountIds, now, asking) {
      const answers = await Promise.all(sources.map((source) => source.factsOf(accountIds, now, asking)));
      const factsFor = (accountId: string): Facts =>
        new Map(sources.map(({ name }, index) => [name, answers[index]?.get(accountId) ?? SILENT]));
      return new Map(accountIds.map((accountId) => [accountId, factsFor(accountId)]));
    },

    async existing(guildId, groupIds) {
      const bySource = Map.groupBy(groupIds, sourceOf);
      const existing = new Set<string>();
      for (const source of sources) {
        for (const groupId of await source.existing(guildId, bySource.get(source.name) ?? [])) existing.add(groupId);
      }
      return existing;
    },
  };
}
