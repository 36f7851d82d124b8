/** A press: the component (a choice with what was chosen), the message that holds it, and who pressed. */
interface Press {
  customId: string;
  message: { id: string };
  user: { id: string };
}

/**
 * Takes a double click once: the same button of the same message, pressed by the same person again while the first
 * press is being handled or right after it. Otherwise it would act twice and write over its own answer. A press that
 * failed may be repeated at once. False: it was not taken.
 * @param afterMs how long "right after" is
 */
export function createPressGuard({ afterMs = 1_000 } = {}) {
  const taken = new Set<string>();

  return async function takeOnce({ customId, message, user }: Press, handle: () => Promise<unknown>): Promise<boolean> {
    const press = `${message.id}:${user.id}:${customId}`;
    if (taken.has(press)) return false;
    taken.add(press);
    try {
      await handle();
      setTimeout(() => taken.delete(press), afterMs).unref();
      return true;
    } catch (error) {
      taken.delete(press);
      throw error;
    }
  };
}
