import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, Response } from 'express';
import type { RecordedRequest } from '../requests.ts';
import type { Wire } from '../rest/wire.ts';

/** Records a visit of the authorize page and lets a scripted fault befall it. True if that was the answer. */
export async function meetPageFault(
  { requests, faults }: Pick<Wire, 'requests' | 'faults'>,
  request: Request,
  response: Response,
): Promise<boolean> {
  const record: RecordedRequest = {
    at: Date.now(),
    method: request.method,
    route: '/oauth2/authorize',
    path: '/oauth2/authorize',
    query: request.originalUrl.split('?')[1] ?? '',
    status: null,
    actor: null,
    reason: null,
    fault: null,
    body: undefined,
  };
  requests.all.push(record);
  response.once('close', () => (record.status = response.writableFinished ? response.statusCode : 0));
  const fault = faults.forRequest(record);
  if (!fault) return false;
  record.fault = fault.kind;
  if (fault.kind === 'latency') await sleep(fault.ms);
  if (fault.kind === 'drop') request.socket.destroy();
  if (fault.kind === 'status') response.status(fault.status).type('text/plain').send(`${fault.status}: scripted`);
  return fault.kind === 'drop' || fault.kind === 'status';
}
