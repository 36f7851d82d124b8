/** Kleene's three values. True may add, false may remove, unknown changes nothing. */
export type Truth = 'true' | 'false' | 'unknown';

/** What one source says of one account. `asOf` is when the source said it; an empty list from a source that answered is known. */
export type SourceAnswer =
  | {
      status: 'known';
      asOf: Date;
      groupIds: ReadonlySet<string>;
      /** How many characters the source knows of; absent = this source does not count characters. */
      characters?: number;
      permissions?: ReadonlySet<string>;
      /** What the source calls him, and his ticker: for nicknames. */
      name?: string;
      ticker?: string;
    }
  | { status: 'unknown'; asOf: Date | null; reason: string }
  | { status: 'gone'; asOf: Date };

/** All that the sources say of one account, by source name (`local`, `http`). */
export type Facts = ReadonlyMap<string, SourceAnswer>;

/** The name of the source that keeps a group: `http:pilots` -> `http`, a plain id -> `local`. */
export function sourceOf(groupId: string): string {
  const colon = groupId.indexOf(':');
  return colon === -1 ? 'local' : groupId.slice(0, colon);
}

/** The same for facts that say the same, of the same age. */
export function factsKey(facts: Facts): string {
  let key = '';
  for (const [source, answer] of facts) key += source + answerKey(answer);
  return key;
}

/** Accounts may share an answer: its key is made once. Answers are never changed. */
const answerKeys = new WeakMap<SourceAnswer, string>();

function answerKey(answer: SourceAnswer): string {
  const known = answerKeys.get(answer);
  if (known !== undefined) return known;
  const parts: unknown[] = [answer.status, answer.asOf?.getTime() ?? null];
  if (answer.status === 'known') {
    const { groupIds, characters = null, permissions } = answer;
    parts.push([...groupIds].sort(), characters, permissions ? [...permissions].sort() : null);
  }
  const key = JSON.stringify(parts);
  answerKeys.set(answer, key);
  return key;
}

/** true if all are true, false if one is false, else unknown. */
export function allOf(values: Iterable<Truth>): Truth {
  let result: Truth = 'true';
  for (const value of values) {
    if (value === 'false') return 'false';
    if (value === 'unknown') result = 'unknown';
  }
  return result;
}

/** true if one is true, false if all are false, else unknown. */
export function anyOf(values: Iterable<Truth>): Truth {
  let result: Truth = 'false';
  for (const value of values) {
    if (value === 'true') return 'true';
    if (value === 'unknown') result = 'unknown';
  }
  return result;
}

export function not(value: Truth): Truth {
  if (value === 'unknown') return 'unknown';
  return value === 'true' ? 'false' : 'true';
}
