import type { RunProgress } from '../src/sync/results.ts';
import { createLiveMessage, type LiveMessage } from './live-message.ts';
import { buttonsOf, message, type ButtonText, type Message } from './message.ts';
import { progressLines } from './sync-words.ts';

/** A message that follows a run. */
interface LiveRun extends LiveMessage {
  /** Shows how far it is, below these lines, with a button that cancels it. */
  follow(progress: RunProgress, head?: readonly string[]): void;
}

/**
 * @param edit writes the message
 * @param owner who may cancel the run by its button
 */
export function createLiveRun(edit: (said: Message) => Promise<unknown>, owner: { user: { id: string } }): LiveRun {
  const live = createLiveMessage(edit);
  const button = buttonsOf('sync', owner);
  return {
    ...live,
    follow: (progress, head = []) =>
      live.show(message({ head: [...head, ...progressLines(progress)] }, cancelButtons(progress, 'stop').map(button))),
  };
}

/** The button that cancels a run under way. `stop` leaves the message to whoever follows the run. */
export function cancelButtons(progress: RunProgress | null, action: 'stop' | 'cancel_run'): ButtonText[] {
  if (progress?.status !== 'running' || progress.runId === null) return [];
  return [{ label: 'Cancel the sync', action, arg: progress.runId, style: 'danger' }];
}
