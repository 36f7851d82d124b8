import { describe, expect, it } from 'vitest';
import { createPressGuard } from '../../src/discord/press-guard.ts';

/** Presses of one person's own buttons, and what was handled. */
function guarded(limit?: number) {
  const handled: string[] = [];
  const takeOnce = createPressGuard(limit === undefined ? {} : { limit });
  const press = (messageId: string, customId: string, userId = 'ana') =>
    takeOnce({ customId, message: { id: messageId }, user: { id: userId } }, { owner: userId }, async () =>
      handled.push(`${messageId} ${customId} ${userId}`),
    );
  return { handled, press };
}

describe('the guard of presses', () => {
  it('takes the same button again once another one of its message was pressed, as pages need', async () => {
    const { handled, press } = guarded();
    for (const page of ['page:2', 'page:2', 'page:3', 'page:2']) await press('1', page);
    expect(handled).toEqual(['1 page:2 ana', '1 page:3 ana', '1 page:2 ana']);
  });

  it('keeps people and messages apart', async () => {
    const { handled, press } = guarded();
    await press('1', 'apply');
    await press('2', 'apply');
    await press('1', 'apply', 'ben');
    expect(handled).toHaveLength(3);
  });

  it('remembers only so many messages, the latest ones', async () => {
    const { handled, press } = guarded(2);
    for (const messageId of ['1', '2', '3', '3', '2', '1']) await press(messageId, 'apply');
    expect(handled).toEqual(['1 apply ana', '2 apply ana', '3 apply ana', '1 apply ana']);
  });
});
