import { describe, expect, it } from 'vitest';
import { decisionOf, hindersUndo, type RunStatus } from '../../src/core/run-status.ts';

const SOMEBODY = '100000000000000007';

describe('what came of the removals that a run held', () => {
  it.each<[string, RunStatus, boolean, string | null]>([
    ['waits', 'held', true, null],
    ['none', 'completed', true, null],
    ['none', 'cancelled', true, null],
    ['discarded', 'cancelled', true, SOMEBODY],
    ['approved', 'running', false, SOMEBODY],
    ['approved', 'completed', false, SOMEBODY],
    ['approved', 'cancelled', false, SOMEBODY],
  ])('%s: %s, bounded %s, decided by %s', (decision, status, isBounded, decidedBy) => {
    expect(decisionOf({ status, isBounded, decidedBy })).toBe(decision);
  });
});

describe('what hinders an undo', () => {
  it.each<[ReturnType<typeof hindersUndo>, RunStatus, RunStatus | null, number]>([
    ['held', 'held', null, 0],
    ['under_way', 'planned', null, 0],
    ['under_way', 'pending', null, 3],
    ['under_way', 'running', null, 3],
    ['being_undone', 'completed', 'pending', 3],
    ['being_undone', 'completed', 'running', 3],
    [null, 'completed', null, 3],
    [null, 'failed', null, 1],
    [null, 'cancelled', 'failed', 1],
    ['undone', 'completed', 'completed', 0],
    ['nothing', 'completed', null, 0],
  ])('%s: %s, its undo %s, %i changes', (hindrance, status, undo, undoableChanges) => {
    expect(hindersUndo(status, undo && { status: undo }, undoableChanges)).toBe(hindrance);
  });
});
