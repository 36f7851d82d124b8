/** One REST request as the local Discord saw it. */
export interface RecordedRequest {
  /** When it arrived, ms since 1970. */
  readonly at: number;
  readonly method: string;
  /** The route's template, e.g. `/guilds/:guild_id/members/:user_id`; null where no route matched. */
  route: string | null;
  /** Below /api/v10, without the query. */
  readonly path: string;
  readonly query: string;
  /** null until answered; 0 if the socket was dropped instead. */
  status: number | null;
  /** `bot:<application id>`, `user:<user id>`, or null for nobody. */
  actor: string | null;
  /** X-Audit-Log-Reason, decoded. */
  reason: string | null;
  /** The fault that was applied, if one was. */
  fault: string | null;
  readonly body: unknown;
}

export type RequestFilter = Partial<Pick<RecordedRequest, 'method' | 'route' | 'status' | 'actor' | 'fault'>> & {
  /** Only paths that hold this text, e.g. a guild id. */
  containing?: string;
};

export type RequestLog = ReturnType<typeof createRequestLog>;

const writes = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Everything that was asked of REST, in order of arrival. */
export function createRequestLog() {
  const all: RecordedRequest[] = [];
  const filter = ({ containing = '', ...exact }: RequestFilter) =>
    all.filter(
      (request) =>
        request.path.includes(containing) &&
        (['method', 'route', 'status', 'actor', 'fault'] as const).every(
          (key) => !(key in exact) || exact[key] === request[key],
        ),
    );
  return {
    all,
    filter,
    count: (wanted: RequestFilter = {}) => filter(wanted).length,
    /** Changes asked of a guild: what is neither a GET nor an answer to an interaction. */
    writes: () => all.filter(({ method, path }) => writes.has(method) && path.startsWith('/guilds/')),
    clear: () => {
      all.length = 0;
    },
  };
}
