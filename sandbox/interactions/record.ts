import type { Json } from '../json.ts';
import { randomBytes } from 'node:crypto';
import { MessageFlags } from 'discord-api-types/v10';
import type { Application, Message } from '../records.ts';
import type { World } from '../world.ts';

/** What a person does: 2 command, 3 component, 4 autocomplete, 5 modal. */
type InteractionType = 2 | 3 | 4 | 5;

/** The first answer: 4 message, 5 deferred, 6 deferred update, 7 update, 8 choices, 9 modal. */
export interface FirstResponse {
  readonly type: number;
  readonly data: Json;
}

/** One interaction: what was asked, and everything the bot answered. */
export interface InteractionRecord {
  readonly id: string;
  readonly token: string;
  readonly type: InteractionType;
  readonly application: Application;
  readonly userId: string;
  readonly guildId: string | null;
  readonly channelId: string;
  readonly createdAt: number;
  /** Command name with its subcommands; null for components and modals. */
  readonly name: string | null;
  /** The message whose component was used, if one was. */
  readonly source: Message | null;
  response: FirstResponse | null;
  answeredAt: number | null;
  /** `@original`: the first answer's message, or the source where it was updated. */
  original: Message | null;
  /** What the bot wrote for it, oldest first (the loading message too). */
  readonly messages: Message[];
  /** Nobody answered in time. */
  isDead: boolean;
}

export type InteractionBook = ReturnType<typeof createInteractionBook>;
export type NewInteraction = Pick<
  InteractionRecord,
  'type' | 'application' | 'userId' | 'guildId' | 'channelId' | 'name' | 'source'
>;

/** All interactions, their deadlines, and who waits for their answers. */
export function createInteractionBook(world: World) {
  const byToken = new Map<string, InteractionRecord>();
  const timers = new Set<NodeJS.Timeout>();
  const waiting = new Map<string, Set<() => void>>();

  /** Wakes those who wait on this interaction, to look again. */
  function changed(record: InteractionRecord): void {
    for (const look of waiting.get(record.token) ?? []) look();
  }

  return {
    changed,

    open(given: NewInteraction): InteractionRecord {
      const record: InteractionRecord = {
        ...given,
        id: world.newId(),
        token: randomBytes(60).toString('base64url'),
        createdAt: world.now(),
        response: null,
        answeredAt: null,
        original: null,
        messages: [],
        isDead: false,
      };
      byToken.set(record.token, record);
      const timer = setTimeout(() => {
        timers.delete(timer);
        record.isDead = record.response === null;
        if (record.isDead) changed(record);
      }, world.settings.interactionAnswerMs);
      timer.unref();
      timers.add(timer);
      return record;
    },

    find: (token: string) => byToken.get(token),
    all: () => [...byToken.values()],

    isExpired: ({ createdAt }: InteractionRecord) => world.now() - createdAt > world.settings.interactionTokenMs,

    /** Waits until `look` finds something; rejects with the reason `failure` gives, or after `timeoutMs`. */
    wait<T>(record: InteractionRecord, { look, failure, timeoutMs, what }: Wait<T>): Promise<T> {
      return new Promise((resolve, reject) => {
        const lookers = waiting.get(record.token) ?? new Set();
        waiting.set(record.token, lookers);
        const end = () => {
          clearTimeout(timer);
          lookers.delete(again);
        };
        const again = () => {
          const found = look();
          const reason = failure();
          if (found === undefined && reason === null) return;
          end();
          if (found === undefined) reject(new Error(reason ?? what));
          else resolve(found);
        };
        const timer = setTimeout(() => {
          end();
          reject(new Error(`${what}: nothing came within ${timeoutMs} ms`));
        }, timeoutMs);
        lookers.add(again);
        again();
      });
    },

    close(): void {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

export interface Wait<T> {
  look: () => T | undefined;
  failure: () => string | null;
  timeoutMs: number;
  what: string;
}

export function isEphemeral({ flags }: Message): boolean {
  return Boolean(flags & MessageFlags.Ephemeral);
}

export function isLoading({ flags }: Message): boolean {
  return Boolean(flags & MessageFlags.Loading);
}
