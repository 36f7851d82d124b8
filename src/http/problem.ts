import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { AppError, type ErrorCode } from '../errors.ts';
import { InvalidInput, type InputIssue } from './invalid-input.ts';
import { NEXT_STEPS } from './next-steps.ts';
import { problemPage } from './pages.ts';

/** Problems of a request as such, whatever it asks for. */
type RequestCode =
  | 'body_too_large'
  | 'cross_origin'
  | 'internal_error'
  | 'malformed_request'
  | 'method_not_allowed'
  | 'unsupported_media_type';

export type ProblemCode = ErrorCode | RequestCode;

/** RFC 9457, with our stable `code`. `detail` says what to do next. */
export interface Problem {
  status: number;
  code: ProblemCode;
  detail: string;
  /** What exactly is wrong with the input. */
  errors?: readonly InputIssue[];
}

/** The status that each problem is told with. */
export const statusOf: Record<ProblemCode, number> = {
  account_conflict: 409,
  body_too_large: 413,
  bot_not_in_guild: 404,
  bot_token_refused: 422,
  changed_meanwhile: 412,
  cross_origin: 403,
  dangerous_role: 409,
  discord_unavailable: 503,
  forbidden: 403,
  group_exists: 409,
  group_in_use: 409,
  group_not_found: 404,
  guild_exists: 409,
  guild_not_found: 404,
  host_unavailable: 503,
  internal_error: 500,
  invalid_input: 422,
  link_denied: 403,
  link_expired: 400,
  link_other_account: 403,
  link_other_browser: 403,
  link_other_user: 403,
  login_denied: 403,
  malformed_request: 400,
  mapping_exists: 409,
  mapping_not_found: 404,
  member_not_found: 404,
  method_not_allowed: 405,
  not_found: 404,
  not_linked: 404,
  not_set_up: 500,
  rate_limited: 429,
  redirect_not_allowed: 422,
  role_not_mappable: 422,
  run_grown: 409,
  run_not_found: 404,
  run_not_held: 409,
  run_not_running: 409,
  run_not_undoable: 409,
  sync_disabled: 409,
  token_refused: 422,
  unauthenticated: 401,
  unsupported_media_type: 415,
  user_not_found: 404,
  webhook_refused: 401,
};

/** The request as such is refused; `detail` says what to do next. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  readonly code: RequestCode;

  constructor(code: RequestCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** Ends a route's list of verbs: any other gets 405 with `Allow`. */
export function only(...methods: string[]): RequestHandler {
  return (_req, res) => {
    res.setHeader('Allow', methods.join(', '));
    throw new RequestRefused('method_not_allowed', 'This address does not take that method; see the Allow header.');
  };
}

/** Marks a route that people open in a browser: its errors are pages, and nothing of it is kept or passed on. */
export const forBrowsers: RequestHandler = (_req, res, next) => {
  res.locals['isForBrowsers'] = true;
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Referrer-Policy', 'no-referrer');
  next();
};

/** No route took the request. */
export const nothingHere: RequestHandler = (req, res) => {
  const next = wantsPage(req, res) ? 'To link your Discord user, type /link in Discord.' : 'See /api/openapi.json.';
  throw new AppError('not_found', `There is nothing at this address. ${next}`);
};

/** What a failed request is told; the rest of the error stays in the log. */
export const answerProblem: ErrorRequestHandler = (error: unknown, req, res, next) => {
  const problem = problemOf(error);
  logProblem(req, error, problem);
  if (res.headersSent) {
    next(error);
    return;
  }
  const requestId = res.get('X-Request-Id') ?? '';
  const { status, code, detail, errors } = problem;
  res.status(status);
  if (error instanceof AppError && error.retryAfterSeconds !== undefined) {
    res.setHeader('Retry-After', error.retryAfterSeconds);
  }
  if (status === 401) res.setHeader('WWW-Authenticate', challengeOf(req, problem));
  if (wantsPage(req, res)) {
    res.type('html').send(problemPage(problem, requestId));
    return;
  }
  const body = {
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    code,
    detail,
    errors,
    request_id: requestId,
  };
  res.type('application/problem+json').send(JSON.stringify(body));
};

function problemOf(error: unknown): Problem {
  if (error instanceof InvalidInput) {
    return { status: statusOf.invalid_input, code: 'invalid_input', detail: error.message, errors: error.issues };
  }
  if (error instanceof AppError || error instanceof RequestRefused) {
    const { code, message } = error;
    const next = error instanceof AppError && !error.saysWhatHelps ? NEXT_STEPS[error.code] : undefined;
    return { status: statusOf[code], code, detail: next === undefined ? message : `${message} ${next}` };
  }
  const status = clientStatus(error);
  if (status === 413)
    return { status, code: 'body_too_large', detail: 'The body is larger than 256 KiB. Send less at once.' };
  if (status === 415) {
    return {
      status,
      code: 'unsupported_media_type',
      detail: 'Send the body as application/json in UTF-8, without compression.',
    };
  }
  if (status !== null) {
    return {
      status: 400,
      code: 'malformed_request',
      detail: 'The request is malformed. Check its address, its headers and its body.',
    };
  }
  return {
    status: 500,
    code: 'internal_error',
    detail:
      'Something went wrong on our side. Try again in a minute; if it stays like this, give the request number to whoever runs Rolewright here.',
  };
}

/** RFC 6750, 3: only whoever sent a token is told what is wrong with it. */
function challengeOf(req: Request, { code, detail }: Problem): string {
  const realm = 'Bearer realm="rolewright"';
  if (code !== 'unauthenticated' || !/^Bearer /i.test(req.headers.authorization ?? '')) return realm;
  return `${realm}, error="invalid_token", error_description="${detail.replaceAll(/[^\x20-\x7e]|["\\]/g, "'")}"`;
}

/** The status of an error that Express or its body parser blames on the client. */
function clientStatus(error: unknown): number | null {
  const status = error instanceof Error && 'status' in error ? error.status : null;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}

function logProblem(req: Request, error: unknown, { status, code, detail }: Problem): void {
  if (status === 500) req.log.error({ err: error }, 'a request failed');
  else if (status > 500) req.log.warn({ err: error, code }, 'a request could not be served');
  else req.log.info({ code, ...(code === 'unauthenticated' && { why: detail }) }, 'a request was refused');
}

function wantsPage(req: Request, res: Response): boolean {
  if (res.locals['isForBrowsers'] === true) return req.accepts(['html', 'json']) === 'html';
  return !req.path.startsWith('/api/') && req.accepts(['json', 'html']) === 'html';
}
