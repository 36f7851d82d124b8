import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { ErrorCode } from '../errors.ts';
import type { Caller } from '../identity/callers.ts';
import { readInput } from './invalid-input.ts';
import { rawBodyOf } from './json-body.ts';

type Method = 'get' | 'post' | 'put' | 'delete';

/**
 * Who may call it, as the document tells it. `all` needs no credentials; for the others somebody has to be known, and
 * `authorize` or the handler decides about him. `webhook` proves itself by its signature, `scraper` by a token of its own.
 */
export type Who = 'all' | 'session' | 'self' | 'guild_admin' | 'operator' | Machine;
/** Whoever is no account: the handler looks at his proof. */
type Machine = 'webhook' | 'scraper';

/** Answers by status: JSON, plain text, or neither (null). */
type Answers = Readonly<Record<number, z.ZodType | 'text' | null>>;

/** What a handler answers: one of the declared statuses, with that one's body, at once or as pieces of its JSON. */
type ReplyOf<A extends Answers> = {
  [S in keyof A]: A[S] extends z.ZodType
    ? { status: S; headers?: Record<string, string> } & ({ body: z.input<A[S]> } | { chunks: AsyncIterable<string> })
    : A[S] extends 'text'
      ? { status: S; text: string; headers?: Record<string, string> }
      : { status: S; headers?: Record<string, string>; html?: string };
}[keyof A];

interface Asked<W extends Who, P extends z.ZodType, Q extends z.ZodType> {
  caller: W extends 'all' | Machine ? Caller | null : Caller;
  params: z.output<P>;
  query: z.output<Q>;
}

interface Called<W extends Who, P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, K> extends Asked<
  W,
  P,
  Q
> {
  body: z.output<B>;
  /** What `authorize` found out. */
  allowed: K;
  req: Request;
  res: Response;
}

/** Nothing is looked at. */
const NOTHING = z.object({});
type Nothing = typeof NOTHING;

interface Declaration {
  method: Method;
  /** As in OpenAPI: `/api/groups/{group_id}`. */
  path: string;
  /** The operation's id in the document. */
  id: string;
  tag: string;
  summary: string;
  description?: string;
  /** The problems that this operation has of its own, beside those that follow from its shape. */
  problems?: readonly ErrorCode[];
  /** People open it in a browser: problems are pages, and nothing of it is kept or passed on. */
  isPage?: boolean;
  /** The stricter limit of auth routes counts. */
  isAuth?: boolean;
  /** Whoever watches the process asks as often as he likes, and with whatever credentials: nobody looks at them. */
  isProbe?: boolean;
  /** Whoever may have it gets the same: what it says follows from params, query and what is stored, so it can be kept. */
  isShared?: boolean;
}

interface Spec<
  W extends Who,
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  A extends Answers,
  K,
> extends Declaration {
  who: W;
  params?: P;
  query?: Q;
  body?: B;
  answers: A;
  /** Whether the caller may, before his body is looked at. Throws an AppError. */
  authorize?(asked: Asked<W, P, Q>): Promise<K>;
  /** Whether the body, as it came (`rawBodyOf`), is from whom it should be; nothing of it is believed before. */
  prove?(req: Request): void;
  handle(called: Called<W, P, Q, B, K>): Promise<ReplyOf<A>>;
}

/**
 * What is sent: `body` went through its schema, so that nothing that is not declared gets out. `chunks` are read while
 * they are sent.
 */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  content: { type: 'json' | 'html' | 'text'; text: string } | { type: 'json'; chunks: AsyncIterable<string> } | null;
}

/** Where replies are kept that many get. */
export interface ReplyMemory {
  of(key: string, load: () => Promise<Reply>): Promise<Reply>;
}

/** What an operation needs to be served. */
interface Serving {
  req: Request;
  res: Response;
  caller: Caller | null;
  /** Reads the body; asked when the caller may, and only then. */
  readBody(): Promise<unknown>;
  /** The caller as he is by now. AppError unauthenticated: he is known no more. */
  callerNow(): Promise<Caller | null>;
  memory: ReplyMemory;
}

/** One operation of the API: how it is described, and how it is served. */
export interface Operation extends Declaration {
  who: Who;
  params: z.ZodType;
  query: z.ZodType;
  /** null: it takes no body. */
  body: z.ZodType | null;
  answers: Answers;
  serve(serving: Serving): Promise<Reply>;
}

/** Declares an operation. Its schemas validate, type and describe what goes in and out. */
export function operation<
  W extends Who,
  const A extends Answers,
  P extends z.ZodType = Nothing,
  Q extends z.ZodType = Nothing,
  B extends z.ZodType = z.ZodUndefined,
  K = undefined,
>(spec: Spec<W, P, Q, B, A, K>): Operation;
export function operation(spec: Spec<Who, z.ZodType, z.ZodType, z.ZodType, Answers, unknown>): Operation {
  const { authorize, prove, handle, params = NOTHING, query = NOTHING, ...described } = spec;
  const { answers } = described;
  return {
    ...described,
    params,
    query,
    body: spec.body ?? null,
    async serve({ req, res, caller, readBody, callerNow, memory }) {
      const asked = {
        caller,
        params: readInput(params, req.params, 'path'),
        query: readInput(query, { ...req.query }, 'query'),
      };
      let allowed = await authorize?.(asked);
      let body: unknown = null;
      if (spec.body) {
        body = readInput(spec.body, await proven(req, readBody, prove), 'body');
        // A body may come slowly, and he may have lost his rights meanwhile.
        asked.caller = await callerNow();
        allowed = await authorize?.(asked);
      }
      const make = async (): Promise<Reply> => toReply(answers, await handle({ ...asked, allowed, body, req, res }));
      if (!spec.isShared) return make();
      return memory.of(JSON.stringify([spec.id, asked.params, asked.query]), async () => tagged(await make()));
    },
  };
}

function toReply(
  answers: Answers,
  reply: {
    status: PropertyKey;
    body?: unknown;
    chunks?: AsyncIterable<string>;
    headers?: Record<string, string>;
    html?: string;
    text?: string;
  },
): Reply {
  const status = Number(reply.status);
  const schema = answers[status];
  const { headers = {}, html, text, chunks } = reply;
  if (schema === 'text') return { status, headers, content: { type: 'text', text: text ?? '' } };
  if (chunks) return { status, headers, content: { type: 'json', chunks } };
  if (schema) return { status, headers, content: { type: 'json', text: JSON.stringify(schema.parse(reply.body)) } };
  return { status, headers, content: html === undefined ? null : { type: 'html', text: html } };
}

/** With its ETag, so that it is not made for everybody who gets it. */
function tagged(reply: Reply): Reply {
  if (reply.content && 'chunks' in reply.content) return reply;
  const hash = createHash('sha256').update(reply.content?.text ?? '');
  return { ...reply, headers: { ETag: `W/"${hash.digest('base64url')}"`, ...reply.headers } };
}

/** What cannot be read as JSON has to be proven as well: who could not sign it learns nothing of it. */
async function proven(
  req: Request,
  readBody: () => Promise<unknown>,
  prove?: (req: Request) => void,
): Promise<unknown> {
  try {
    const sent = await readBody();
    prove?.(req);
    return sent;
  } catch (error) {
    if (rawBodyOf(req) !== '') prove?.(req);
    throw error;
  }
}
