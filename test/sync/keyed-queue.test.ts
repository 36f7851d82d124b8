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

describe('the queue with one task a key', () => {
  it('runs one task of a key at a time, and other keys side by side', async () => {
    const { started, task, endFirst } = createTasks();
    const queue = createKeyedQueue<string>();
    const all = [queue.run('a', task('a1')), queue.run('b', task('b1')), queue.run('a', task('a2'))];
    expect(started).toEqual(['a1', 'b1']);
    await endFirst();
    expect(started).toEqual(['a1', 'b1', 'a2']);
    await endFirst();
    await endFirst();
    expect(await Promise.all(all)).toEqual(['a1', 'b1', 'a2']);
  });

  it('lets those who come while one waits share that one', async () => {
    const { started, task, endFirst } = createTasks();
    const queue = createKeyedQueue<string>();
    const all = [queue.run('a', task('1')), queue.run('a', task('2')), queue.run('a', task('3'))];
    await endFirst();
    const late = queue.run('a', task('4'));
    await endFirst();
    await endFirst();
    expect(await Promise.all([...all, late])).toEqual(['1', '2', '2', '4']);
    expect(started).toEqual(['1', '2', '4']);
  });

  it('goes on after a task that failed, and fails nobody else with it', async () => {
    const queue = createKeyedQueue<string>();
    const failing = queue.run('a', () => Promise.reject(new Error('broken')));
    const next = queue.run('a', () => Promise.resolve('fine'));
    await expect(failing).rejects.toThrow('broken');
    expect(await next).toBe('fine');
    expect(await queue.run('a', () => Promise.resolve('again'))).toBe('again');
  });

  it('finishes what runs when it stops, and starts nothing more', async () => {
    const { started, task, endFirst } = createTasks();
    const queue = createKeyedQueue<string>();
    const running = queue.run('a', task('1'));
    const waiting = queue.run('a', task('2'));
    const refused = expect(waiting).rejects.toThrow('stopping');
    const stopped = queue.stop();
    await endFirst();
    await stopped;
    await refused;
    expect(await running).toBe('1');
    expect(started).toEqual(['1']);
    await expect(queue.run('b', task('3'))).rejects.toThrow('stopping');
  });
});
