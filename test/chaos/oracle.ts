import { FACTS_MAX_AGE_MS } from './engine.ts';
import { nameInHost } from './source.ts';
import type { MappingThen, Moment } from './timeline.ts';

export type Verdict = 'true' | 'false' | 'unknown';

/** What the host is taken to say of an account: its groups there, or nothing that counts. */
export type Said = ReadonlySet<string> | null;

/** A run over a guild takes facts that old for granted. */
const SETTLED_FACTS_MS = 60_000;
/** `gone` counts once it was said twice, so far apart. */
const GONE_APART_MS = 600_000;
const NOTHING: Said = new Set();

/**
 * The decision once more, written from the specification and not from src/core, so that a mistake there is seen here.
 * @returns null where no active mapping names the role
 */
export function verdictOf(moment: Moment, at: number, discordId: string, roleId: string, said: Said): Verdict | null {
  if (!moment.mappings.some((mapping) => mapping.roleId === roleId)) return null;
  const holds = new Map(moment.mappings.map((mapping) => [mapping, holdsFor(moment, at, discordId, mapping, said)]));
  const values = moment.mappings
    .filter((mapping) => mapping.roleId === roleId)
    .map((mapping) => settled(moment, holds, mapping));
  return best(values);
}

/** Every verdict that the engine may have come to between the two, whatever it had heard of the host by then. */
export function verdictsBetween(
  moments: readonly Moment[],
  from: number,
  to: number,
  discordId: string,
  roleId: string,
): Set<Verdict | null> {
  const verdicts = new Set<Verdict | null>();
  for (const { moment, at } of instants(moments, from, to)) {
    const account = moment.accountOf.get(discordId);
    const isAsked = moment.mappings.some(({ groups, excluded }) => [...groups, ...excluded].some(isOfHost));
    const answers = account !== undefined && isAsked ? saidBetween(moments, from, to, account) : [NOTHING];
    const isSame = [...moment.writable, ...moment.believed].every(
      (id) => moment.writable.has(id) === moment.believed.has(id),
    );
    for (const view of isSame ? [moment] : [moment, { ...moment, writable: moment.believed }]) {
      for (const said of answers) verdicts.add(verdictOf(view, at, discordId, roleId, said));
    }
  }
  return verdicts;
}

/** What the host may have said of the account, as the engine knows it between the two. */
function saidBetween(moments: readonly Moment[], from: number, to: number, account: string): Said[] {
  const said = new Map<string, Said>();
  const note = (one: Said): void => void said.set(one ? [...one].sort().join() : '?', one);
  const known = ({ mood, truth }: Moment): void => {
    if (mood === 'up') note(truth.get(account) ?? NOTHING);
    if (mood === 'empty') note(NOTHING);
    if (mood !== 'gone') return;
    note(null);
    const first = moments.find((one) => one.mood === 'gone')?.at ?? to;
    if (to - first >= GONE_APART_MS) note(NOTHING);
  };
  const recent = standing(moments, from - SETTLED_FACTS_MS, to);
  for (const moment of recent) known(moment);
  if (recent.some(({ mood }) => mood === 'silent')) {
    note(null);
    for (const moment of standing(moments, from - FACTS_MAX_AGE_MS, to)) known(moment);
  }
  return [...said.values()];
}

function standing(moments: readonly Moment[], from: number, to: number): Moment[] {
  return moments.filter(({ at }, index) => at <= to && (moments[index + 1]?.at ?? Infinity) >= from);
}

function isOfHost(group: string): boolean {
  return group.startsWith('http:');
}

function holdsFor(moment: Moment, at: number, discordId: string, mapping: MappingThen, said: Said): Verdict {
  const account = moment.accountOf.get(discordId);
  if (account === undefined) return 'false';
  if (isMissing(moment, mapping)) return 'unknown';
  const isIn = mapping.groups.map((group) => inGroup(moment, at, account, group, said));
  const wanted = mapping.requireAll ? worst(isIn) : best(isIn);
  const excluded = best(mapping.excluded.map((group) => inGroup(moment, at, account, group, said)));
  return worst([wanted, opposite(excluded)]);
}

function inGroup(moment: Moment, at: number, account: string, group: string, said: Said): Verdict {
  if (isOfHost(group)) {
    if (!said) return 'unknown';
    return said.has(nameInHost(group)) ? 'true' : 'false';
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
  return [...groups, ...excluded].some((group) => !isOfHost(group) && !existing.has(group));
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
function* instants(moments: readonly Moment[], from: number, to: number): Generator<{ moment: Moment; at: number }> {
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
