import type { SourceAnswer } from '../../src/core/facts.ts';
import type { GroupSource } from '../../src/sync/ports.ts';

/** A source that says what a test tells it to. Accounts it was never told of carry nothing. */
export interface ScriptedSource extends GroupSource {
  /** `empty`: it answers, and says that nobody has any group. */
  mood: 'up' | 'silent' | 'empty';
  /** Groups by account: `http:pilots`. */
  groups: Map<string, readonly string[]>;
  /** What it calls people, by account. */
  names: Map<string, { name?: string; ticker?: string }>;
}

export function createScriptedSource(): ScriptedSource {
  function answer(accountId: string, asOf: Date): SourceAnswer {
    if (source.mood === 'silent') return { status: 'unknown', asOf: null, reason: 'down' };
    const groups = source.mood === 'empty' ? [] : (source.groups.get(accountId) ?? []);
    return { status: 'known', asOf, groupIds: new Set(groups), ...source.names.get(accountId) };
  }

  const source: ScriptedSource = {
    name: 'http',
    mood: 'up',
    groups: new Map(),
    names: new Map(),
    factsOf: async (accountIds, now) => new Map(accountIds.map((id) => [id, answer(id, now)])),
    existing: async (_, groupIds) => new Set(groupIds),
  };
  return source;
}
