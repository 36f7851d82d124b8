import type { ButtonAddress, CommandButton } from './command.ts';

/**
 * Takes each press once: a message waits while one of its buttons is being handled, and the button that was pressed
 * last is spent, unless it failed. Otherwise a double click would act twice and write over its own answer. A public
 * button (owner `*`) is spent for nobody.
 * @param limit how many messages are remembered
 */
export function createPressGuard({ limit = 1000 } = {}) {
  const busy = new Set<string>();
  /** By message and person the custom id that was handled last, the oldest first. */
  const spent = new Map<string, string>();

  return async function takeOnce(
    { customId, message, user }: Pick<CommandButton, 'customId'> & { message: { id: string }; user: { id: string } },
    { owner }: Pick<ButtonAddress, 'owner'>,
    handle: () => Promise<unknown>,
  ): Promise<void> {
    const place = `${message.id}:${user.id}`;
    if (busy.has(place) || spent.get(place) === customId) return;
    busy.add(place);
    try {
      await handle();
      if (owner === '*') return;
      spent.delete(place);
      spent.set(place, customId);
      for (const oldest of spent.keys()) {
        if (spent.size <= limit) break;
        spent.delete(oldest);
      }
    } finally {
      busy.delete(place);
    }
  };
}
