import { readAtMost, utf8Of } from '../bounded-body.ts';

const MAX_ERROR_BYTES = 65_536;

/** What came of one request: its JSON, a status that says something by itself (404, 405), or why there is no answer. */
type WireAnswer = { status: number; json: unknown } | { status: 404 | 405 } | { why: string };

export interface GroupsWire {
  /** What the host says of one id: 404 = it does not know him. */
  ofUser(id: string): Promise<WireAnswer>;
  /** What the host says of many: 404 and 405 = it takes no batches. */
  ofUsers(ids: readonly string[]): Promise<WireAnswer>;
}

export interface WireOptions {
  url: string;
  token: string | null;
  timeoutMs: number;
  maxBytes: number;
  fetch: typeof globalThis.fetch;
}

/**
 * The requests to a host that keeps groups. They never throw; `why` is words of our own, for an error of fetch can hold
 * the headers that it was given, and so the token.
 */
export function createGroupsWire({ url, token, timeoutMs, maxBytes, fetch }: WireOptions): GroupsWire {
  // An error of fetch would repeat the header.
  if (token !== null && !/^[\x21-\x7e]+$/.test(token)) {
    throw new Error('GROUPS_TOKEN must hold visible ASCII characters only: no HTTP header can carry others.');
  }
  const headers = {
    accept: 'application/json',
    'user-agent': 'Rolewright',
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  };

  async function send(path: string, init: RequestInit, signal: AbortSignal): Promise<WireAnswer> {
    // A redirect leads to a login page as a rule, and what that says is not an answer.
    const response = await fetch(`${url}${path}`, { ...init, redirect: 'manual', signal });
    const { status } = response;
    const why = refusal(response);
    // Read to its end, the connection can be used again.
    if (why !== null) await readAtMost(response, MAX_ERROR_BYTES);
    if (status === 404 || status === 405) return { status };
    if (why !== null) return { why };
    const bytes = await readAtMost(response, maxBytes);
    if (!bytes) return { why: `it sent more than ${maxBytes} bytes` };
    const json = parseJson(bytes);
    return json === undefined ? { why: 'it sent JSON that cannot be read' } : { status, json };
  }

  /** A connection that the host has just let go of fails at once, so a broken one is tried again in the same 5 s. */
  async function request(path: string, init: RequestInit): Promise<WireAnswer> {
    const signal = AbortSignal.timeout(timeoutMs);
    const attempt = () => send(path, init, signal);
    try {
      return await attempt().catch((error: unknown) => (signal.aborted ? Promise.reject(error) : attempt()));
    } catch (error) {
      return { why: signal.aborted ? `it did not answer within ${timeoutMs / 1000} s` : brokenBy(error) };
    }
  }

  return {
    async ofUser(id) {
      const part = pathPart(id);
      if (part === null) return { why: 'no address can carry his id' };
      const answer = await request(`/users/${part}/groups`, { headers });
      return 'status' in answer && answer.status === 405 ? { why: 'it answered 405' } : answer;
    },
    ofUsers: (ids) =>
      request('/users/groups', {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ ids }),
      }),
  };
}

/** Why a response is no answer; null where it may be one. */
function refusal({ ok, status, headers }: Response): string | null {
  if (status === 401 || status === 403) return `it refused the token (${status}): check GROUPS_TOKEN`;
  if (status >= 300 && status < 400) return `it redirected (${status}), which is not followed: check GROUPS_URL`;
  if (!ok) return `it answered ${status}`;
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  return /^application\/([\w.-]+\+)?json$/.test(type) ? null : 'it sent something other than application/json';
}

/** undefined where it is no JSON in UTF-8. */
function parseJson(bytes: Uint8Array): unknown {
  const text = utf8Of(bytes);
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The id as one part of a path; null where there is no such part: `..` would lead elsewhere. */
function pathPart(id: string): string | null {
  return id === '' || id === '.' || id === '..' || !id.isWellFormed() ? null : encodeURIComponent(id);
}

/** The code of the system, never the message. */
function brokenBy(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
  return typeof code === 'string' && /^[A-Z_]+$/.test(code) ? `it cannot be reached (${code})` : 'it cannot be reached';
}
