import { expect, it } from 'vitest';
import { emptyProgress, type RunProgress } from '../../src/sync/results.ts';
import { createRunning } from '../../src/sync/running.ts';

/** A run that goes on until it is told to end. */
function startRun(running = createRunning(new AbortController().signal), runId = 'run') {
  const progress = { ...emptyProgress(), runId };
  const end = Promise.withResolvers<RunProgress>();
  const told: ((progress: RunProgress) => void)[] = [];
  const done = running.during('guild', runId, async (keep) => {
    told.push(keep);
    return end.promise;
  });
  const tell = (more: Partial<RunProgress>) => told[0]?.({ ...progress, ...more });
  return { running, progress, end, done, tell };
}

it('lets everybody follow a run from where it is to its end', async () => {
  const { running, progress, end, done, tell } = startRun();
  const seen: number[] = [];
  tell({ usersProcessed: 1 });
  const followed = running.follow('guild', ({ usersProcessed }) => seen.push(usersProcessed));
  tell({ usersProcessed: 2 });
  end.resolve({ ...progress, status: 'completed' });
  await expect(followed).resolves.toMatchObject({ status: 'completed' });
  await done;
  expect(seen).toEqual([1, 2]);
  expect(running.follow('guild', () => undefined)).toBeNull();
  expect(running.progress('guild')).toBeNull();
});

it('follows the latest run, and one that has told nothing yet', async () => {
  const { running } = startRun();
  const latest = startRun(running, 'latest');
  const seen: (string | null)[] = [];
  void running.follow('guild', ({ runId }) => seen.push(runId));
  expect(running.follow('another', () => undefined)).toBeNull();
  latest.tell({});
  expect(seen).toEqual(['latest']);
});

it('tells those who follow that a run failed, and troubles nobody else', async () => {
  const { running, end, done } = startRun();
  const followed = running.follow('guild', () => undefined);
  end.reject(new Error('no disk'));
  await expect(done).rejects.toThrow('no disk');
  await expect(followed).rejects.toThrow('no disk');
  const alone = startRun(running);
  alone.end.reject(new Error('no disk'));
  await expect(alone.done).rejects.toThrow('no disk');
});

it('tells who cancelled a run, the first of them', async () => {
  const { running, progress, end, done } = startRun();
  expect(running.cancel('another', 'run', '77')).toBe(false);
  expect(running.cancel('guild', 'run', '77')).toBe(true);
  expect(running.cancel('guild', 'run', '78')).toBe(true);
  end.resolve({ ...progress, status: 'cancelled' });
  expect(await done).toMatchObject({ cancelledBy: '77' });
});

it('tells of nobody when it was done all the same', async () => {
  const { running, progress, end, done } = startRun();
  running.cancel('guild', 'run', '77');
  end.resolve({ ...progress, status: 'completed' });
  expect(await done).not.toHaveProperty('cancelledBy');
});
