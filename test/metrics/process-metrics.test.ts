import process from 'node:process';
import { expect, it } from 'vitest';
import { createMetrics } from '../../src/metrics/metrics.ts';

it('the process is watched from the start of the bot on, not from the first question', async () => {
  const metrics = createMetrics();
  const before = process.cpuUsage();
  const worked = () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000_000;
  };
  while (worked() < 0.1) JSON.stringify(process.memoryUsage());
  const waiting = { interactive: 0, event: 0, bulk: 0 };
  const text = await metrics.text({ waiting, gateway: { isUp: true, pingMs: null }, isGroupsSourceUp: null });
  const [, seconds] = /^rolewright_process_cpu_seconds_total ([\d.]+)/m.exec(text) ?? [];
  expect(Number(seconds)).toBeGreaterThanOrEqual(0.1);
});
