import type { RequestHandler, Response } from 'express';

/** Hears what became of a request, and how long it took. `operation` is its id in the document, or `none`. */
export type RequestObserver = (operation: string, method: string, status: number, ms: number) => void;

const KEY = 'operation';
/** Any other method counts as one. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Which operation this request turned out to be. */
export function nameOperation(res: Response, id: string): void {
  res.locals[KEY] = id;
}

export function timeRequests(observe: RequestObserver): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now();
    res.once('finish', () => {
      const operation: unknown = res.locals[KEY];
      const method = METHODS.has(req.method) ? req.method : 'other';
      observe(
        typeof operation === 'string' ? operation : 'none',
        method,
        res.statusCode,
        performance.now() - startedAt,
      );
    });
    next();
  };
}
