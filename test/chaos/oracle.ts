import type { MappingThen, Moment } from './timeline.ts';

export type Verdict = 'true' | 'false' | 'unknown';

/**
 * The decision once more, written from the specification and not from src/core, so that a mistake there is seen here.
 * @returns null where no active mapping names the role
 */
export function verdictOf(moment: Moment, at: number, discordId: string, roleId: string): Verdict | null {
  if (!moment.mappings.some((mapping) => mapping.roleId === roleId)) return null;
  const holds = new Map(moment.mappings.map((mapping) => [mapping, holdsFor(moment, at, discordId, mapping)]));
  const values = moment.mappings
    .filter((mapping) => mapping.roleId === roleId)
    .map((mapping) => settled(moment, holds, mapping));
  return best(values);
}

function holdsFor(moment: Moment, at: number, discordId: string, mapping: MappingThen): Verdict {
  const account = moment.accountOf.get(discordId);
  if (account === undefined) return 'false';
  if (isMissing(moment, mapping)) return 'unknown';
  const isIn = mapping.groups.map((group) => inGroup(moment, at, account, group));
  const wanted = mapping.requireAll ? worst(isIn) : best(isIn);
  const excluded = best(mapping.excluded.map((group) => inGroup(moment, at, account, group)));
  return worst([wanted, opposite(excluded)]);
}

function inGroup(moment: Moment, at: number, account: string, group: string): Verdict {
  if (group.startsWith('http:')) {
    if (moment.mood === 'silent') return 'unknown';
    return moment.mood === 'up' && moment.truth.get(account)?.has(group) ? 'true' : 'false';
  }
  const isIn = moment.memberships.some(
    (one) =>
      one.groupId === group &&
      (one.expiresAt === null || one.expiresAt > at) &&
      (one.accountId === account || (one.discordId !== null && moment.accountOf.get(one.discordId) === account)),
  );
  return isIn ? 'true' : 'false';
}

function isMissing({ existing }: Moment, { groups, excluded }: MappingThen): boolean {
  return [...groups, ...excluded].some((group) => !group.startsWith('http:') && !existing.has(group));
}

/** What remains of a mapping that holds once its exclusive set is settled: the first that may be true decides. */
function settled(moment: Moment, holds: ReadonlyMap<MappingThen, Verdict>, mapping: MappingThen): Verdict {
  const own = holds.get(mapping) ?? 'false';
  const canWork = (one: MappingThen): boolean => moment.writable.has(one.roleId) && !isMissing(moment, one);
  if (mapping.exclusiveSet === null || !canWork(mapping)) return own;
  const [first] = moment.mappings
    .filter((one) => one.exclusiveSet === mapping.exclusiveSet && canWork(one) && holds.get(one) !== 'false')
    .sort((a, b) => b.priority - a.priority || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  if (!first || first === mapping) return own;
  return holds.get(first) === 'unknown' ? 'unknown' : 'false';
}

function best(values: readonly Verdict[]): Verdict {
  if (values.includes('true')) return 'true';
  return values.includes('unknown') ? 'unknown' : 'false';
}

function worst(values: readonly Verdict[]): Verdict {
  if (values.includes('false')) return 'false';
  return values.includes('unknown') ? 'unknown' : 'true';
}

function opposite(value: Verdict): Verdict {
  if (value === 'unknown') return 'unknown';
  return value === 'true' ? 'false' : 'true';
}

/** Every moment that stood at some time between the two, with an instant in it; an end of a membership is one more. */
export function* instants(
  moments: readonly Moment[],
  from: number,
  to: number,
): Generator<{ moment: Moment; at: number }> {
  for (const [index, moment] of moments.entries()) {
    const end = moments[index + 1]?.at ?? Infinity;
    if (moment.at > to || end < from) continue;
    const start = Math.max(moment.at, from);
    yield { moment, at: start };
    const last = Math.min(end, to);
    for (const { expiresAt } of moment.memberships) {
      if (expiresAt !== null && expiresAt > start && expiresAt <= last) yield { moment, at: expiresAt };
    }
    if (last > start) yield { moment, at: last };
  }
}
