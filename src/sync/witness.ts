import type { Member } from '../core/guild.ts';
import type { Sleep } from './ports.ts';

/** What the gateway tells of one member while somebody writes him. */
export interface Watch {
  /** The states that events told since the watch began, in order of arrival. */
  readonly states: readonly Member[];
  /** Whether an event of this watch shows, within the time, what was written. */
  sees(
    shows: (member: Member) => boolean,
    { withinMs, signal }: { withinMs: number; signal: AbortSignal },
  ): Promise<boolean>;
  /** A PATCH goes out that makes this list of what the member was when he was read. */
  sends(member: Member, written: ReadonlySet<string>): void;
  /** Ends the watch; events of the next `lateMs` still go to `onLate`. */
  end(onLate?: (states: readonly Member[]) => void): void;
}

/** Member events, for those who have just written and want to see it. */
export interface Witness {
  saw(guildId: string, member: Member): void;
  watch(guildId: string, discordId: string): Watch;
  /**
   * What a write of ours changed, as Discord's audit log tells it: so it also tells what he was just before.
   * @returns roles that somebody had taken meanwhile, and that the write gave again
   */
  wrote(guildId: string, discordId: string, edit: { added: readonly string[]; removed: readonly string[] }): string[];
  /** Somebody's edit of his roles has become known: what came late may mean more now. */
  edited(guildId: string, discordId: string): void;
  /** He is written again: what comes now tells nothing of the earlier write. */
  endLate(guildId: string, discordId: string): void;
}

/** Events may come late; one that comes later than this tells nothing of a write any more. */
const LATE_MS = 15_000;

interface Open {
  states: Member[];
  wake: Set<() => void>;
  /** When it stops listening; null while the watch stands. */
  until: number | null;
  onLate: ((states: readonly Member[]) => void) | null;
  sent: { member: Member; written: ReadonlySet<string> } | null;
}

/** What he was before the PATCH; null when the edit is not that of the PATCH: it holds not all that was changed. */
function stateBefore(
  { member, written }: { member: Member; written: ReadonlySet<string> },
  { added, removed }: { added: readonly string[]; removed: readonly string[] },
): Member | null {
  const isOfIt =
    [...written].every((id) => member.roleIds.has(id) || added.includes(id)) &&
    [...member.roleIds].every((id) => written.has(id) || removed.includes(id));
  return isOfIt ? { ...member, roleIds: new Set([...written, ...removed].filter((id) => !added.includes(id))) } : null;
}

export function createWitness({ now, sleep }: { now: () => Date; sleep: Sleep }): Witness {
  const open = new Map<string, Set<Open>>();

  function drop(key: string, one: Open): void {
    const all = open.get(key);
    all?.delete(one);
    if (all?.size === 0) open.delete(key);
  }

  function sweep(): void {
    const at = now().getTime();
    for (const [key, all] of open) for (const one of all) if (one.until !== null && one.until <= at) drop(key, one);
  }

  return {
    saw(guildId, member) {
      const key = `${guildId}:${member.discordId}`;
      for (const one of open.get(key) ?? []) {
        if (one.until !== null && one.until <= now().getTime()) continue;
        one.states.push(member);
        for (const wake of one.wake) wake();
        one.onLate?.(one.states);
      }
    },

    wrote(guildId, discordId, edit) {
      const taken = new Set<string>();
      for (const one of open.get(`${guildId}:${discordId}`) ?? []) {
        const before = one.sent && stateBefore(one.sent, edit);
        if (!before || (one.until !== null && one.until <= now().getTime())) continue;
        one.states.push(before);
        for (const id of edit.added) if (one.sent?.member.roleIds.has(id)) taken.add(id);
      }
      return [...taken];
    },

    edited(guildId, discordId) {
      for (const one of open.get(`${guildId}:${discordId}`) ?? []) {
        if (one.until !== null && one.until > now().getTime()) one.onLate?.(one.states);
      }
    },

    endLate(guildId, discordId) {
      const key = `${guildId}:${discordId}`;
      for (const one of open.get(key) ?? []) if (one.until !== null) drop(key, one);
    },

    watch(guildId, discordId) {
      sweep();
      const key = `${guildId}:${discordId}`;
      const one: Open = { states: [], wake: new Set(), until: null, onLate: null, sent: null };
      const all = open.get(key);
      if (all) all.add(one);
      else open.set(key, new Set([one]));
      return {
        states: one.states,

        sends(member, written) {
          one.sent = { member, written };
        },

        async sees(shows, { withinMs, signal }) {
          const isOver = new AbortController();
          const timeout = sleep(withinMs, AbortSignal.any([signal, isOver.signal])).then(
            () => false,
            () => false,
          );
          const seen = new Promise<boolean>((resolve) => {
            const look = (): void => {
              if (one.states.some(shows)) resolve(true);
            };
            one.wake.add(look);
            look();
            void timeout.then(() => one.wake.delete(look));
          });
          const result = await Promise.race([seen, timeout]);
          isOver.abort();
          return result;
        },

        end(onLate) {
          if (!onLate) return drop(key, one);
          one.until = now().getTime() + LATE_MS;
          one.onLate = onLate;
        },
      };
    },
  };
}
