import type { SourceAnswer } from '../../src/core/facts.ts';
import type { GroupSource } from '../../src/sync/ports.ts';
import type { Clock } from './clock.ts';

/** How a source of somebody else's behaves: it answers, is silent, or says that nobody is in any group. */
export type SourceMood = 'up' | 'silent' | 'empty';

/** Somebody else's groups. What it would say if it were up is `truth`. */
export interface ScriptedSource {
  mood: SourceMood;
  /** Group ids by account. */
  truth: Map<string, Set<string>>;
}

/** A source that answers after a while, as its mood is when it is asked. */
export function createScriptedSource(name: string, script: ScriptedSource, clock: Clock): GroupSource {
  return {
    name,
    async factsOf(accountIds, now) {
      const { mood } = script;
      const answerOf = (accountId: string): SourceAnswer => {
        if (mood === 'silent') return { status: 'unknown', asOf: null, reason: 'It does not answer.' };
        const groupIds = mood === 'empty' ? new Set<string>() : new Set(script.truth.get(accountId));
        return { status: 'known', asOf: now, groupIds };
      };
      const answers = new Map(accountIds.map((accountId) => [accountId, answerOf(accountId)]));
      if (accountIds.length > 0) await clock.sleep(15);
      return answers;
    },
    existing: async (_, groupIds) => new Set(groupIds),
  };
}
