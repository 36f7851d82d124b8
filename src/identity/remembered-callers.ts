import type { Caller, Callers } from './callers.ts';

/** Where somebody who proved who he is stays known for a moment, as long as nothing is written to the database. */
interface CallerMemory {
  of(key: string, load: () => Promise<Caller | null>): Promise<Caller | null>;
}

/** Spares whoever asks often the check of his token. What is revoked counts at once: revoking is written. */
export function rememberCallers(callers: Callers, memory: CallerMemory): Callers {
  return {
    of: async (sent) =>
      sent.bearer === null && sent.cookie === null
        ? null
        : memory.of(JSON.stringify([sent.bearer, sent.cookie]), () => callers.of(sent)),
  };
}
