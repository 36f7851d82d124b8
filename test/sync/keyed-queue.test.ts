import { describe, expect, it } from 'vitest';
import { createKeyedQueue } from '../../src/sync/keyed-queue.ts';

/** Tasks that end when they are told to. */
function createTasks() {
  const started: string[] = [];
  const endings: (() => void)[] = [];
  const task = (name: string) => async (): Promise<string> => {
    started.push(name);
    await new Promise<void>((resolve) => endings.push(resolve));
    return name;
  };
  const endFirst = async (): Promise<void> => {
    endings.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { started, task, endFirst };
}

/** A queue of tasks that stand for each other: of those that wait the latest is done. */
function createTaskQueue() {
  return createKeyedQueue<() => Promise<string>, string>({ run: (_, task) => task(), merge: (_, added) => added });
}

describe('the queue with one request a key', () => {
  it('runs one request of a key at a time, and other keys side by side', async () => {
    const { started, task, endFirst } = createTasks();
    const queue = createTaskQueue();
    const all = [queue.ask('a', task('a1')), queue.ask('b', task('b1')), queue.ask('a', task('a2'))];
    expect(started).toEqual(['a1', 'b1']);
    await endFirst();
    expect(started).toEqual(['a1', 'b1', 'a2']);
    await endFirst();
    await endFirst();
    expect(await Promise.all(all)).toEqual(['a1', 'b1', 'a2']);
  });

  it('merges those that wait, and gives all of them the one result', async () => {
    const { started, task, endFirst } = createTasks();
    const queue = createTaskQueue();
    const all = [queue.ask('a', task('1')), queue.ask('a', task('2')), queue.ask('a', task('3'))];
    await endFirst();
    const late = queue.ask('a', task('4'));
    await endFirst();
    await endFirst();
    expect(await Promise.all([...all, late])).toEqual(['1', '3', '3', '4']);
    expect(started).toEqual(['1', '3', '4']);
  });

  it('runs a task alone with its key', async () => {
    const { started, task, endFirst } = createTasks();
    const queue = createTaskQueue();
    const all = [queue.ask('a', task('1')), queue.alone('a', task('alone')), queue.ask('a', task('2'))];
    await endFirst();
    expect(started).toEqual(['1', 'alone']);
    await endFirst();
    await endFirst();
    expect(await Promise.all(all)).toEqual(['1', 'alone', '2']);
  });

  it('goes on after a request that failed, and fails nobody else with it', async () => {
    const queue = createTaskQueue();
    const failing = queue.ask('a', () => Promise.reject(new Error('broken')));
    const next = queue.ask('a', () => Promise.resolve('fine'));
    await expect(failing).rejects.toThrow('broken');
    expect(await next).toBe('fine');
    expect(await queue.ask('a', () => Promise.resolve('again'))).toBe('again');
  });

  it('finishes what runs when it stops, and starts nothing more', async () => {
    const { started, task, endFirst } = createTasks();
    const queue = createTaskQueue();
    const running = queue.ask('a', task('1'));
    const refused = expect(queue.ask('a', task('2'))).rejects.toThrow('stopping');
    const stopped = queue.stop();
    await endFirst();
    await stopped;
    await refused;
    expect(await running).toBe('1');
    expect(started).toEqual(['1']);
    await expect(queue.ask('b', task('3'))).rejects.toThrow('stopping');
  });
});
