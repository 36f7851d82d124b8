import { monitorEventLoopDelay } from 'node:perf_hooks';
import { serve } from './child-process.ts';

/** A process with nothing to do: when it is late, the machine was busy with something else. */
const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();

const actions = {
  /** How late it was since it was asked last, in ms. */
  lateness() {
    const late = { p99: delays.percentile(99) / 1e6, most: delays.max / 1e6 };
    delays.reset();
    return late;
  },
};

export type NoiseActions = typeof actions;

serve(actions);
