import { PLAIN_RULE, type Conditions, type Mapping, type MappingRule } from '../core/mapping.ts';

/** What a person says of a mapping; the rest has defaults. */
export type MappingDraft = Pick<MappingRule, 'roleId' | 'groupId'> &
  Partial<Omit<MappingRule, 'roleId' | 'groupId' | 'conditions'>> & { conditions?: Partial<Conditions> };

export type MappingEdit = Partial<MappingDraft>;

/** A draft with what it leaves open. */
export function ruleOf({ conditions, ...draft }: MappingDraft): MappingRule {
  return { ...PLAIN_RULE, ...draft, conditions: { ...PLAIN_RULE.conditions, ...conditions } };
}

/** The mapping with what an edit changes of it. */
export function edited(before: Mapping, { conditions, ...edit }: MappingEdit): Mapping {
  return { ...before, ...edit, conditions: { ...before.conditions, ...conditions } };
}

/** Whether an edit says no more than that the mapping is off. */
export function onlySwitchesOff(edit: MappingEdit): boolean {
  return edit.isActive === false && Object.keys(edit).length === 1;
}
