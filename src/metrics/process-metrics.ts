import { collectDefaultMetrics, Registry } from 'prom-client';

/** Memory, CPU, event loop and the like are of the process, whatever runs in it: watched once, from the first question on. */
let ofProcess: Registry | null = null;

export async function processMetrics(prefix: string): Promise<string> {
  if (!ofProcess) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess, prefix });
  }
  return ofProcess.metrics();
}
