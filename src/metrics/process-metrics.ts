import { collectDefaultMetrics, Registry } from 'prom-client';

let ofProcess: Registry | null = null;

/** Memory, CPU, event loop and the like are of the process, whatever runs in it: watched once, from the first call on. */
export function watchProcess(prefix: string): Registry {
  if (!ofProcess) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess, prefix });
  }
  return ofProcess;
}
