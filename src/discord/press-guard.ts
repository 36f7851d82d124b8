import type { CommandButton } from './command.ts';

/**
 * Takes a double click once: the same button of the same message, pressed by the same person again while the first
 * press is being handled or right after it. Otherwise it would act twice and write over its own answer. A press that
 * failed may be repeated at once.
 * @param afterMs how long "right after" is
 */
export function createPressGuard({ afterMs = 1_000 } = {}) {
  const taken = new Set<string>();

  return async function takeOnce(
    { customId, message, user }: Pick<CommandButton, 'customId'> & { message: { id: string }; user: { id: string } },
    handle: () => Promise<unknown>,
  ): Promise<void> {
    const press = `${message.id}:${user.id}:${customId}`;
    if (taken.has(press)) return;
    taken.add(press);
    try {
      await handle();
      setTimeout(() => taken.delete(press), afterMs).unref();
    } catch (error) {
      taken.delete(press);
      throw error;
    }
  };
}
