import { describe, expect, it } from 'vitest';
import type { ChangeReason } from '../../src/core/plan.ts';
import { undoPlan } from '../../src/core/undo.ts';
import { aMapping } from '../support/core-worlds.ts';

const rules = { mappings: [aMapping({ roleId: 'a' })], blocks: new Map() };

function reversal(reason: ChangeReason, roleId = 'a') {
  const change = { id: 1, discordId: '1', roleId, action: 'remove' as const, reason, mappingIds: ['m'] };
  return { step: 'reverse' as const, change, action: 'add' as const };
}

describe('the plan of an undo', () => {
  it.each([
    { name: 'gives back as ours what a mapping still names', step: reversal('mapping_false'), reason: 'undone' },
    {
      name: 'gives back what was foreign without making it ours',
      step: reversal('foreign_removed'),
      reason: 'put_back',
    },
    {
      name: 'gives back to one who is not linked without making it ours',
      step: reversal('not_linked'),
      reason: 'put_back',
    },
    {
      name: 'gives back what no mapping names any more without making it ours',
      step: reversal('mapping_false', 'b'),
      reason: 'put_back',
    },
  ])('$name, and leaves it alone from then on', ({ step, reason }) => {
    const { roleId } = step.change;
    const { changes, restrain } = undoPlan([step], rules);
    expect(changes).toEqual([{ action: 'add', roleId, reason, mappingIds: ['m'] }]);
    expect(restrain).toEqual([{ roleId, because: 'undo' }]);
  });

  it('does nothing about what is skipped', () => {
    const { change } = reversal('mapping_false');
    const { changes, blocked, restrain } = undoPlan([{ step: 'skip', change, why: 'already_so' }], rules);
    expect([...changes, ...blocked, ...restrain]).toEqual([]);
  });

  it('says what the bot cannot write, and leaves that alone no more than before', () => {
    const blocks = new Map([['a', 'role_above_bot' as const]]);
    const { changes, blocked, restrain } = undoPlan([reversal('mapping_false')], { ...rules, blocks });
    expect(blocked).toMatchObject([{ roleId: 'a', block: 'role_above_bot' }]);
    expect([...changes, ...restrain]).toEqual([]);
  });
});
