import type { IncomingMessage } from 'node:http';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { RequestRefused } from './problem.ts';

/** The body as JSON; undefined: there is none. Throws what `answerProblem` has words for. */
export type JsonReader = (req: Request, res: Response) => Promise<unknown>;

const MOST = '256kb';
const raw = new WeakMap<IncomingMessage, string>();

/** The body's text as it came, once it was read: a signature is over just that. */
export function rawBodyOf(req: Request): string {
  return raw.get(req) ?? '';
}

export function createJsonReader(): JsonReader {
  const parse = express.json({ limit: MOST, strict: false, inflate: false, verify: keepText });
  return async (req, res) => {
    const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
    if (!hasBody) return undefined;
    if (!req.is('application/json')) throw notJson();
    await run(parse, req, res);
    return req.body;
  };
}

/** A middleware as a promise. */
export function run(middleware: RequestHandler, req: Request, res: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    void middleware(req, res, (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(error instanceof Error ? error : new Error('a middleware failed', { cause: error }));
    });
  });
}

function keepText(req: IncomingMessage, _res: unknown, bytes: Buffer, encoding: string): void {
  if (encoding !== 'utf-8') throw notJson();
  try {
    raw.set(req, new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw Object.assign(new Error('the body is not UTF-8', { cause }), { status: 400 });
  }
}

function notJson(): RequestRefused {
  return new RequestRefused(
    'unsupported_media_type',
    'Send the body as application/json in UTF-8, without compression.',
  );
}
