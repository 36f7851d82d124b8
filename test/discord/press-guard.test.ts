import { describe, expect, it } from 'vitest';
import { createPressGuard } from '../../src/discord/press-guard.ts';

/** Presses of one person's own buttons, and what was handled. */
function guarded(afterMs?: number) {
  const handled: string[] = [];
  const takeOnce = createPressGuard(afterMs === undefined ? {} : { afterMs });
  const press = (
    messageId: string,
    customId: string,
    userId = 'ana',
    handle: () => Promise<unknown> = async () => undefined,
  ) =>
    takeOnce({ customId, message: { id: messageId }, user: { id: userId } }, async () => {
      handled.push(`${messageId} ${customId} ${userId}`);
      await handle();
    });
  return { handled, press };
}

describe('the guard of presses', () => {
  it('takes a double click once, while it is being handled and right after', async () => {
    const { handled, press } = guarded();
    await Promise.all([press('1', 'apply'), press('1', 'apply')]);
    await press('1', 'apply');
    expect(handled).toEqual(['1 apply ana']);
  });

  it('takes another button of the same message at once, even before the first is through', async () => {
    const { handled, press } = guarded();
    await press('1', 'save', 'ana', () => press('1', 'save_dangerous'));
    expect(handled).toEqual(['1 save ana', '1 save_dangerous ana']);
  });

  it('keeps people and messages apart', async () => {
    const { handled, press } = guarded();
    await press('1', 'apply');
    await press('2', 'apply');
    await press('1', 'apply', 'ben');
    expect(handled).toHaveLength(3);
  });

  it('takes the same button again after a moment, and at once when it failed', async () => {
    const { handled, press } = guarded(1);
    await press('1', 'sync');
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    await press('1', 'sync');
    await expect(press('2', 'sync', 'ana', async () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await press('2', 'sync');
    expect(handled).toHaveLength(4);
  });
});
