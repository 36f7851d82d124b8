import type { Json } from '../json.ts';
import type { Message } from '../records.ts';
import { readableText } from './components.ts';
import type { ModalValues } from './modal.ts';
import { isLoading, type FirstResponse, type InteractionBook, type InteractionRecord } from './record.ts';

/** What a person can go on with after an answer. */
export interface Continue {
  click(record: InteractionRecord, message: Message, component: string, userId: string): InteractionHandle;
  select(
    record: InteractionRecord,
    message: Message,
    component: string,
    values: readonly string[],
    userId: string,
  ): InteractionHandle;
  submit(record: InteractionRecord, modal: Json, values: ModalValues): InteractionHandle;
}

/** One interaction as the person who made it sees it. */
export interface InteractionHandle {
  readonly id: string;
  readonly token: string;
  readonly record: InteractionRecord;
  /** Everything the bot wrote for it so far, oldest first, in its present state. */
  readonly messages: readonly Message[];
  /** The first answer (`type` 4 message, 5 deferred, 6 deferred update, 7 update, 8 choices, 9 modal); rejects if none came in time. */
  response(): Promise<FirstResponse>;
  /** Waits for the first message that is not "thinking", and returns the newest. */
  message(): Promise<Message>;
  /** Waits until a message fits; edits count. */
  messageWhere(fits: (message: Message) => boolean, timeoutMs?: number): Promise<Message>;
  /** Waits for a message, and returns all that can be read in it. */
  text(): Promise<string>;
  /** Waits for a modal, and returns it. */
  modal(): Promise<Json>;
  /** Presses a button of the newest message, by custom id or label. */
  click(component: string, userId?: string): Promise<InteractionHandle>;
  /** Picks values (texts, or ids of users, roles, channels) in a select of the newest message. */
  select(component: string, values: readonly string[], userId?: string): Promise<InteractionHandle>;
  /** Fills the modal that was the answer, and sends it. */
  submit(values: ModalValues): Promise<InteractionHandle>;
}

const patienceMs = 10_000;

export function createHandle(record: InteractionRecord, book: InteractionBook, next: Continue): InteractionHandle {
  const failure = () => (record.isDead ? 'The application did not respond' : null);

  function until<T>(look: () => T | undefined, what: string, timeoutMs = patienceMs): Promise<T> {
    return book.wait(record, { look, failure, timeoutMs, what });
  }

  /** The newest message that is not loading. */
  function latest(): Message | undefined {
    const settled = record.messages.filter((message) => !isLoading(message));
    const updated = record.response?.type === 7 || record.response?.type === 6 ? record.original : null;
    return settled.at(-1) ?? updated ?? undefined;
  }

  async function shown(): Promise<Message> {
    return until(latest, 'waiting for a message');
  }

  const modal = () =>
    until(() => (record.response?.type === 9 ? record.response.data : undefined), 'waiting for a modal');

  return {
    id: record.id,
    token: record.token,
    record,
    messages: record.messages,
    response: () => until(() => record.response ?? undefined, 'waiting for the first response'),
    message: shown,
    messageWhere: (fits, timeoutMs) =>
      until(
        () => everything().findLast((message) => !isLoading(message) && fits(message)),
        'waiting for a message that fits',
        timeoutMs,
      ),
    text: async () => readableText(await shown()),
    modal,
    click: async (component, userId = record.userId) => next.click(record, await shown(), component, userId),
    select: async (component, values, userId = record.userId) =>
      next.select(record, await shown(), component, values, userId),
    submit: async (values) => next.submit(record, await modal(), values),
  };

  function everything(): Message[] {
    return record.original ? [record.original, ...record.messages] : [...record.messages];
  }
}
