import { checkConditions, conditionHolds, type Check } from './conditions.ts';
import { anyOf, type Facts, type Truth } from './facts.ts';
import { compareRank, type Mapping } from './mapping.ts';

/** What one mapping says of one account. */
export interface MappingVerdict {
  mapping: Mapping;
  /** Whether the mapping's own condition holds. */
  holds: Truth;
  /** Each part of the condition; worked out when somebody asks. */
  readonly checks: Check[];
  /** What it says after its exclusive set has been settled. */
  value: Truth;
  /** The mapping that settled it otherwise than `holds`: the winner of the set, or the undecided one that stands above. */
  settledBy: Mapping | null;
}

/** Whether an account should have a role, and every active mapping that names the role. */
export interface Verdict {
  roleId: string;
  value: Truth;
  mappings: MappingVerdict[];
}

/** The active mappings, the one that counts most first (priority, then age). Do it once per guild, not per member. */
export function rankMappings(mappings: Iterable<Mapping>): Mapping[] {
  return [...mappings].filter((mapping) => mapping.isActive).sort(compareRank);
}

/**
 * The verdict on every role that an active mapping names.
 * @param ranked from `rankMappings`
 * @param facts null for a Discord user who is not linked: every verdict is false
 * @param unusable ids of mappings that cannot be judged (a group of theirs is missing): unknown
 * @param blocked roles that the bot cannot write: their mappings stand out of their exclusive sets
 */
export function decideRoles(
  ranked: readonly Mapping[],
  facts: Facts | null,
  unusable: ReadonlySet<string> = new Set(),
  blocked: Pick<ReadonlySet<string>, 'has'> = new Set(),
): Map<string, Verdict> {
  const judged = ranked.map((mapping) => judge(mapping, facts, unusable.has(mapping.id)));
  if (ranked.some(({ exclusiveSet }) => exclusiveSet !== null)) {
    settleExclusiveSets(judged.filter(({ mapping }) => !unusable.has(mapping.id) && !blocked.has(mapping.roleId)));
  }
  const verdicts = new Map<string, Verdict>();
  for (const one of judged) {
    const verdict = verdicts.get(one.mapping.roleId);
    if (verdict) {
      verdict.mappings.push(one);
      verdict.value = anyOf([verdict.value, one.value]);
    } else {
      verdicts.set(one.mapping.roleId, { roleId: one.mapping.roleId, value: one.value, mappings: [one] });
    }
  }
  return verdicts;
}

function judge(mapping: Mapping, facts: Facts | null, isUnusable: boolean): Judged {
  if (!facts) return new Judged(mapping, facts, 'false');
  return new Judged(mapping, facts, isUnusable ? 'unknown' : conditionHolds(mapping, facts));
}

/** A hundred thousand members times all mappings are judged, and few are explained: the checks wait until then. */
class Judged implements MappingVerdict {
  readonly mapping: Mapping;
  readonly holds: Truth;
  value: Truth;
  settledBy: Mapping | null = null;
  readonly #facts: Facts | null;

  constructor(mapping: Mapping, facts: Facts | null, holds: Truth) {
    this.mapping = mapping;
    this.holds = holds;
    this.value = holds;
    this.#facts = facts;
  }

  get checks(): Check[] {
    return this.#facts ? checkConditions(this.mapping, this.#facts) : [];
  }
}

/**
 * In each set the first true mapping counts and the others are false. If an unknown one comes before it, nobody can
 * say who wins, so the whole set is unknown and stays as it is. Mappings that cannot work are not among them.
 */
function settleExclusiveSets(judged: readonly MappingVerdict[]): void {
  const first = new Map<string, MappingVerdict>();
  for (const one of judged) {
    const set = one.mapping.exclusiveSet;
    if (set !== null && one.holds !== 'false' && !first.has(set)) first.set(set, one);
  }
  for (const one of judged) {
    const decider = one.mapping.exclusiveSet === null ? undefined : first.get(one.mapping.exclusiveSet);
    if (!decider || decider === one) continue;
    const value: Truth = decider.holds === 'unknown' ? 'unknown' : 'false';
    if (value !== one.holds) {
      one.value = value;
      one.settledBy = decider.mapping;
    }
  }
}
