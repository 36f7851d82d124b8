import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const asked = z.object({ ids: z.array(z.string()) });

/** A host application that keeps groups, on a port of its own until the test is over. It knows nobody at first. */
export async function startGroupsHost({ hasBatch = true }: { hasBatch?: boolean } = {}) {
  const host = {
    url: '',
    hasBatch,
    /** What it says of each id, as JSON. */
    users: new Map<string, unknown>(),
    /** `GET /users/1/groups`, or `POST /users/groups 1,2`, in the order in which they came. */
    requests: [] as string[],
    authorizations: new Set<string | undefined>(),
    /** The most requests that were open at once. */
    peak: 0,
    /** Every answer waits until so many requests have been open at once. */
    waitsFor: 0,
    /** Answers instead, where it is there; null to answer as usual. */
    instead: null as Handler | null,
    /** Another answer for single ids. */
    insteadOf: new Map<string, Handler>(),
  };
  let open = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const body = await textOf(request);
    while (host.peak < host.waitsFor) await nextTurn();
    const ids = request.method === 'POST' ? asked.parse(JSON.parse(body)).ids : [];
    host.requests.push(`${request.method} ${path}${ids.length > 0 ? ` ${ids.join(',')}` : ''}`);
    host.authorizations.add(request.headers.authorization);
    // A turn of the loop, so that requests that come together are open together.
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (host.instead) return host.instead(request, response);
    if (request.method === 'POST') {
      if (path !== '/users/groups' || !host.hasBatch) return send(response, 404, { error: 'no such route' });
      const special = ids.map((id) => host.insteadOf.get(id)).find(Boolean);
      if (special) return special(request, response);
      const users = Object.fromEntries(ids.filter((id) => host.users.has(id)).map((id) => [id, host.users.get(id)]));
      return send(response, 200, { users });
    }
    const id = decodeURIComponent(/^\/users\/([^/]+)\/groups$/.exec(path)?.[1] ?? '');
    const special = host.insteadOf.get(id);
    if (special) return special(request, response);
    return host.users.has(id)
      ? send(response, 200, host.users.get(id))
      : send(response, 404, { error: 'unknown user' });
  }

  const server = createServer((request, response) => {
    open += 1;
    host.peak = Math.max(host.peak, open);
    response.on('close', () => (open -= 1));
    answer(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the host has no port');
  host.url = `http://127.0.0.1:${address.port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(close);
  return Object.assign(host, { close });
}

export function send(response: ServerResponse, status: number, json: unknown, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type }).end(typeof json === 'string' ? json : JSON.stringify(json));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(z.instanceof(Uint8Array).parse(chunk));
  return Buffer.concat(chunks).toString();
}
